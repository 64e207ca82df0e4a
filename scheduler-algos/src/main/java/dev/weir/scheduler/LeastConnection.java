package dev.weir.scheduler;

/** lc: the server with the smallest active * 256 + inactive, whatever its weight besides 0. */
final class LeastConnection implements Rank {
    @Override
    public long load(Server server) {
        return overhead(server);
    }

    @Override
    public long share(Server server) {
        return server.takesConnections() ? 1 : 0;
    }

    /** An active connection weighs 256 inactive ones (ip_vs_dest_conn_overhead). */
    static long overhead(Server server) {
        return ((long) server.activeConnections() << 8) + server.inactiveConnections();
    }
}
