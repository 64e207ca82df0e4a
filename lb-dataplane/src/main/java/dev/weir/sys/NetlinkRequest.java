package dev.weir.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * One message to the kernel, built front to back: struct nlmsghdr, the family's fixed fields, then attributes. Numbers
 * are in the machine's order, as netlink has them; what is in network order is given as bytes.
 *
 * <pre>
 *   0 length (32)   4 type (16)   6 flags (16)   8 sequence (32)   12 port (32)   16 payload
 * </pre>
 */
public final class NetlinkRequest {
    public static final int REPLACE = 0x100;
    public static final int EXCLUSIVE = 0x200;
    public static final int CREATE = 0x400;
    static final int REQUEST = 1;
    static final int ACKNOWLEDGE = 4;
    static final int DUMP = 0x300;
    static final int HEADER_LENGTH = 16;
    private static final int NESTED = 0x8000;

    private ByteBuffer message = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
    private final Deque<Integer> open = new ArrayDeque<>();

    /** @param flags {@link #REPLACE}, {@link #CREATE} ... or 0 */
    public NetlinkRequest(int type, int flags) {
        u32(0).u16(type).u16(flags | REQUEST).u32(0).u32(0);
    }

    /** A 16-bit number, unsigned, whose bytes in the machine's order are those of {@code value} in network order. */
    public static int networkOrder(int value) {
        return Short.toUnsignedInt(Native.networkOrder(value));
    }

    /** The bytes of numbers of 32 bits as an attribute has them, one behind the other. */
    public static byte[] machineOrder(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.nativeOrder());
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    /** The same for two numbers of 16 bits. */
    public static byte[] machineOrderPair(int first, int second) {
        return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putShort((short) first).putShort((short) second)
                .array();
    }

    public NetlinkRequest u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    public NetlinkRequest u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    public NetlinkRequest u32(int value) {
        room(4).putInt(value);
        return this;
    }

    public NetlinkRequest attribute(int type, byte... value) {
        begin(type);
        room(value.length).put(value);
        return end();
    }

    public NetlinkRequest attribute(int type, int value) {
        return begin(type).u32(value).end();
    }

    /** As C has it, with a zero behind. */
    public NetlinkRequest attribute(int type, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return attribute(type, Arrays.copyOf(bytes, bytes.length + 1));
    }

    /** Begins an attribute that holds attributes; {@link #end} ends it. */
    public NetlinkRequest nest(int type) {
        return begin(type | NESTED);
    }

    /** Begins an attribute whose value is neither number nor text; {@link #end} ends it. */
    public NetlinkRequest begin(int type) {
        open.push(message.position());
        return u16(0).u16(type);
    }

    /** Begins what has its length in front as an attribute has, but no type (struct rtnexthop); {@link #end} ends it. */
    public NetlinkRequest begin() {
        open.push(message.position());
        return u16(0);
    }

    public NetlinkRequest end() {
        int start = open.pop();
        message.putShort(start, (short) (message.position() - start));
        while (message.position() % 4 != 0) {
            u8(0);
        }
        return this;
    }

    /** The whole message. */
    byte[] bytes(int addFlags, int sequence) {
        message.putInt(0, message.position());
        message.putShort(6, (short) (message.getShort(6) | addFlags));
        message.putInt(8, sequence);
        return Arrays.copyOf(message.array(), message.position());
    }

    private ByteBuffer room(int bytes) {
        if (message.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * message.capacity(), message.position() + bytes));
            message = larger.order(ByteOrder.nativeOrder()).put(message.flip());
        }
        return message;
    }
}
