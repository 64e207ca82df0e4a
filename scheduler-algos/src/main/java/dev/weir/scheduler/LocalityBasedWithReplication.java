package dev.weir.scheduler;

import java.util.ArrayList;
import java.util.List;

/**
 * lblcr: a destination has a set of servers, and goes to the one of them that wlc would choose. Where that is
 * overburdened, or the set has none to offer, the one that wlc chooses among all joins the set. From a set that did not
 * change for the expiration's time the most loaded server leaves.
 */
final class LocalityBasedWithReplication implements Scheduler {
    private final SchedulerContext context;
    private final DestinationCache<Replicas> cache;
    private final Server[] servers;
    private final ServerPlaces places;
    private final LeastLoaded otherwise;
    private final Overburden overburden;

    LocalityBasedWithReplication(SchedulerContext context) {
        this(context, new DestinationCache<>(), List.of());
    }

    private LocalityBasedWithReplication(SchedulerContext context, DestinationCache<Replicas> cache,
            List<? extends Server> servers) {
        this.context = context;
        this.cache = cache;
        this.servers = servers.toArray(Server[]::new);
        places = new ServerPlaces(servers);
        otherwise = new LeastLoaded(new WeightedLeastConnection(), servers);
        overburden = new Overburden(servers);
    }

    /**
     * A destination's servers, those that were removed meanwhile included.
     *
     * @param servers  the one that joined last first
     * @param modified when one joined or left, nanoseconds
     */
    private record Replicas(List<Server> servers, long modified) {
        Replicas with(Server joining, long now) {
            if (servers.contains(joining)) {
                return this;
            }
            List<Server> more = new ArrayList<>(servers.size() + 1);
            more.add(joining);
            more.addAll(servers);
            return new Replicas(List.copyOf(more), now);
        }

        Replicas without(Server leaving, long now) {
            return new Replicas(servers.stream().filter(server -> !server.equals(leaving)).toList(), now);
        }
    }

    @Override
    public int choose(Flow flow) {
        long now = flow.now();
        long expiration = context.lblcrExpiration();
        DestinationCache.Entry<Replicas> entry = cache.find(flow.destinationHigh(), flow.destinationLow(), now,
                expiration);
        if (entry != null) {
            Replicas replicas = entry.value();
            int least = least(replicas);
            if (replicas.servers().size() > 1 && now - replicas.modified() > expiration) {
                shrink(entry, replicas, now);
            }
            if (least != NONE && !overburden.bears(servers[least])) {
                return least;
            }
        }
        int chosen = otherwise.choose(flow);
        if (chosen == NONE) {
            return NONE;
        }
        if (entry == null) {
            entry = cache.add(flow.destinationHigh(), flow.destinationLow(),
                    new Replicas(List.of(servers[chosen]), now), now, expiration);
        }
        join(entry, servers[chosen], now);
        return chosen;
    }

    /** As wlc, among the replicas in the order of their set. */
    private int least(Replicas replicas) {
        int least = NONE;
        long leastOverhead = 0;
        long leastWeight = 0;
        List<Server> candidates = replicas.servers();
        for (int i = 0; i < candidates.size(); i++) {
            Server server = candidates.get(i);
            long weight = server.weight();
            int place = places.of(server);
            if (place == NONE || weight <= 0 || server.overloaded()) {
                continue;
            }
            long overhead = LeastConnection.overhead(server);
            if (least == NONE || leastOverhead * weight > overhead * leastWeight) {
                least = place;
                leastOverhead = overhead;
                leastWeight = weight;
            }
        }
        return least;
    }

    /** The most loaded leaves, of those that weigh something; of equals the first. A worker that was faster has done it. */
    private static void shrink(DestinationCache.Entry<Replicas> entry, Replicas replicas, long now) {
        Server most = null;
        for (Server server : replicas.servers()) {
            if (server.weight() > 0 && (most == null || LeastConnection.overhead(most)
                    * server.weight() < LeastConnection.overhead(server) * most.weight())) {
                most = server;
            }
        }
        if (most != null) {
            entry.replace(replicas, replicas.without(most, now));
        }
    }

    private static void join(DestinationCache.Entry<Replicas> entry, Server joining, long now) {
        Replicas replicas = entry.value();
        while (!entry.replace(replicas, replicas.with(joining, now))) {
            replicas = entry.value();
        }
    }

    @Override
    public void changed(int place) {
        otherwise.changed(place);
        overburden.changed(place);
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        LocalityBasedWithReplication successor = new LocalityBasedWithReplication(context, cache, changed);
        if (changed.size() > servers.length) {
            cache.changeAll(replicas -> new Replicas(
                    replicas.servers().stream().map(successor.places::current).toList(), replicas.modified()));
        }
        return successor;
    }
}
