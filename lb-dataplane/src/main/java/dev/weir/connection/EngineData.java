package dev.weir.connection;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a persistence engine took from a packet, for each template made by one (pe_data): a SIP call's Call-ID. An entry
 * is a number that stands in its template's record; there are never more of them than templates, so memory comes in
 * blocks as it is needed. Only the connections' owner writes. Others read an entry under its template's stamp.
 *
 * <pre>
 * entry (256 bytes):  0 length (1)   1 data (255)
 * </pre>
 */
final class EngineData {
    static final int NONE = -1;
    private static final int ENTRY = 256;
    private static final int DATA = 1;
    private static final int BLOCK_BITS = 10;
    private static final int BLOCK = 1 << BLOCK_BITS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private final Arena arena;
    private final long key;
    private final @Nullable MemorySegment[] blocks;
    private int[] freed = new int[64];
    private int freedCount;
    private int highWater;

    /**
     * @param capacity entries at most
     * @param key      a secret, so that nobody can choose data that collide
     */
    EngineData(Arena arena, int capacity, long key) {
        this.arena = arena;
        this.key = key;
        blocks = new @Nullable MemorySegment[(capacity + BLOCK - 1) / BLOCK];
    }

    /**
     * Copies what stands at {@code at}.
     *
     * @param length 1 to 255
     * @return the entry, or {@link #NONE} where there are as many as may be
     */
    int store(MemorySegment from, long at, int length) {
        int entry = freedCount > 0 ? freed[--freedCount] : highWater < blocks.length * BLOCK ? highWater++ : NONE;
        if (entry == NONE) {
            return NONE;
        }
        MemorySegment block = blocks[entry >>> BLOCK_BITS];
        if (block == null) {
            block = arena.allocate((long) BLOCK * ENTRY, 64);
            blocks[entry >>> BLOCK_BITS] = block;
        }
        block.set(BYTE, place(entry), (byte) length);
        MemorySegment.copy(from, at, block, place(entry) + DATA, length);
        return entry;
    }

    void release(int entry) {
        if (freedCount == freed.length) {
            freed = Arrays.copyOf(freed, freed.length * 2);
        }
        freed[freedCount++] = entry;
    }

    boolean equal(int entry, MemorySegment data, long at, int length) {
        MemorySegment block = block(entry);
        long place = place(entry);
        return length(block, place) == length && MemorySegment.mismatch(block, place + DATA, place + DATA + length,
                data, at, at + length) < 0;
    }

    long hash(int entry) {
        MemorySegment block = block(entry);
        long place = place(entry);
        return hash(block, place + DATA, length(block, place));
    }

    long hash(MemorySegment data, long at, int length) {
        long mixed = key ^ length;
        int done = 0;
        for (; done + Long.BYTES <= length; done += Long.BYTES) {
            mixed = TupleIndex.fold(mixed ^ data.get(LONG, at + done), key ^ 0xd6e8feb86659fd93L);
        }
        long rest = 0;
        for (; done < length; done++) {
            rest = rest << Byte.SIZE | data.get(BYTE, at + done) & 0xff;
        }
        return TupleIndex.fold(mixed ^ rest, key ^ 0x9e3779b97f4a7c15L);
    }

    /** A copy of an entry, a character a byte, for whoever lists; null where it is none. */
    @Nullable
    String text(int entry) {
        MemorySegment block = entry < 0 || entry >>> BLOCK_BITS >= blocks.length ? null : blocks[entry >>> BLOCK_BITS];
        if (block == null) {
            return null;
        }
        long place = place(entry);
        byte[] bytes = block.asSlice(place + DATA, length(block, place)).toArray(BYTE);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private MemorySegment block(int entry) {
        MemorySegment block = blocks[entry >>> BLOCK_BITS];
        if (block == null) {
            throw new IllegalArgumentException("no entry was ever stored as " + entry);
        }
        return block;
    }

    private static int length(MemorySegment block, long place) {
        return block.get(BYTE, place) & 0xff;
    }

    private static long place(int entry) {
        return (long) (entry & BLOCK - 1) * ENTRY;
    }
}
