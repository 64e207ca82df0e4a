package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * The IPv6 header (RFC 8200) and its fragment header.
 *
 * <pre>
 *    0 version, traffic class, flow label (4)   4 payload length   6 next header   7 hop limit
 *    8 source (16)   24 destination (16)
 *    fragment header:  0 next header   1 reserved   2 offset, flags   4 identification (4)
 * </pre>
 */
public final class Ipv6 {
    public static final int HEADER_LENGTH = 40;
    public static final int FRAGMENT_HEADER_LENGTH = 8;
    public static final int MINIMUM_MTU = 1280;
    /** Values of a next header field. */
    public static final int ROUTING = 43;
    public static final int FRAGMENT = 44;
    public static final int AUTHENTICATION = 51;
    private static final int PAYLOAD_LENGTH = 4;
    /** Where that field stands in the header. */
    public static final int NEXT_HEADER = 6;
    private static final int HOP_LIMIT = 7;
    private static final int SOURCE = 8;
    private static final int DESTINATION = 24;

    private Ipv6() {
    }

    public static int trafficClass(MemorySegment memory, long at) {
        return Bytes.u16(memory, at) >>> 4 & 0xff;
    }

    public static int payloadLength(MemorySegment memory, long at) {
        return Bytes.u16(memory, at + PAYLOAD_LENGTH);
    }

    public static void payloadLength(MemorySegment memory, long at, int value) {
        Bytes.u16(memory, at + PAYLOAD_LENGTH, value);
    }

    public static int nextHeader(MemorySegment memory, long at) {
        return Bytes.u8(memory, at + NEXT_HEADER);
    }

    public static void nextHeader(MemorySegment memory, long at, int value) {
        Bytes.u8(memory, at + NEXT_HEADER, value);
    }

    public static int hopLimit(MemorySegment memory, long at) {
        return Bytes.u8(memory, at + HOP_LIMIT);
    }

    public static void hopLimit(MemorySegment memory, long at, int value) {
        Bytes.u8(memory, at + HOP_LIMIT, value);
    }

    public static long sourceHigh(MemorySegment memory, long at) {
        return Bytes.i64(memory, at + SOURCE);
    }

    public static long sourceLow(MemorySegment memory, long at) {
        return Bytes.i64(memory, at + SOURCE + 8);
    }

    public static long destinationHigh(MemorySegment memory, long at) {
        return Bytes.i64(memory, at + DESTINATION);
    }

    public static long destinationLow(MemorySegment memory, long at) {
        return Bytes.i64(memory, at + DESTINATION + 8);
    }

    public static void source(MemorySegment memory, long at, long high, long low) {
        Bytes.i64(memory, at + SOURCE, high);
        Bytes.i64(memory, at + SOURCE + 8, low);
    }

    public static void destination(MemorySegment memory, long at, long high, long low) {
        Bytes.i64(memory, at + DESTINATION, high);
        Bytes.i64(memory, at + DESTINATION + 8, low);
    }

    /** Writes a whole header with flow label 0. */
    public static void write(MemorySegment memory, long at, int trafficClass, int payloadLength, int nextHeader,
            int hopLimit, long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        Bytes.i32(memory, at, 0x6000_0000 | trafficClass << 20);
        payloadLength(memory, at, payloadLength);
        Bytes.u16(memory, at + NEXT_HEADER, nextHeader << 8 | hopLimit);
        source(memory, at, sourceHigh, sourceLow);
        destination(memory, at, destinationHigh, destinationLow);
    }
}
