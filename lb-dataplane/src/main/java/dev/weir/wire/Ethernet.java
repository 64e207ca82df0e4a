package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * Ethernet II, with an 802.1Q tag or none.
 *
 * <pre>
 *   0 destination (6)   6 source (6)   12 [TPID (2)  TCI (2)]   12 or 16 EtherType (2)
 * </pre>
 */
public final class Ethernet {
    public static final int HEADER_LENGTH = 14;
    public static final int TAG_LENGTH = 4;
    public static final int IPV4 = 0x0800;
    public static final int IPV6 = 0x86dd;
    public static final int VLAN = 0x8100;
    public static final int PROVIDER_VLAN = 0x88a8;
    private static final int DESTINATION = 0;
    private static final int SOURCE = 6;
    private static final int TYPE = 12;

    private Ethernet() {
    }

    /** The MAC address in the low 48 bits, first byte highest. */
    public static long destination(MemorySegment memory, long at) {
        return Bytes.i64(memory, at + DESTINATION) >>> 16;
    }

    public static long source(MemorySegment memory, long at) {
        return Bytes.i64(memory, at + SOURCE) >>> 16;
    }

    public static void addresses(MemorySegment memory, long at, long destination, long source) {
        Bytes.i64(memory, at + DESTINATION, destination << 16 | source >>> 32);
        Bytes.i32(memory, at + SOURCE + 2, (int) source);
    }

    /** Takes a header of {@link #HEADER_LENGTH} bytes, or of a tag more, {@code by} bytes on, or back where that is negative. */
    public static void move(MemorySegment memory, long at, int length, int by) {
        long destination = Bytes.i64(memory, at);
        int source = Bytes.i32(memory, at + 8);
        long last = Bytes.i64(memory, at + length - 8);
        Bytes.i64(memory, at + by, destination);
        Bytes.i32(memory, at + by + 8, source);
        Bytes.i64(memory, at + by + length - 8, last);
    }

    /** The EtherType or, where the frame is tagged, the tag's TPID. */
    public static int type(MemorySegment memory, long at) {
        return Bytes.u16(memory, at + TYPE);
    }

    public static void type(MemorySegment memory, long at, int value) {
        Bytes.u16(memory, at + TYPE, value);
    }

    public static boolean isTag(int type) {
        return type == VLAN || type == PROVIDER_VLAN;
    }

    /** Whether the address is a group's: multicast or broadcast. */
    public static boolean isGroup(long address) {
        return (address >>> 40 & 1) != 0;
    }
}
