package dev.weir.engine;

import dev.weir.forward.Reassembly;
import dev.weir.wire.Frame;
import org.jspecify.annotations.Nullable;

/**
 * What a packet came as: one frame, or the fragments of a datagram that stands whole in memory now. A worker has one of
 * each and uses them for every packet.
 */
final class Origin {
    static final Origin FRAME = new Origin(null);

    private final @Nullable Reassembly reassembly;

    private Origin(@Nullable Reassembly reassembly) {
        this.reassembly = reassembly;
    }

    static Origin fragments(Reassembly reassembly) {
        return new Origin(reassembly);
    }

    boolean isReassembled() {
        return reassembly != null;
    }

    /** How many received frames it was. */
    int weight() {
        return reassembly == null ? 1 : reassembly.fragmentCount();
    }

    /** Bytes of the longest IP packet it came in; what is sent on must not be longer. */
    int longest() {
        return reassembly == null ? Integer.MAX_VALUE : reassembly.longestFragment();
    }

    /** Gives the host what came, as it came. */
    void handBack(Frame frame, Output output) {
        if (reassembly == null) {
            output.handBack(frame, 1);
            return;
        }
        for (int i = 0; i < reassembly.fragmentCount(); i++) {
            output.handBackNow(reassembly.fragment(i));
        }
    }
}
