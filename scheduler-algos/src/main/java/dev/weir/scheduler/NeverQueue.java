package dev.weir.scheduler;

/** nq: the first server in the list without an active connection, whatever its weight besides 0; where there is none, as sed. */
final class NeverQueue implements Rank {
    @Override
    public long load(Server server) {
        int active = server.activeConnections();
        return active == 0 ? 0 : active + 1L;
    }

    @Override
    public long share(Server server) {
        return server.usableWeight();
    }
}
