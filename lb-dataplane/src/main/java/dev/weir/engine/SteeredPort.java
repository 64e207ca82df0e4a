package dev.weir.engine;

import dev.weir.port.Port;
import dev.weir.port.WrappedPort;
import dev.weir.service.ServiceTable;
import dev.weir.service.Services;
import dev.weir.wire.Frame;

/**
 * A worker's port, of several workers: frames of other workers' connections are passed on to those, and the rest is
 * received here. Belongs to the worker.
 */
final class SteeredPort extends WrappedPort {
    private final Services services;
    private final Steering steering;
    private final FrameCounters counters;
    private final OtherWorkers others;

    SteeredPort(Port port, Services services, Steering steering, FrameCounters counters, OtherWorkers others) {
        super(port);
        this.services = services;
        this.steering = steering;
        this.counters = counters;
        this.others = others;
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
            int owner = steering.owner(frame, table);
            if (others.isOther(owner)) {
                pass(frame, owner);
            } else {
                burst[i] = burst[kept];
                burst[kept++] = frame;
            }
        }
        others.publish();
        if (kept == 0) {
            // Nobody else will release what nobody got.
            port.release();
        }
        return kept;
    }

    private void pass(Frame frame, int owner) {
        if (others.offer(frame, owner)) {
            counters.countPassedOn(1);
        } else {
            counters.countReceived(1);
            counters.countDropped(DropReason.WORKER_BUSY, 1);
        }
    }
}
