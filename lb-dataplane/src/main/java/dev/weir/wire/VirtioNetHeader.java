package dev.weir.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * struct virtio_net_hdr (linux/virtio_net.h), the ten bytes before each frame; its fields have the machine's byte order.
 *
 * <pre>
 *   0 flags   1 gso_type   2 hdr_len (16)   4 gso_size (16)   6 csum_start (16)   8 csum_offset (16)
 * </pre>
 *
 * Offsets and lengths count from the Ethernet header. With {@link #NEEDS_CSUM} the transport checksum field holds the
 * uncomplemented sum of the pseudo-header alone, and the last hop finishes it.
 */
public final class VirtioNetHeader {
    public static final int LENGTH = 10;
    public static final int NEEDS_CSUM = 1;
    public static final int DATA_VALID = 2;
    public static final int GSO_NONE = 0;
    public static final int GSO_TCPV4 = 1;
    public static final int GSO_UDP = 3;
    public static final int GSO_TCPV6 = 4;
    public static final int GSO_UDP_L4 = 5;
    public static final int GSO_ECN = 0x80;
    /** Of flags and gso_type as one number: all bits of the one, NEEDS_CSUM of the other. */
    private static final int WHOLE_MASK = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 0xff01 : 0x01ff;

    private VirtioNetHeader() {
    }

    /** No offload: the frame is as it stands on the wire. */
    public static void clear(MemorySegment memory, long frameStart) {
        memory.set(JAVA_LONG_UNALIGNED, frameStart - 10, 0L);
        memory.set(JAVA_SHORT_UNALIGNED, frameStart - 2, (short) 0);
    }

    /** Takes the header along when a frame begins {@code by} bytes later (positive) or earlier (negative). */
    public static void move(MemorySegment memory, long frameStart, int by) {
        long first = memory.get(JAVA_LONG_UNALIGNED, frameStart - 10);
        short last = memory.get(JAVA_SHORT_UNALIGNED, frameStart - 2);
        memory.set(JAVA_LONG_UNALIGNED, frameStart + by - 10, first);
        memory.set(JAVA_SHORT_UNALIGNED, frameStart + by - 2, last);
        if (needsChecksum(memory, frameStart + by)) {
            checksumStart(memory, frameStart + by, checksumStart(memory, frameStart + by) - by);
        }
        if (gsoType(memory, frameStart + by) != GSO_NONE) {
            headerLength(memory, frameStart + by, headerLength(memory, frameStart + by) - by);
        }
    }

    /** Whether nothing is left undone: no flag but {@link #DATA_VALID}, no segmentation. */
    public static boolean isWhole(MemorySegment memory, long frameStart) {
        return (memory.get(JAVA_SHORT_UNALIGNED, frameStart - 10) & WHOLE_MASK) == 0;
    }

    public static int flags(MemorySegment memory, long frameStart) {
        return memory.get(JAVA_BYTE, frameStart - 10);
    }

    public static void flags(MemorySegment memory, long frameStart, int value) {
        memory.set(JAVA_BYTE, frameStart - 10, (byte) value);
    }

    public static boolean needsChecksum(MemorySegment memory, long frameStart) {
        return (flags(memory, frameStart) & NEEDS_CSUM) != 0;
    }

    /** One of the GSO_ values, perhaps with GSO_ECN. */
    public static int gsoType(MemorySegment memory, long frameStart) {
        return memory.get(JAVA_BYTE, frameStart - 9) & 255;
    }

    public static void gsoType(MemorySegment memory, long frameStart, int value) {
        memory.set(JAVA_BYTE, frameStart - 9, (byte) value);
    }

    /** Bytes of all headers, Ethernet to transport. */
    public static int headerLength(MemorySegment memory, long frameStart) {
        return memory.get(JAVA_SHORT_UNALIGNED, frameStart - 8) & 0xffff;
    }

    public static void headerLength(MemorySegment memory, long frameStart, int value) {
        memory.set(JAVA_SHORT_UNALIGNED, frameStart - 8, (short) value);
    }

    /** Bytes of payload in each segment to be. */
    public static int gsoSize(MemorySegment memory, long frameStart) {
        return memory.get(JAVA_SHORT_UNALIGNED, frameStart - 6) & 0xffff;
    }

    public static void gsoSize(MemorySegment memory, long frameStart, int value) {
        memory.set(JAVA_SHORT_UNALIGNED, frameStart - 6, (short) value);
    }

    /** Where the sum begins: the transport header. */
    public static int checksumStart(MemorySegment memory, long frameStart) {
        return memory.get(JAVA_SHORT_UNALIGNED, frameStart - 4) & 0xffff;
    }

    public static void checksumStart(MemorySegment memory, long frameStart, int value) {
        memory.set(JAVA_SHORT_UNALIGNED, frameStart - 4, (short) value);
    }

    /** Where the checksum field stands, from {@link #checksumStart}. */
    public static int checksumOffset(MemorySegment memory, long frameStart) {
        return memory.get(JAVA_SHORT_UNALIGNED, frameStart - 2) & 0xffff;
    }

    public static void checksumOffset(MemorySegment memory, long frameStart, int value) {
        memory.set(JAVA_SHORT_UNALIGNED, frameStart - 2, (short) value);
    }
}
