package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * ICMP and ICMPv6 echo messages (RFC 792, RFC 4443): what a ping asks and gets. The identifier stands for the port of who
 * asks (RFC 5508 section 3.1).
 *
 * <pre>
 *   0 type   1 code   2 checksum   4 identifier   6 sequence number
 * </pre>
 */
public final class Echo {
    private static final int IDENTIFIER = 4;
    /** Bytes of a message up to where its identifier ends. */
    static final int IDENTIFIED = IDENTIFIER + 2;
    private static final int REQUEST = 8;
    private static final int REPLY = 0;
    private static final int REQUEST_V6 = 128;
    private static final int REPLY_V6 = 129;

    private Echo() {
    }

    /** The IP protocol of such messages. */
    public static int protocol(boolean v4) {
        return v4 ? Transport.ICMP : Transport.ICMPV6;
    }

    /** Whether packets of the protocol may be such messages. */
    public static boolean mayBe(int protocol) {
        return protocol == Transport.ICMP || protocol == Transport.ICMPV6;
    }

    public static boolean isRequest(Packet packet) {
        return packet.protocol() == protocol(packet.v4())
                && isRequest(packet.memory(), packet.transport(), packet.v4());
    }

    public static boolean isReply(Packet packet) {
        return packet.protocol() == protocol(packet.v4())
                && isReply(packet.memory(), packet.transport(), packet.v4());
    }

    static boolean isRequest(MemorySegment memory, long at, boolean v4) {
        return Transport.icmpType(memory, at) == (v4 ? REQUEST : REQUEST_V6);
    }

    static boolean isReply(MemorySegment memory, long at, boolean v4) {
        return Transport.icmpType(memory, at) == (v4 ? REPLY : REPLY_V6);
    }

    public static int identifier(MemorySegment memory, long at) {
        return Bytes.u16(memory, at + IDENTIFIER);
    }

    public static void identifier(MemorySegment memory, long at, int value) {
        Bytes.u16(memory, at + IDENTIFIER, value);
    }
}
