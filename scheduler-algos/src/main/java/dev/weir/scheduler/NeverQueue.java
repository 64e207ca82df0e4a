package dev.weir.scheduler;

import java.util.List;

/** nq: the first server in the list without an active connection, whatever its weight besides 0; where there is none, as sed. */
final class NeverQueue implements Scheduler {
    private final Server[] servers;
    private final ShortestExpectedDelay otherwise;

    NeverQueue(List<? extends Server> servers) {
        this.servers = servers.toArray(Server[]::new);
        otherwise = new ShortestExpectedDelay(servers);
    }

    @Override
    public int choose(Flow flow) {
        for (int i = 0; i < servers.length; i++) {
            if (servers[i].activeConnections() == 0 && servers[i].takesConnections()) {
                return i;
            }
        }
        return otherwise.choose(flow);
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new NeverQueue(changed);
    }
}
