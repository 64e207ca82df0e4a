package dev.weir.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Unsigned numbers in network byte order, at any alignment; and what depends on the machine's own. */
public final class Bytes {
    private static final ValueLayout.OfChar CHAR = ValueLayout.JAVA_CHAR_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private Bytes() {
    }

    public static int u8(MemorySegment memory, long at) {
        return memory.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }

    public static void u8(MemorySegment memory, long at, int value) {
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    }

    public static int u16(MemorySegment memory, long at) {
        return memory.get(CHAR, at);
    }

    public static void u16(MemorySegment memory, long at, int value) {
        memory.set(CHAR, at, (char) value);
    }

    /** All 32 bits, as an int. */
    public static int i32(MemorySegment memory, long at) {
        return memory.get(INT, at);
    }

    public static void i32(MemorySegment memory, long at, int value) {
        memory.set(INT, at, value);
    }

    /** Two ints of the machine's byte order that stand side by side, as a long of that order reads them. */
    public static long sideBySide(int first, int second) {
        return LITTLE_ENDIAN
                ? first & 0xffff_ffffL | (long) second << 32
                : (long) first << 32 | second & 0xffff_ffffL;
    }

    /** The same of two shorts, as an int. */
    public static int sideBySide(short first, short second) {
        return LITTLE_ENDIAN ? first & 0xffff | second << 16 : first << 16 | second & 0xffff;
    }

    /** All 64 bits, as a long. */
    public static long i64(MemorySegment memory, long at) {
        return memory.get(LONG, at);
    }

    public static void i64(MemorySegment memory, long at, long value) {
        memory.set(LONG, at, value);
    }
}
