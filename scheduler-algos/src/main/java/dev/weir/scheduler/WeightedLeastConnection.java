package dev.weir.scheduler;

/** wlc: the server with the smallest (active * 256 + inactive) / weight. */
final class WeightedLeastConnection implements Rank {
    @Override
    public long load(Server server) {
        return LeastConnection.overhead(server);
    }

    @Override
    public long share(Server server) {
        return server.usableWeight();
    }
}
