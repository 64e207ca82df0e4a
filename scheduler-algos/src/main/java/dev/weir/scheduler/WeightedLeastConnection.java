package dev.weir.scheduler;

import java.util.List;

/**
 * wlc: the server with the smallest (active * 256 + inactive) / weight; of equals the first in the list.
 */
final class WeightedLeastConnection implements Scheduler {
    private final Server[] servers;

    WeightedLeastConnection(List<? extends Server> servers) {
        this.servers = servers.toArray(Server[]::new);
    }

    @Override
    public int choose(Flow flow) {
        int least = NONE;
        long leastOverhead = 0;
        long leastWeight = 0;
        for (int i = 0; i < servers.length; i++) {
            Server server = servers[i];
            long weight = server.weight();
            if (weight <= 0 || server.overloaded()) {
                continue;
            }
            long overhead = overhead(server);
            if (least == NONE || leastOverhead * weight > overhead * leastWeight) {
                least = i;
                leastOverhead = overhead;
                leastWeight = weight;
            }
        }
        return least;
    }

    /** An active connection weighs 256 inactive ones (ip_vs_dest_conn_overhead). */
    static long overhead(Server server) {
        return ((long) server.activeConnections() << 8) + server.inactiveConnections();
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new WeightedLeastConnection(changed);
    }
}
