package dev.weir.service;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The masqueraded servers, those under FULLNAT among them, by their own address and port: whose packets are answers (ip_vs_has_real_service), and which
 * of them may begin a connection (ip_vs_find_real_service, and the engine's conn_out). Immutable; looks up without
 * allocating.
 */
final class Masqueraded {
    /** A server under a firewall mark counts for every protocol, and stands under none. */
    private final EndpointIndex<RealServer> servers;
    private final boolean underMarks;
    /** By address alone. */
    private final EndpointIndex<RealServer> addresses;
    private final boolean empty;
    /** Null without a service that has a persistence engine: then nobody begins. */
    private final @Nullable EndpointIndex<Caller> callers;

    Masqueraded(Collection<VirtualService> services) {
        List<EndpointIndex.Entry<RealServer>> all = new ArrayList<>();
        List<EndpointIndex.Entry<RealServer>> alone = new ArrayList<>();
        List<EndpointIndex.Entry<Caller>> beginning = new ArrayList<>();
        for (VirtualService service : services) {
            for (RealServer server : service.servers()) {
                Forwarding forwarding = server.settings().forwarding();
                if (forwarding.translates()) {
                    int protocol = service.key() instanceof ServiceKey.Address key
                            ? key.protocol().number()
                            : EndpointIndex.NO_PROTOCOL;
                    all.add(new EndpointIndex.Entry<>(protocol, server.address(), server.port(), server));
                    alone.add(new EndpointIndex.Entry<>(EndpointIndex.NO_PROTOCOL, server.address(), 0, server));
                    // A service of a firewall mark, or of every port, has no address of its own to begin from.
                    if (forwarding instanceof Forwarding.Masquerade && service.key() instanceof ServiceKey.Address key
                            && key.protocol() == Protocol.UDP && key.port() != 0) {
                        beginning.add(new EndpointIndex.Entry<>(protocol, server.address(), server.port(),
                                new Caller(service, key, server)));
                    }
                }
            }
        }
        empty = all.isEmpty();
        servers = new EndpointIndex<>(all);
        addresses = new EndpointIndex<>(alone);
        underMarks = services.stream().anyMatch(service -> service.key() instanceof ServiceKey.Mark);
        boolean engine = services.stream().anyMatch(service -> service.settings().persistenceEngine() != null);
        callers = engine ? new EndpointIndex<>(beginning) : null;
    }

    boolean isEmpty() {
        return empty;
    }

    boolean contains(long high, long low) {
        return addresses.find(EndpointIndex.NO_PROTOCOL, high, low, 0) != null;
    }

    boolean contains(int protocol, long high, long low, int port) {
        return servers.find(protocol, high, low, port) != null
                || underMarks && servers.find(EndpointIndex.NO_PROTOCOL, high, low, port) != null;
    }

    /**
     * The UDP server that may begin a connection. One that several services have belongs to the newest of them, and
     * begins nothing where that one has no engine.
     */
    @Nullable
    Caller caller(long high, long low, int port) {
        if (callers == null) {
            return null;
        }
        Caller caller = callers.find(Protocol.UDP.number(), high, low, port);
        return caller == null || caller.service().settings().persistenceEngine() == null ? null : caller;
    }
}
