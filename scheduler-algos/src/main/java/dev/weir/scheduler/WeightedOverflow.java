package dev.weir.scheduler;

/**
 * ovf: the server of the greatest weight, until it has more active connections than its weight; then the next by weight.
 * A server whose connections equal its weight still takes one (ip_vs_ovf_schedule).
 */
final class WeightedOverflow implements Rank {
    @Override
    public long load(Server server) {
        return 1;
    }

    @Override
    public long share(Server server) {
        return server.activeConnections() <= server.weight() ? server.usableWeight() : 0;
    }
}
