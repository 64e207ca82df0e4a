package dev.weir.scheduler;

import java.util.List;

/**
 * ovf: the server of the greatest weight, until it has more active connections than its weight; then the next by weight.
 * A server whose connections equal its weight still takes one (ip_vs_ovf_schedule). Of equals the first in the list.
 */
final class WeightedOverflow implements Scheduler {
    private final Server[] servers;

    WeightedOverflow(List<? extends Server> servers) {
        this.servers = servers.toArray(Server[]::new);
    }

    @Override
    public int choose(Flow flow) {
        int greatest = NONE;
        int greatestWeight = 0;
        for (int i = 0; i < servers.length; i++) {
            Server server = servers[i];
            int weight = server.weight();
            if (weight > greatestWeight && server.activeConnections() <= weight && !server.overloaded()) {
                greatest = i;
                greatestWeight = weight;
            }
        }
        return greatest;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new WeightedOverflow(changed);
    }
}
