package dev.weir.scheduler;

import java.util.List;
import java.util.Set;

/**
 * sh: the client's address decides, with sh-port its port too. Each server in turn has as many of the 256 buckets as it
 * weighs, one where it weighs nothing, until all are given away. Where the bucket's server can take no connection none
 * does; with sh-fallback the hash goes on.
 */
final class SourceHashing implements Scheduler {
    private static final int BUCKETS = 256;
    private final Server[] servers;
    /** Place of each bucket's server; without servers it has no buckets. */
    private final int[] places;
    private final boolean fallback;
    private final boolean port;

    SourceHashing(List<? extends Server> servers) {
        this(servers.toArray(Server[]::new), false, false);
    }

    private SourceHashing(Server[] servers, boolean fallback, boolean port) {
        this.servers = servers;
        this.fallback = fallback;
        this.port = port;
        places = new int[servers.length == 0 ? 0 : BUCKETS];
        int place = 0;
        int given = 0;
        for (int bucket = 0; bucket < places.length; bucket++) {
            places[bucket] = place;
            if (++given >= servers[place].weight()) {
                place = (place + 1) % servers.length;
                given = 0;
            }
        }
    }

    @Override
    public int choose(Flow flow) {
        if (places.length == 0) {
            return NONE;
        }
        int key = AddressHash.fold(flow.clientHigh(), flow.clientLow()) + (port ? flow.clientPort() : 0);
        int bucket = AddressHash.byteOf(key);
        int place = places[bucket];
        if (servers[place].takesConnections()) {
            return place;
        }
        // The hash itself does not go on, but an offset to it does, once around from the bucket's number.
        for (int step = 0; fallback && step < BUCKETS; step++) {
            int other = places[(step + 2 * bucket) % BUCKETS];
            if (servers[other].takesConnections()) {
                return other;
            }
        }
        return NONE;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new SourceHashing(changed.toArray(Server[]::new), fallback, port);
    }

    @Override
    public Scheduler withFlags(Set<String> flags) {
        return new SourceHashing(servers, flags.contains(Schedulers.FALLBACK), flags.contains(Schedulers.PORT));
    }
}
