package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.service.Caller;
import dev.weir.service.ClientAddress;
import dev.weir.service.Forwarding;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.SourceNat;
import dev.weir.service.VirtualService;
import dev.weir.wire.Checksum;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections: for a packet and the server chosen for it, for one that goes past all servers or outward, and for one
 * that another announces; each with its local end, its sequence adjustment and its sums, and counted. {@link Tracker} has
 * them from then on. Belongs to one worker.
 */
final class NewConnections {
    /** Seconds that a connection lives which no packet gives a state as it begins. */
    private static final int FRESH = 3;
    /** Connections looked at, at most, for one that gives its port. */
    private static final int LOOKS = 64;

    private final Connections connections;
    private final Tracker tracker;
    private final Templates templates;
    private final Services services;
    private final int worker;
    private final Homes homes;
    private final LocalPorts localPorts;
    private final FullNatSequences sequences;
    private DropReason refusal = DropReason.TABLE_FULL;

    /**
     * @param tracker of the same connections, as are {@code sequences}
     * @param worker  from 0, for which it counts
     */
    NewConnections(Connections connections, Tracker tracker, Templates templates, Services services, int worker,
            FullNatSequences sequences) {
        this.connections = connections;
        this.tracker = tracker;
        this.templates = templates;
        this.services = services;
        this.worker = worker;
        homes = tracker.homes();
        localPorts = tracker.localPorts();
        this.sequences = sequences;
    }

    /** The flags of a connection to this server that say how packets reach it. */
    static int forwarding(RealServer server) {
        return switch (server.settings().forwarding()) {
            case Forwarding.Masquerade _ -> Connections.MASQUERADED;
            case Forwarding.FullNat _ -> Connections.FULL_NAT;
            case Forwarding.DirectRouting _ -> Connections.DIRECT | Connections.NO_OUTPUT;
            case Forwarding.Tunnel _ -> Connections.TUNNEL | Connections.NO_OUTPUT;
        };
    }

    /** The flag of a connection that ends with its first packet. */
    static int onePacket(VirtualService service, int protocol) {
        return service.settings().onePacket() && protocol == Transport.UDP ? Connections.ONE_PACKET : 0;
    }

    /**
     * Makes the connection of a packet to a server just chosen; {@link Connections#NONE} where {@link #refusal} says why not.
     * One that its packet is about to lead to a state is counted and timed as in that state at once: so its server is told of
     * it once, and it hangs where its time will come.
     *
     * @param moves    whether the packet leads it to a state: not one that an ICMP error quotes
     * @param template by which the server was chosen, or {@link Connections#NONE}
     */
    int connect(Packet packet, boolean moves, VirtualService service, RealServer server, int template, long now) {
        int flags = onePacket(service, packet.protocol()) | forwarding(server);
        int timeout = FRESH;
        boolean active = false;
        if (moves) {
            State opening = tracker.opening(packet, flags);
            timeout = tracker.lifetime(opening);
            active = opening.active();
        }
        return connect(service, server, template, packet.protocol(), packet.sourceHigh(), packet.sourceLow(),
                packet.sourcePort(), packet.destinationHigh(), packet.destinationLow(), packet.destinationPort(),
                serverPort(packet, service, server), active ? flags : flags | Connections.INACTIVE, timeout, now);
    }

    /** The same for a packet with which a server begins, as if it were an answer from the service's address. */
    int connectOut(Packet packet, Caller caller, int template, long now) {
        ServiceKey.Address key = caller.key();
        return connect(caller.service(), caller.server(), template, packet.protocol(), packet.destinationHigh(),
                packet.destinationLow(), packet.destinationPort(), key.address().high(), key.address().low(),
                key.port(), packet.sourcePort(), Connections.INACTIVE
                        | onePacket(caller.service(), packet.protocol()) | forwarding(caller.server()),
                FRESH, now);
    }

    /** Makes the connection of a packet that goes on to where its client sent it; no server and no service counts it. */
    int bypass(Packet packet, VirtualService service, long now) {
        IpAddress nobody = packet.v4() ? IpAddress.ANY_V4 : IpAddress.ANY_V6;
        int flags = Connections.BYPASS | onePacket(service, packet.protocol());
        int connection = connections.create(packet.protocol(), packet.sourceHigh(), packet.sourceLow(),
                packet.sourcePort(), packet.destinationHigh(), packet.destinationLow(), packet.destinationPort(),
                nobody.high(), nobody.low(), 0,
                flags | homes.flag(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), flags),
                Connections.NONE, FRESH, now);
        if (connection != Connections.NONE) {
            homes.began(connections, connection);
        }
        return connection;
    }

    /**
     * Makes the connection of a packet with which a host behind the director begins: it goes to where it was sent, from an
     * address of the director, and no server and no service counts it.
     */
    int outward(Packet packet, SourceNat rule, long now) {
        refusal = DropReason.TABLE_FULL;
        int connection = connections.create(packet.protocol(), packet.sourceHigh(), packet.sourceLow(),
                packet.sourcePort(), packet.destinationHigh(), packet.destinationLow(), packet.destinationPort(),
                packet.destinationHigh(), packet.destinationLow(), packet.destinationPort(), Connections.FULL_NAT,
                Connections.NONE, FRESH, now);
        if (connection == Connections.NONE || !localise(connection, rule.addresses(), ClientAddress.NONE, now)) {
            return Connections.NONE;
        }
        deltas(connections, connection);
        return connection;
    }

    private int connect(VirtualService service, RealServer server, int template, int protocol, long clientHigh,
            long clientLow, int clientPort, long virtualHigh, long virtualLow, int virtualPort, int serverPort,
            int flags, int timeout, long now) {
        refusal = DropReason.TABLE_FULL;
        int connection = connections.create(protocol, clientHigh, clientLow, clientPort, virtualHigh, virtualLow,
                virtualPort, server.address().high(), server.address().low(), serverPort,
                flags | homes.flag(clientHigh, clientLow, clientPort, 0), server.id(), timeout, now);
        if (connection == Connections.NONE) {
            return connection;
        }
        if (ApplicationHelper.isNeeded(connections, connection)) {
            connections.adjust(connection);
        }
        if (connections.isFullNat(connection)
                && !localise(connection, pool(service), service.settings().clientAddress(), now)) {
            return Connections.NONE;
        }
        homes.began(connections, connection);
        if (template != Connections.NONE) {
            templates.leads(template, connection, now);
        }
        deltas(connections, connection);
        boolean active = (flags & Connections.INACTIVE) == 0;
        server.connectionsChanged(active ? 1 : 0, active ? 0 : 1);
        server.bound();
        server.counters().countConnection(worker);
        server.serviceCounters().countConnection(worker);
        services.total().countConnection(worker);
        return connection;
    }

    private List<IpAddress> pool(VirtualService service) {
        return service.localAddresses().isEmpty() ? services.current().localAddresses() : service.localAddresses();
    }

    /** Gives a connection just made its end towards the server, or ends it. */
    private boolean localise(int connection, List<IpAddress> pool, ClientAddress clientAddress, long now) {
        if (!take(connection, pool, now) && !(endOneThatIsOver(connection) && take(connection, pool, now))) {
            localPorts.refused();
            refusal = DropReason.NO_LOCAL_PORT;
            connections.remove(connection);
            return false;
        }
        connections.local(connection, localPorts.high(), localPorts.low(), localPorts.port());
        if (connections.protocol(connection) == Transport.TCP) {
            if (clientAddress == ClientAddress.TOA) {
                connections.flags(connection, connections.flags(connection) | Connections.TOA);
                connections.serversFirst(connection, Connections.UNANSWERED);
            }
            sequences.begin(connection, clientAddress, localPorts);
        }
        return true;
    }

    private boolean take(int connection, List<IpAddress> pool, long now) {
        return localPorts.take(pool, connections.protocol(connection), connections.serverHigh(connection),
                connections.serverLow(connection), connections.serverPort(connection), now);
    }

    /**
     * Where no port is free a connection to the same server ends that both its ends have closed, as far as the director can
     * tell; else so many in a second could be as the ports are in the time that those are remembered.
     */
    private boolean endOneThatIsOver(int connection) {
        for (int i = 0; i < LOOKS && localPorts.nextInUse(); i++) {
            int holder = connections.fromServer(connections.protocol(connection), connections.serverHigh(connection),
                    connections.serverLow(connection), connections.serverPort(connection), localPorts.high(),
                    localPorts.low(), localPorts.port());
            if (holder != Connections.NONE && connections.state(holder).over()
                    && connections.controlled(holder) == 0) {
                tracker.end(holder);
                return true;
            }
        }
        return false;
    }

    /** Why the last connection was not made. */
    DropReason refusal() {
        return refusal;
    }

    /**
     * Makes a connection of which no packet came yet, announced on another that controls it: of the same virtual address
     * and server, with ports of its own. Not scheduled, it counts as no new connection. {@link Connections#NONE} where
     * {@link #refusal} says why not.
     *
     * @param server null where the other has none here
     * @param flags  {@link Connections#NO_CLIENT_PORT} where {@code clientPort} is 0 and not known, or 0
     */
    int expect(int control, @Nullable RealServer server, long clientHigh, long clientLow, int clientPort,
            int virtualPort,
            long serverHigh, long serverLow, int serverPort, int flags, long now) {
        refusal = DropReason.TABLE_FULL;
        int connection = connections.create(connections.protocol(control), clientHigh, clientLow, clientPort,
                connections.virtualHigh(control), connections.virtualLow(control), virtualPort, serverHigh, serverLow,
                serverPort,
                Connections.INACTIVE | expectedForwarding(control, server) | flags
                        | homes.flag(clientHigh, clientLow, clientPort, flags),
                server == null ? Connections.NONE : server.id(), tracker.lifetime(State.TCP_LISTEN), now);
        if (connection == Connections.NONE
                || connections.isFullNat(control) && !localiseLike(control, connection, now)) {
            return Connections.NONE;
        }
        homes.began(connections, connection);
        connections.state(connection, State.TCP_LISTEN);
        connections.controlledBy(connection, control);
        deltas(connections, connection);
        if (server != null) {
            server.connectionsChanged(0, 1);
            server.bound();
        }
        return connection;
    }

    /** As its server has it now; but whom that answers to, the client or a local address, is what it is of the other. */
    private int expectedForwarding(int control, @Nullable RealServer server) {
        int own = connections.forwarding(control);
        return server == null || own == Connections.FULL_NAT
                || server.settings().forwarding() instanceof Forwarding.FullNat
                        ? own
                        : forwarding(server);
    }

    /**
     * Servers take both for one client's by the address, so that it must be the same; and a client that an option tells of
     * must be the same by that. One that the server begins it knows the client of.
     */
    private boolean localiseLike(int control, int connection, long now) {
        boolean told = (connections.flags(control) & Connections.TOA) != 0
                && (connections.flags(connection) & Connections.NO_CLIENT_PORT) != 0;
        IpAddress local = new IpAddress(connections.localHigh(control), connections.localLow(control));
        return localise(connection, List.of(local), told ? ClientAddress.TOA : ClientAddress.NONE, now);
    }

    /** The sums of a connection, which follow from its addresses and ports. */
    static void deltas(Connections connections, int connection) {
        int before = Checksum.ofAddress(connections.virtualHigh(connection), connections.virtualLow(connection));
        int after = Checksum.ofAddress(connections.serverHigh(connection), connections.serverLow(connection));
        int portBefore = connections.virtualPort(connection);
        int portAfter = connections.serverPort(connection);
        if (connections.localPort(connection) != 0) {
            before = Checksum.fold((long) before
                    + Checksum.ofAddress(connections.clientHigh(connection), connections.clientLow(connection)));
            after = Checksum.fold((long) after
                    + Checksum.ofAddress(connections.localHigh(connection), connections.localLow(connection)));
            portBefore += connections.clientPort(connection);
            portAfter += connections.localPort(connection);
        }
        connections.deltas(connection, Checksum.delta(before, after),
                Checksum.delta(Checksum.fold((long) before + portBefore), Checksum.fold((long) after + portAfter)));
    }

    /**
     * The server's own port stands for the service's only: a service of several ports keeps the client's choice, and so
     * does a persistent one of a firewall mark.
     */
    private static int serverPort(Packet packet, VirtualService service, RealServer server) {
        boolean servicePort = switch (service.key()) {
            case ServiceKey.Address key -> key.port() == packet.destinationPort();
            case ServiceKey.Mark _ -> service.settings().persistence() == 0 || packet.destinationPort() == 0;
        };
        return servicePort && server.port() != 0 ? server.port() : packet.destinationPort();
    }
}
