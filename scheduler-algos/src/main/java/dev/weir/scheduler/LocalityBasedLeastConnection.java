package dev.weir.scheduler;

import java.util.List;

/**
 * lblc: a destination stays with the server it was given, chosen as by wlc, while that is there and weighs something, and
 * is not overburdened: that is, has more active connections than its weight while another has fewer than half of its own.
 * A server beyond its threshold still keeps its destinations (ip_vs_lblc_schedule).
 */
final class LocalityBasedLeastConnection implements Scheduler {
    private final SchedulerContext context;
    private final DestinationCache<Server> cache;
    private final Server[] servers;
    private final ServerPlaces places;
    private final WeightedLeastConnection otherwise;

    LocalityBasedLeastConnection(SchedulerContext context) {
        this(context, new DestinationCache<>(), List.of());
    }

    private LocalityBasedLeastConnection(SchedulerContext context, DestinationCache<Server> cache,
            List<? extends Server> servers) {
        this.context = context;
        this.cache = cache;
        this.servers = servers.toArray(Server[]::new);
        places = new ServerPlaces(servers);
        otherwise = new WeightedLeastConnection(servers);
    }

    @Override
    public int choose(Flow flow) {
        long expiration = context.lblcExpiration();
        DestinationCache.Entry<Server> entry = cache.find(flow.destinationHigh(), flow.destinationLow(), flow.now(),
                expiration);
        if (entry != null) {
            Server server = entry.value();
            int place = places.of(server);
            if (place != NONE && server.weight() > 0 && !isOverburdened(server, servers)) {
                return place;
            }
        }
        int chosen = otherwise.choose(flow);
        if (chosen == NONE) {
            return NONE;
        }
        if (entry == null) {
            entry = cache.add(flow.destinationHigh(), flow.destinationLow(), servers[chosen], flow.now(), expiration);
        }
        entry.value(servers[chosen]);
        return chosen;
    }

    /** Whether a server has more than its share while another in the list has much less. */
    static boolean isOverburdened(Server server, Server[] all) {
        if (server.activeConnections() <= server.weight()) {
            return false;
        }
        for (Server other : all) {
            if (other.activeConnections() * 2L < other.weight()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        LocalityBasedLeastConnection successor = new LocalityBasedLeastConnection(context, cache, changed);
        if (changed.size() > servers.length) {
            cache.changeAll(successor.places::current);
        }
        return successor;
    }
}
