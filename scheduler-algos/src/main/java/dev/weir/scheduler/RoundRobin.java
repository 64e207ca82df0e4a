package dev.weir.scheduler;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * rr: each server in turn, whatever its weight, besides weight 0. The search begins after the server chosen last; where
 * that server was removed, at the place it had.
 */
final class RoundRobin implements Scheduler {
    private final Server[] servers;
    /** Place of the server chosen last; -1 before the first choice and at the head of the list. */
    private final AtomicInteger last;

    RoundRobin(List<? extends Server> servers) {
        this(servers.toArray(Server[]::new), -1);
    }

    private RoundRobin(Server[] servers, int last) {
        this.servers = servers;
        this.last = new AtomicInteger(last);
    }

    @Override
    public int choose(Flow flow) {
        int from = last.getPlain();
        for (int step = 1; step <= servers.length; step++) {
            int candidate = Math.floorMod(from + step, servers.length);
            Server server = servers[candidate];
            if (server.weight() > 0 && !server.overloaded()) {
                last.setPlain(candidate);
                return candidate;
            }
        }
        return NONE;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        Server[] next = changed.toArray(Server[]::new);
        int cursor = last.get();
        while (cursor >= 0) {
            int place = changed.indexOf(servers[cursor]);
            if (place >= 0) {
                return new RoundRobin(next, place);
            }
            cursor--;
        }
        return new RoundRobin(next, -1);
    }
}
