package dev.weir.engine;

import dev.weir.port.CrossingPort;
import dev.weir.wire.Frame;
import org.jspecify.annotations.Nullable;

/** The ways of one worker's frames to all others: a ring to each. Belongs to the worker whose frames they are. */
final class OtherWorkers {
    /** To each worker; null in the place of this one. */
    private final @Nullable CrossingPort[] crossings;
    private final Engines.Arrivals arrivals;

    /** @param arrivals told whose frames were passed on to */
    OtherWorkers(@Nullable CrossingPort[] crossings, Engines.Arrivals arrivals) {
        this.crossings = crossings;
        this.arrivals = arrivals;
    }

    boolean isOther(int worker) {
        return crossings[worker] != null;
    }

    /** Copies a frame for another worker, who gets it after {@link #publish}; false where its ring is full. */
    boolean offer(Frame frame, int to) {
        CrossingPort crossing = crossings[to];
        return crossing != null && crossing.offer(frame);
    }

    /** After a burst. */
    void publish() {
        for (int to = 0; to < crossings.length; to++) {
            CrossingPort crossing = crossings[to];
            if (crossing != null && crossing.publish()) {
                arrivals.at(to);
            }
        }
    }
}
