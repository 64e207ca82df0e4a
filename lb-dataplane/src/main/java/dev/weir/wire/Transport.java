package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * What Weir reads and writes of TCP (RFC 9293), UDP (RFC 768) and ICMP (RFC 792, RFC 4443); see also {@link Sctp}.
 *
 * <pre>
 *   TCP    0 source port   2 destination port   4 sequence (4)   8 acknowledgement (4)   12 data offset, flags
 *          14 window   16 checksum   18 urgent pointer
 *   UDP    0 source port   2 destination port   4 length   6 checksum
 *   ICMP   0 type   1 code   2 checksum   4 rest (4)   8 for errors: the packet they are about
 * </pre>
 */
public final class Transport {
    public static final int ICMP = 1;
    public static final int IPIP = 4;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int IPV6 = 41;
    public static final int GRE = 47;
    public static final int ICMPV6 = 58;
    public static final int SCTP = 132;

    public static final int TCP_HEADER_LENGTH = 20;
    public static final int UDP_HEADER_LENGTH = 8;
    public static final int ICMP_HEADER_LENGTH = 8;
    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int CWR = 0x80;
    public static final int TCP_SEQUENCE = 4;
    public static final int TCP_ACKNOWLEDGEMENT = 8;
    public static final int TCP_CHECKSUM = 16;
    public static final int UDP_CHECKSUM = 6;
    private static final int TCP_FLAGS = 13;

    private Transport() {
    }

    public static int sourcePort(MemorySegment memory, long at) {
        return Bytes.u16(memory, at);
    }

    public static int destinationPort(MemorySegment memory, long at) {
        return Bytes.u16(memory, at + 2);
    }

    public static void sourcePort(MemorySegment memory, long at, int value) {
        Bytes.u16(memory, at, value);
    }

    public static void destinationPort(MemorySegment memory, long at, int value) {
        Bytes.u16(memory, at + 2, value);
    }

    public static int tcpFlags(MemorySegment memory, long at) {
        return Bytes.u8(memory, at + TCP_FLAGS);
    }

    public static void tcpFlags(MemorySegment memory, long at, int value) {
        Bytes.u8(memory, at + TCP_FLAGS, value);
    }

    public static int tcpSequence(MemorySegment memory, long at) {
        return Bytes.i32(memory, at + TCP_SEQUENCE);
    }

    public static void tcpSequence(MemorySegment memory, long at, int value) {
        Bytes.i32(memory, at + TCP_SEQUENCE, value);
    }

    /** Bytes of the TCP header with its options. */
    public static int tcpHeaderLength(MemorySegment memory, long at) {
        return (Bytes.u8(memory, at + 12) >>> 4) * 4;
    }

    public static void udpLength(MemorySegment memory, long at, int value) {
        Bytes.u16(memory, at + 4, value);
    }

    public static int icmpType(MemorySegment memory, long at) {
        return Bytes.u8(memory, at);
    }

    public static int icmpCode(MemorySegment memory, long at) {
        return Bytes.u8(memory, at + 1);
    }

    /** Where a protocol's checksum field stands in its header; -1 where Weir knows of none. */
    public static int checksumOffset(int protocol) {
        return switch (protocol) {
            case TCP -> TCP_CHECKSUM;
            case UDP -> UDP_CHECKSUM;
            case ICMP, ICMPV6 -> 2;
            default -> -1;
        };
    }

    /** Bytes of a protocol's header before its options: what must be there for its fields to be read. */
    public static int headerLength(int protocol) {
        return switch (protocol) {
            case TCP -> TCP_HEADER_LENGTH;
            case UDP -> UDP_HEADER_LENGTH;
            case ICMP, ICMPV6 -> ICMP_HEADER_LENGTH;
            case SCTP -> Sctp.HEADER_LENGTH;
            default -> 0;
        };
    }
}
