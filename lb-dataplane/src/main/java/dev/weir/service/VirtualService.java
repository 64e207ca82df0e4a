package dev.weir.service;

import dev.weir.scheduler.Scheduler;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A virtual service as it stands between two changes: immutable, but for what its counters, servers and scheduler count.
 *
 * @param servers   newest first, as IPVS keeps them and schedulers walk them
 * @param scheduler made for just these servers
 * @param counters  the same object for as long as the service exists
 * @param localAddresses of the director, that servers under FULLNAT answer to; of either family, in the order of their
 *                  addition; empty: {@link ServiceTable#localAddresses} count
 */
public record VirtualService(ServiceKey key, Settings settings, List<RealServer> servers, Scheduler scheduler,
        Counters counters, List<IpAddress> localAddresses) {
    /**
     * What an edit may change.
     *
     * @param scheduler         a name of {@link dev.weir.scheduler.Schedulers}
     * @param schedulerFlags    flag-1, flag-2, flag-3; of sh and mh the first two are the fallback and the port
     * @param persistence       seconds; 0: not persistent
     * @param netmask           by which clients are one: for IPv4 the mask's 32 bits (-1: each for itself; gaps are allowed),
     *                          for IPv6 the prefix length, 1 to 128
     * @param persistenceEngine "sip", or null
     * @param clientAddress     how its servers under FULLNAT hear of a TCP connection's client
     */
    public record Settings(String scheduler, Set<String> schedulerFlags, int persistence, int netmask,
            boolean onePacket, @Nullable String persistenceEngine, ClientAddress clientAddress) {
        public Settings(String scheduler, Set<String> schedulerFlags, int persistence, int netmask,
                boolean onePacket, @Nullable String persistenceEngine) {
            this(scheduler, schedulerFlags, persistence, netmask, onePacket, persistenceEngine, ClientAddress.TOA);
        }
    }

    public @Nullable RealServer server(IpAddress address, int port) {
        for (RealServer server : servers) {
            if (server.port() == port && server.address().equals(address)) {
                return server;
            }
        }
        return null;
    }

    /** The same, without an object for the address. */
    public @Nullable RealServer server(long high, long low, int port) {
        for (int i = 0; i < servers.size(); i++) {
            RealServer server = servers.get(i);
            if (server.addressLow() == low && server.port() == port && server.addressHigh() == high) {
                return server;
            }
        }
        return null;
    }
}
