package dev.weir.sys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One message from the kernel. It stands in memory of its own, so it may be kept.
 *
 * @param type    RTM_ value
 * @param payload what follows struct nlmsghdr, in the machine's byte order, position 0
 */
public record NetlinkMessage(int type, ByteBuffer payload) {
    public int u8(int offset) throws IOException {
        return check(offset, 1).get(offset) & 255;
    }

    public int u16(int offset) throws IOException {
        return check(offset, 2).getShort(offset) & 0xffff;
    }

    public int u32(int offset) throws IOException {
        return check(offset, 4).getInt(offset);
    }

    /**
     * The attributes after the family's fixed fields.
     *
     * @throws IOException where one of them does not fit its message
     */
    public NetlinkAttributes attributes(int fixedLength) throws IOException {
        check(0, fixedLength);
        return NetlinkAttributes.parse(payload.slice(fixedLength, payload.limit() - fixedLength)
                .order(ByteOrder.nativeOrder()));
    }

    private ByteBuffer check(int offset, int length) throws IOException {
        if (payload.limit() < offset + length) {
            throw new IOException("netlink message of type " + type + " has " + payload.limit() + " bytes, and needs "
                    + (offset + length));
        }
        return payload;
    }
}
