package dev.weir.lvs;

import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The dataplane, as this half sees it; {@code tools/lbd} has the other side. Any thread may call, and waits. */
public interface Balancer {
    /**
     * Carries orders out in their order, each by itself; one that fails keeps none of the others from being tried.
     *
     * @return as many results as orders
     */
    List<Result> carryOut(List<Order> orders);

    /** What there is now, whoever made it. */
    Map<Service, Present> present();

    /** How an order ended. */
    sealed interface Result {
    }

    record Done() implements Result {
    }

    /** There is such a service or server already: somebody else made it, and it stays as it is. */
    record AlreadyThere() implements Result {
    }

    /** There is no such service or server: somebody else removed it. */
    record NotThere() implements Result {
    }

    /** @param why for the log: what, and what to do */
    record Failed(String why) implements Result {
    }

    /** What is to be changed. Servers may be named with port 0: {@link ServerAddress#of} says which one that is. */
    sealed interface Order {
    }

    record AddService(Service service, ServiceSettings settings) implements Order {
    }

    record EditService(Service service, ServiceSettings settings) implements Order {
    }

    /** With its servers. */
    record DeleteService(Service service) implements Order {
    }

    record AddServer(Service service, ServerAddress server, ServerSettings settings) implements Order {
    }

    record EditServer(Service service, ServerAddress server, ServerSettings settings) implements Order {
    }

    record DeleteServer(Service service, ServerAddress server) implements Order {
    }

    /** Servers of the service under FULLNAT may answer to this address of the director. */
    record AddLocalAddress(Service service, IpAddress address) implements Order {
    }

    record DeleteLocalAddress(Service service, IpAddress address) implements Order {
    }

    /** Zero: that one stays as it is. */
    record SetTimeouts(Duration tcp, Duration tcpFin, Duration udp) implements Order {
    }

    /** All services go. */
    record Flush() implements Order {
    }

    /**
     * @param persistence zero: none
     * @param granularity a netmask, or a prefix length, or null
     * @param engine      sip, or null
     * @param clientAddress how servers under FULLNAT hear of the client, as in {@code ipvsadm --client-address}
     */
    record ServiceSettings(String scheduler, Set<String> flags, boolean onePacket, Duration persistence,
            @Nullable String granularity, @Nullable String engine, String clientAddress) {
    }

    record ServerAddress(IpAddress address, int port) {
        /**
         * How {@link #present} names a server of a service: without a port of its own it has that of the service, and so has
         * one that neither NAT nor FULLNAT reaches, since nothing else changes a packet's port.
         */
        public static ServerAddress of(VirtualServer.Service service, IpAddress address, int port,
                List<String> method) {
            boolean changes = Set.of("NAT", "FNAT").contains(method.getFirst());
            return new ServerAddress(address, service instanceof VirtualServer.AtAddress at && (port == 0 || !changes)
                    ? at.port()
                    : port);
        }
    }

    /**
     * @param method   NAT, FNAT, DR or TUN with its options, as in keepalived.conf
     * @param weight   0 to 65535; of one that drains 0 counts
     * @param draining no new connection, not even of a client that persistence leads here
     */
    record ServerSettings(List<String> method, int weight, long upperThreshold, long lowerThreshold,
            boolean draining) {
    }

    /** A service that is there. */
    record Present(Map<ServerAddress, PresentServer> servers, Set<IpAddress> localAddresses) {
    }

    /**
     * A server that is there, with its connections.
     *
     * @param weight as it is, perhaps by hand
     */
    record PresentServer(int weight, long active, long inactive) {
    }
}
