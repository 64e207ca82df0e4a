package dev.weir.engine;

import dev.weir.port.CrossingPort;
import dev.weir.port.Port;
import dev.weir.port.WrappedPort;
import dev.weir.service.ServiceTable;
import dev.weir.service.Services;
import dev.weir.wire.Frame;
import org.jspecify.annotations.Nullable;

/**
 * A worker's port, of several workers: frames of other workers' connections are passed on to those, and the rest is
 * received here. Belongs to the worker.
 */
final class SteeredPort extends WrappedPort {
    private final Services services;
    private final Steering steering;
    private final FrameCounters counters;
    /** To each worker; null in the place of this one. */
    private final @Nullable CrossingPort[] crossings;
    private final Engines.Arrivals arrivals;

    /** @param arrivals told whose frames were passed on to */
    SteeredPort(Port port, Services services, Steering steering, FrameCounters counters,
            @Nullable CrossingPort[] crossings, Engines.Arrivals arrivals) {
        super(port);
        this.services = services;
        this.steering = steering;
        this.counters = counters;
        this.crossings = crossings;
        this.arrivals = arrivals;
    }

    @Override
    public int receive(Frame[] burst) {
        int count = port.receive(burst);
        if (count == 0) {
            return 0;
        }
        ServiceTable table = services.current();
        int kept = 0;
        for (int i = 0; i < count; i++) {
            Frame frame = burst[i];
            CrossingPort crossing = crossings[steering.owner(frame, table)];
            if (crossing == null) {
                burst[i] = burst[kept];
                burst[kept++] = frame;
            } else {
                pass(frame, crossing);
            }
        }
        publish();
        if (kept == 0) {
            // Nobody else will release what nobody got.
            port.release();
        }
        return kept;
    }

    private void pass(Frame frame, CrossingPort crossing) {
        if (crossing.offer(frame)) {
            counters.countPassedOn();
        } else {
            counters.countReceived(1);
            counters.countDropped(DropReason.WORKER_BUSY, 1);
        }
    }

    private void publish() {
        for (int to = 0; to < crossings.length; to++) {
            CrossingPort crossing = crossings[to];
            if (crossing != null && crossing.publish()) {
                arrivals.at(to);
            }
        }
    }
}
