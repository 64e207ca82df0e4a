package dev.weir.scheduler;

import java.util.List;

/**
 * When lblc and lblcr take a destination from its server: it has more active connections than its weight, while another
 * in the list has fewer than half of its own.
 */
final class Overburden {
    private final Server[] servers;
    private final Tournament idlest;

    private static final class Idleness implements Rank {
        @Override
        public long load(Server server) {
            return 2L * server.activeConnections();
        }

        /** Overload is not looked at here. */
        @Override
        public long share(Server server) {
            return server.weight();
        }
    }

    Overburden(List<? extends Server> servers) {
        this.servers = servers.toArray(Server[]::new);
        idlest = new Tournament(servers, new Idleness());
    }

    boolean bears(Server server) {
        if (server.activeConnections() <= server.weight()) {
            return false;
        }
        int place = idlest.winner();
        return place != Scheduler.NONE && 2L * servers[place].activeConnections() < servers[place].weight();
    }

    void changed(int place) {
        idlest.changed(place);
    }
}
