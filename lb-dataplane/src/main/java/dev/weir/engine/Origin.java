package dev.weir.engine;

import dev.weir.forward.Reassembly;
import dev.weir.wire.Frame;
import org.jspecify.annotations.Nullable;

/**
 * What a packet came as: one frame, the fragments of a datagram that stands whole in memory now, or nothing. A worker has
 * one of each and uses them for every packet.
 */
final class Origin {
    static final Origin FRAME = new Origin(null, 1);
    /** The director's own packet, for which nothing was received. */
    static final Origin MADE = new Origin(null, 0);

    private final @Nullable Reassembly reassembly;
    private final int frames;

    private Origin(@Nullable Reassembly reassembly, int frames) {
        this.reassembly = reassembly;
        this.frames = frames;
    }

    static Origin fragments(Reassembly reassembly) {
        return new Origin(reassembly, 0);
    }

    boolean isReassembled() {
        return reassembly != null;
    }

    /** How many received frames it was. */
    int weight() {
        return reassembly == null ? frames : reassembly.fragmentCount();
    }

    /** Bytes of the longest IP packet it came in; what is sent on must not be longer. */
    int longest() {
        return reassembly == null ? Integer.MAX_VALUE : reassembly.longestFragment();
    }

    /** Gives the host what came, as it came. */
    void handBack(Frame frame, Output output) {
        if (reassembly == null) {
            output.handBack(frame, frames);
            return;
        }
        for (int i = 0; i < reassembly.fragmentCount(); i++) {
            output.handBackNow(reassembly.fragment(i));
        }
    }
}
