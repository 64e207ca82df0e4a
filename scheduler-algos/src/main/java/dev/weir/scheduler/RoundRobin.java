package dev.weir.scheduler;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * rr: each server in turn, whatever its weight, besides weight 0. The search begins after the server chosen last; where
 * that server was removed, at the place it had. Where none can be chosen, the turn stays where it is.
 */
final class RoundRobin implements Scheduler {
    private static final int HEAD = -1;
    private final Server[] servers;
    /** Place of the server chosen last; HEAD before the first choice. Taken by compare-and-set: no two workers have one turn. */
    private final AtomicInteger last;

    RoundRobin(List<? extends Server> servers) {
        this(servers.toArray(Server[]::new), HEAD);
    }

    private RoundRobin(Server[] servers, int last) {
        this.servers = servers;
        this.last = new AtomicInteger(last);
    }

    @Override
    public int choose(Flow flow) {
        while (true) {
            int from = last.get();
            int chosen = after(from);
            if (chosen == NONE || last.compareAndSet(from, chosen)) {
                return chosen;
            }
        }
    }

    /** The first server after a place that can take a connection, the list taken as a ring and {@code from} looked at last. */
    private int after(int from) {
        for (int step = 1; step <= servers.length; step++) {
            int candidate = from + step;
            if (candidate >= servers.length) {
                candidate -= servers.length;
            }
            Server server = servers[candidate];
            if (server.weight() > 0 && !server.overloaded()) {
                return candidate;
            }
        }
        return NONE;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        Server[] next = changed.toArray(Server[]::new);
        for (int cursor = last.get(); cursor > HEAD; cursor--) {
            int place = changed.indexOf(servers[cursor]);
            if (place >= 0) {
                return new RoundRobin(next, place);
            }
        }
        return new RoundRobin(next, HEAD);
    }
}
