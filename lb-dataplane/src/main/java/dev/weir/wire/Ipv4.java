package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * The IPv4 header (RFC 791).
 *
 * <pre>
 *    0 version, IHL   1 TOS   2 total length   4 identification   6 flags, fragment offset
 *    8 TTL   9 protocol   10 header checksum   12 source   16 destination   20 options
 * </pre>
 */
public final class Ipv4 {
    public static final int HEADER_LENGTH = 20;
    public static final int DONT_FRAGMENT = 0x4000;
    public static final int MORE_FRAGMENTS = 0x2000;
    public static final int OFFSET_MASK = 0x1fff;
    private static final int TOS = 1;
    private static final int TOTAL_LENGTH = 2;
    private static final int IDENTIFICATION = 4;
    private static final int FRAGMENT = 6;
    private static final int TTL = 8;
    /** What a hop adds to the header's sum. */
    private static final int TTL_DELTA = Checksum.delta(0x100, 0);
    private static final int PROTOCOL = 9;
    private static final int CHECKSUM = 10;
    private static final int SOURCE = 12;
    private static final int DESTINATION = 16;

    private Ipv4() {
    }

    public static int version(MemorySegment memory, long at) {
        return Bytes.u8(memory, at) >>> 4;
    }

    /** Bytes of the header with its options. */
    public static int headerLength(MemorySegment memory, long at) {
        return (Bytes.u8(memory, at) & 15) * 4;
    }

    public static int tos(MemorySegment memory, long at) {
        return Bytes.u8(memory, at + TOS);
    }

    public static int totalLength(MemorySegment memory, long at) {
        return Bytes.u16(memory, at + TOTAL_LENGTH);
    }

    public static void totalLength(MemorySegment memory, long at, int value) {
        Bytes.u16(memory, at + TOTAL_LENGTH, value);
    }

    public static int identification(MemorySegment memory, long at) {
        return Bytes.u16(memory, at + IDENTIFICATION);
    }

    public static void identification(MemorySegment memory, long at, int value) {
        Bytes.u16(memory, at + IDENTIFICATION, value);
    }

    /** The flags and the offset in units of eight bytes, as they stand together. */
    public static int fragment(MemorySegment memory, long at) {
        return Bytes.u16(memory, at + FRAGMENT);
    }

    public static void fragment(MemorySegment memory, long at, int value) {
        Bytes.u16(memory, at + FRAGMENT, value);
    }

    public static boolean isFragment(int fragment) {
        return (fragment & (MORE_FRAGMENTS | OFFSET_MASK)) != 0;
    }

    public static int ttl(MemorySegment memory, long at) {
        return Bytes.u8(memory, at + TTL);
    }

    /** Counts one hop and mends the header checksum. */
    public static void decrementTtl(MemorySegment memory, long at) {
        int word = Bytes.i32(memory, at + TTL);
        Bytes.i32(memory, at + TTL, (word >>> 16) - 0x100 << 16 | Checksum.update(word & 0xffff, TTL_DELTA));
    }

    public static int protocol(MemorySegment memory, long at) {
        return Bytes.u8(memory, at + PROTOCOL);
    }

    public static int checksum(MemorySegment memory, long at) {
        return Bytes.u16(memory, at + CHECKSUM);
    }

    public static void updateChecksum(MemorySegment memory, long at, int delta) {
        Bytes.u16(memory, at + CHECKSUM, Checksum.update(checksum(memory, at), delta));
    }

    /** Computes the header checksum anew. */
    public static void finishChecksum(MemorySegment memory, long at) {
        Bytes.u16(memory, at + CHECKSUM, 0);
        Bytes.u16(memory, at + CHECKSUM, Checksum.of(Checksum.sum(memory, at, headerLength(memory, at))));
    }

    public static int source(MemorySegment memory, long at) {
        return Bytes.i32(memory, at + SOURCE);
    }

    public static void source(MemorySegment memory, long at, int value) {
        Bytes.i32(memory, at + SOURCE, value);
    }

    public static int destination(MemorySegment memory, long at) {
        return Bytes.i32(memory, at + DESTINATION);
    }

    public static void destination(MemorySegment memory, long at, int value) {
        Bytes.i32(memory, at + DESTINATION, value);
    }

    /** Writes a whole header of 20 bytes, checksum included: in as few writes as there can be, and without a read. */
    public static void write(MemorySegment memory, long at, int tos, int totalLength, int identification, int fragment,
            int ttl, int protocol, int source, int destination) {
        long first = (0x4500L | tos) << 48 | (long) totalLength << 32 | (identification & 0xffffL) << 16 | fragment;
        long second = ((long) ttl << 8 | protocol) << 48 | source & 0xffff_ffffL;
        int checksum = Checksum.of(Checksum.fold((first >>> 32) + (first & 0xffff_ffffL) + (second >>> 32)
                + (second & 0xffff_ffffL) + (destination & 0xffff_ffffL)));
        Bytes.i64(memory, at, first);
        Bytes.i64(memory, at + 8, second | (long) checksum << 32);
        Bytes.i32(memory, at + 16, destination);
    }
}
