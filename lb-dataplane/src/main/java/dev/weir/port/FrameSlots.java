package dev.weir.port;

import dev.weir.wire.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory for frames of ports that get them as byte arrays or in pieces: each frame in a segment of its own with {@link
 * Frame#HEADROOM}, lent until {@link #release} and then used again. Grows to the largest burst; one thread's.
 */
final class FrameSlots implements AutoCloseable {
    /** The largest frame: 64 KiB of IP packet, Ethernet header and two VLAN tags. */
    static final int MAX_FRAME = 65535 + 14 + 8;
    private static final int TAILROOM = 128;

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> slots = new ArrayList<>();
    private final byte fill;
    private int lent;

    /** @param fill what memory holds that nothing was written to yet */
    FrameSlots(byte fill) {
        this.fill = fill;
    }

    /** Memory for one frame of at most {@link #MAX_FRAME} bytes, at {@link Frame#HEADROOM}. */
    MemorySegment lend() {
        if (lent == slots.size()) {
            slots.add(arena.allocate(Frame.HEADROOM + MAX_FRAME + TAILROOM, 8).fill(fill));
        }
        return slots.get(lent++);
    }

    /** Lets {@code frame} stand for a copy of {@code bytes}, at most {@link #MAX_FRAME} of them. */
    void lend(Frame frame, byte[] bytes, Offload offload, int port) {
        MemorySegment memory = lend();
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, Frame.HEADROOM, bytes.length);
        offload.write(memory, Frame.HEADROOM);
        frame.set(memory, Frame.HEADROOM, bytes.length, port);
    }

    /** Makes what is lent as if nothing had been written to it. */
    void refill() {
        for (int i = 0; i < lent; i++) {
            slots.get(i).fill(fill);
        }
    }

    void release() {
        lent = 0;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
