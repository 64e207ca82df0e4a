package dev.weir.scheduler;

/** sed: the server with the smallest (active + 1) / weight, the connection to come counted in. */
final class ShortestExpectedDelay implements Rank {
    @Override
    public long load(Server server) {
        return server.activeConnections() + 1L;
    }

    @Override
    public long share(Server server) {
        return server.usableWeight();
    }
}
