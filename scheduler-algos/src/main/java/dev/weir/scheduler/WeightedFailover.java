package dev.weir.scheduler;

import java.util.List;

/** fo: the server of the greatest weight that is not overloaded; of equals the first in the list. */
final class WeightedFailover implements Scheduler {
    private final Server[] servers;

    WeightedFailover(List<? extends Server> servers) {
        this.servers = servers.toArray(Server[]::new);
    }

    @Override
    public int choose(Flow flow) {
        int greatest = NONE;
        int greatestWeight = 0;
        for (int i = 0; i < servers.length; i++) {
            int weight = servers[i].weight();
            if (weight > greatestWeight && !servers[i].overloaded()) {
                greatest = i;
                greatestWeight = weight;
            }
        }
        return greatest;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new WeightedFailover(changed);
    }
}
