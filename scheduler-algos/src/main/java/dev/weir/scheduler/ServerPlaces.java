package dev.weir.scheduler;

import java.util.IdentityHashMap;
import java.util.List;

/** The places of servers in one list, for schedulers that remember servers beyond it. Immutable; looking up allocates nothing. */
final class ServerPlaces {
    private final IdentityHashMap<Server, Integer> places = new IdentityHashMap<>();

    ServerPlaces(List<? extends Server> servers) {
        for (int i = 0; i < servers.size(); i++) {
            places.put(servers.get(i), i);
        }
    }

    /** {@link Scheduler#NONE} where the list does not have it. */
    int of(Server server) {
        Integer place = places.get(server);
        return place == null ? Scheduler.NONE : place;
    }

    /**
     * The object by which the list has a server. One that was removed and added again may be a new object; the address
     * and port say that it is the same server.
     */
    Server current(Server server) {
        if (places.containsKey(server)) {
            return server;
        }
        for (Server other : places.keySet()) {
            if (other.addressLow() == server.addressLow() && other.addressHigh() == server.addressHigh()
                    && other.port() == server.port()) {
                return other;
            }
        }
        return server;
    }
}
