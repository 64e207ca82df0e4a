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
    private final LeastLoaded otherwise;
    private final Overburden overburden;

    LocalityBasedLeastConnection(SchedulerContext context) {
        this(context, new DestinationCache<>(), List.of());
    }

    private LocalityBasedLeastConnection(SchedulerContext context, DestinationCache<Server> cache,
            List<? extends Server> servers) {
        this.context = context;
        this.cache = cache;
        this.servers = servers.toArray(Server[]::new);
        places = new ServerPlaces(servers);
        otherwise = new LeastLoaded(new WeightedLeastConnection(), servers);
        overburden = new Overburden(servers);
    }

    @Override
    public int choose(Flow flow) {
        long expiration = context.lblcExpiration();
        DestinationCache.Entry<Server> entry = cache.find(flow.destinationHigh(), flow.destinationLow(), flow.now(),
                expiration);
        if (entry != null) {
            Server server = entry.value();
            int place = places.of(server);
            if (place != NONE && server.weight() > 0 && !overburden.bears(server)) {
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

    @Override
    public void changed(int place) {
        otherwise.changed(place);
        overburden.changed(place);
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
