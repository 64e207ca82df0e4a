package dev.weir.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory for tables that are read here and there: where each look-up touches another page, finding the page costs as much as
 * the memory behind it. Blocks of 2 MiB and more come in pages of 2 MiB as far as the kernel has such
 * (/sys/kernel/mm/transparent_hugepage/enabled at "madvise" or "always"), and are touched at once, so that no page fault
 * comes later. Otherwise as {@link Arena#ofShared}.
 */
public final class HugePageArena implements Arena {
    private final Arena arena = Arena.ofShared();

    /** @throws OutOfMemoryError as every arena */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the arena is closed");
        }
        return byteSize < Mapping.HUGE_PAGE
                ? arena.allocate(byteSize, byteAlignment)
                : Mapping.hugePages(byteSize, arena).fill((byte) 0);
    }

    @Override
    public MemorySegment.Scope scope() {
        return arena.scope();
    }

    @Override
    public void close() {
        arena.close();
    }
}
