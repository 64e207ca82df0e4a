package dev.weir.forward;

import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory for frames that the director makes itself: ICMP errors, segments, fragments. It is handed out front to back and
 * given back all at once, when everything made was sent.
 */
public final class FrameArena {
    private static final int ALIGNMENT = 64;

    private final MemorySegment memory;
    private final long size;
    private long next;

    public FrameArena(Arena arena, long size) {
        memory = arena.allocate(size, ALIGNMENT);
        this.size = size;
    }

    /** Whether a frame of {@code length} bytes fits still. */
    public boolean fits(int length) {
        return next + Frame.HEADROOM + length <= size;
    }

    /** Sets {@code frame} to {@code length} fresh bytes with headroom and an empty virtio header; it must fit. */
    public void allocate(Frame frame, int length, int port) {
        long start = next + Frame.HEADROOM;
        next = start + length + ALIGNMENT - 1 & -ALIGNMENT;
        frame.set(memory, start, length, port);
        VirtioNetHeader.clear(memory, start);
    }

    public void reset() {
        next = 0;
    }
}
