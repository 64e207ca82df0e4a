package dev.weir.sys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attributes of a netlink message, by type: struct nlattr, each padded to four bytes. */
public final class NetlinkAttributes {
    private static final int TYPE_MASK = 0x3fff;
    private static final int HEADER_LENGTH = 4;

    private final Map<Integer, ByteBuffer> values = new HashMap<>();

    /** @throws IOException where a length points beyond {@code given} or into its own header */
    public static NetlinkAttributes parse(ByteBuffer given) throws IOException {
        ByteBuffer bytes = given.duplicate().order(ByteOrder.nativeOrder());
        NetlinkAttributes attributes = new NetlinkAttributes();
        int at = 0;
        while (at < bytes.limit()) {
            if (bytes.limit() - at < HEADER_LENGTH) {
                throw new IOException("netlink attribute cut short at byte " + at + " of " + bytes.limit());
            }
            int length = bytes.getShort(at) & 0xffff;
            int type = bytes.getShort(at + 2) & TYPE_MASK;
            if (length < HEADER_LENGTH || length > bytes.limit() - at) {
                throw new IOException("netlink attribute " + type + " at byte " + at + " of " + bytes.limit()
                        + " claims a length of " + length);
            }
            attributes.values.put(type, bytes.slice(at + HEADER_LENGTH, length - HEADER_LENGTH)
                    .order(ByteOrder.nativeOrder()));
            at += length + 3 & ~3;
        }
        return attributes;
    }

    public Set<Integer> types() {
        return values.keySet();
    }

    public boolean has(int type) {
        return values.containsKey(type);
    }

    public int u32(int type, int otherwise) throws IOException {
        ByteBuffer value = values.get(type);
        return value == null ? otherwise : sized(type, value, 4).getInt(0);
    }

    public byte @Nullable [] bytes(int type) {
        ByteBuffer value = values.get(type);
        if (value == null) {
            return null;
        }
        byte[] bytes = new byte[value.limit()];
        value.get(0, bytes);
        return bytes;
    }

    /** Up to the first zero; empty where there is no such attribute. */
    public String text(int type) {
        ByteBuffer value = values.get(type);
        int length = 0;
        while (value != null && length < value.limit() && value.get(length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        if (value != null) {
            value.get(0, bytes);
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The attributes within that one; none where it is not there. */
    public NetlinkAttributes nested(int type) throws IOException {
        ByteBuffer value = values.get(type);
        return value == null ? new NetlinkAttributes() : parse(value);
    }

    /** The bytes of that one as they stand, for what is neither number nor attributes; null where it is not there. */
    public @Nullable ByteBuffer raw(int type) {
        return values.get(type);
    }

    private static ByteBuffer sized(int type, ByteBuffer value, int length) throws IOException {
        if (value.limit() < length) {
            throw new IOException("netlink attribute " + type + " has " + value.limit() + " bytes, not " + length);
        }
        return value;
    }
}
