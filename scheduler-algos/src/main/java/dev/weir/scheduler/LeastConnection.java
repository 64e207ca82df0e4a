package dev.weir.scheduler;

import java.util.List;

/** lc: the server with the smallest active * 256 + inactive, whatever its weight besides 0; of equals the first in the list. */
final class LeastConnection implements Scheduler {
    private final Server[] servers;

    LeastConnection(List<? extends Server> servers) {
        this.servers = servers.toArray(Server[]::new);
    }

    @Override
    public int choose(Flow flow) {
        int least = NONE;
        long leastOverhead = Long.MAX_VALUE;
        for (int i = 0; i < servers.length; i++) {
            Server server = servers[i];
            if (!server.takesConnections()) {
                continue;
            }
            long overhead = WeightedLeastConnection.overhead(server);
            if (overhead < leastOverhead) {
                least = i;
                leastOverhead = overhead;
            }
        }
        return least;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new LeastConnection(changed);
    }
}
