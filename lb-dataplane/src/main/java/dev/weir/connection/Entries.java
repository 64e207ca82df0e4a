package dev.weir.connection;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Entries of one size, by number, for what few connections have; memory comes in blocks as it is needed. Only the owner
 * of the connections takes and gives back. Others may read an entry under the stamp of the connection that names it.
 */
final class Entries {
    static final int NONE = -1;
    private static final int BLOCK_BITS = 10;
    private static final int BLOCK = 1 << BLOCK_BITS;

    private final Arena arena;
    private final int capacity;
    private final int size;
    private final @Nullable MemorySegment[] blocks;
    private int[] freed = new int[64];
    private int freedCount;
    private int highWater;

    /**
     * @param capacity entries at most
     * @param size     bytes of one
     */
    Entries(Arena arena, int capacity, int size) {
        this.arena = arena;
        this.capacity = capacity;
        this.size = size;
        blocks = new @Nullable MemorySegment[(capacity + BLOCK - 1) / BLOCK];
    }

    /** @return an entry, whose bytes are those that its last user left, or {@link #NONE} where all are in use */
    int take() {
        if (freedCount > 0) {
            return freed[--freedCount];
        }
        if (highWater == capacity) {
            return NONE;
        }
        if (blocks[highWater >>> BLOCK_BITS] == null) {
            blocks[highWater >>> BLOCK_BITS] = arena.allocate((long) BLOCK * size, 64);
        }
        return highWater++;
    }

    void release(int entry) {
        if (freedCount == freed.length) {
            freed = Arrays.copyOf(freed, freed.length * 2);
        }
        freed[freedCount++] = entry;
    }

    /** The memory where an entry stands; null where there never was one of that number. */
    @Nullable
    MemorySegment find(int entry) {
        return entry < 0 || entry >>> BLOCK_BITS >= blocks.length ? null : blocks[entry >>> BLOCK_BITS];
    }

    MemorySegment block(int entry) {
        MemorySegment block = find(entry);
        if (block == null) {
            throw new IllegalArgumentException("no entry was ever taken as " + entry);
        }
        return block;
    }

    /** Where an entry begins in its block. */
    long place(int entry) {
        return (long) (entry & BLOCK - 1) * size;
    }
}
