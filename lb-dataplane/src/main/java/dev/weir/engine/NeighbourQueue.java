package dev.weir.engine;

import dev.weir.route.Neighbour;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait for the kernel to resolve their next hop. Few may wait, and not for long: a copy of each stands here
 * until its neighbour has a MAC address, has failed, or three seconds are over. Belongs to one worker.
 */
final class NeighbourQueue {
    private static final int FRAMES = 128;
    private static final int PER_NEIGHBOUR = 32;
    private static final int ROOM = Frame.HEADROOM + 65_536 + 256;
    private static final long LIFETIME = 3_000_000_000L;

    /** What becomes of a frame that has waited. */
    interface Exit {
        void resolved(Frame frame, Hop hop, int weight);

        void failed(Frame frame, int weight);
    }

    private static final class Waiting {
        private final Frame frame = new Frame();
        private @Nullable Hop hop;
        private int weight;
        private long since;
    }

    private final MemorySegment memory;
    private final Waiting[] slots = new Waiting[FRAMES];
    private int count;
    private int weights;

    NeighbourQueue(Arena arena) {
        memory = arena.allocate((long) FRAMES * ROOM, 64);
        for (int i = 0; i < FRAMES; i++) {
            slots[i] = new Waiting();
        }
    }

    /** @return whether there was room */
    boolean add(Frame frame, Hop hop, int weight, long now) {
        int free = -1;
        int same = 0;
        for (int i = 0; i < FRAMES; i++) {
            Hop waiting = slots[i].hop;
            if (waiting == null) {
                free = i;
            } else if (waiting.neighbour() == hop.neighbour()) {
                same++;
            }
        }
        if (free < 0 || same >= PER_NEIGHBOUR || frame.length() > ROOM - Frame.HEADROOM) {
            return false;
        }
        Waiting slot = slots[free];
        long start = (long) free * ROOM + Frame.HEADROOM;
        MemorySegment.copy(frame.memory(), frame.start() - VirtioNetHeader.LENGTH, memory,
                start - VirtioNetHeader.LENGTH, frame.length() + VirtioNetHeader.LENGTH);
        slot.frame.set(memory, start, frame.length(), frame.port());
        slot.hop = hop;
        slot.weight = weight;
        slot.since = now;
        count++;
        weights += weight;
        return true;
    }

    /** Lets go of what need not wait any more; the frames' memory is good until the next {@link #add}. */
    void release(long now, Exit exit) {
        for (int i = 0; i < FRAMES && count > 0; i++) {
            Waiting slot = slots[i];
            Hop hop = slot.hop;
            if (hop == null) {
                continue;
            }
            Neighbour neighbour = hop.neighbour();
            boolean resolved = neighbour != null && neighbour.hardwareAddress() != Neighbour.UNRESOLVED;
            if (resolved || neighbour == null || neighbour.failed() || now - slot.since >= LIFETIME) {
                slot.hop = null;
                count--;
                weights -= slot.weight;
                if (resolved) {
                    exit.resolved(slot.frame, hop, slot.weight);
                } else {
                    exit.failed(slot.frame, slot.weight);
                }
            }
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Received frames that wait here. */
    int weights() {
        return weights;
    }
}
