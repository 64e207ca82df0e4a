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
    private final Tournament able;
    /** Place of the server chosen last; HEAD before the first choice. Taken by compare-and-set: no two workers have one turn. */
    private final AtomicInteger last;

    RoundRobin(List<? extends Server> servers) {
        this(servers.toArray(Server[]::new), HEAD);
    }

    private RoundRobin(Server[] servers, int last) {
        this.servers = servers;
        able = new Tournament(List.of(servers), new WeightedFailover());
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
        int next = able.next(from, 1);
        return next == NONE ? able.next(HEAD, 1) : next;
    }

    @Override
    public void changed(int place) {
        able.changed(place);
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
