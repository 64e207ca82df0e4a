package dev.weir.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class HugePageArenaTest {
    private static final long HUGE = 2L << 20;

    @Test
    void large_blocks_are_zero_and_whole_and_begin_with_a_page() {
        try (HugePageArena arena = new HugePageArena()) {
            for (long length : new long[]{HUGE, HUGE + 1, 3 * HUGE - 8}) {
                MemorySegment block = arena.allocate(length, 64);
                assertThat(block.byteSize()).isEqualTo(length);
                assertThat(block.address() % HUGE).isZero();
                assertThat(block.mismatch(MemorySegment.ofArray(new byte[(int) length]))).isEqualTo(-1);
                block.fill((byte) 1);
            }
            assertThat(arena.allocate(100, 64).byteSize()).isEqualTo(100);
        }
    }

    @Test
    void the_kernel_is_asked_for_large_pages() throws IOException {
        try (HugePageArena arena = new HugePageArena()) {
            MemorySegment block = arena.allocate(HUGE, 64);
            List<String> maps = Files.readAllLines(Path.of("/proc/self/smaps"));
            String flags = "";
            boolean inside = false;
            for (String line : maps) {
                if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                    String[] range = line.substring(0, line.indexOf(' ')).split("-", 2);
                    inside = Long.parseUnsignedLong(range[0], 16) <= block.address()
                            && block.address() < Long.parseUnsignedLong(range[1], 16);
                } else if (inside && line.startsWith("VmFlags:")) {
                    flags = line;
                }
            }
            boolean known = Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage"));
            assertThat(flags.contains(" hg")).as(flags).isEqualTo(known);
        }
    }

    @Test
    void nothing_is_read_after_it_was_closed() {
        HugePageArena arena = new HugePageArena();
        MemorySegment block = arena.allocate(HUGE, 64);
        arena.close();
        assertThatThrownBy(() -> block.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> arena.allocate(HUGE, 64)).isInstanceOf(IllegalStateException.class);
    }
}
