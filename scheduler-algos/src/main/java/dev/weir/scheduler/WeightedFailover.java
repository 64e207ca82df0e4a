package dev.weir.scheduler;

/** fo: the server of the greatest weight that is not overloaded. */
final class WeightedFailover implements Rank {
    @Override
    public long load(Server server) {
        return 1;
    }

    @Override
    public long share(Server server) {
        return server.usableWeight();
    }
}
