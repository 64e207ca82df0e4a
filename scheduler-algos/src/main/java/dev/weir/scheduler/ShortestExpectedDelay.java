package dev.weir.scheduler;

import java.util.List;

/** sed: the server with the smallest (active + 1) / weight, the connection to come counted in; of equals the first in the list. */
final class ShortestExpectedDelay implements Scheduler {
    private final Server[] servers;

    ShortestExpectedDelay(List<? extends Server> servers) {
        this.servers = servers.toArray(Server[]::new);
    }

    @Override
    public int choose(Flow flow) {
        int least = NONE;
        long leastLoad = 0;
        long leastWeight = 0;
        for (int i = 0; i < servers.length; i++) {
            Server server = servers[i];
            long weight = server.weight();
            if (weight <= 0 || server.overloaded()) {
                continue;
            }
            long load = server.activeConnections() + 1L;
            if (least == NONE || leastLoad * weight > load * leastWeight) {
                least = i;
                leastLoad = load;
                leastWeight = weight;
            }
        }
        return least;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new ShortestExpectedDelay(changed);
    }
}
