package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.connection.StateTable;
import dev.weir.connection.StateTable.Direction;
import dev.weir.connection.Timeouts;
import dev.weir.scheduler.Scheduler;
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
 * What happens to connections besides their packets: made for a server, led through their states, ended; and the counts of
 * servers that follow. Belongs to one worker.
 */
final class Tracker implements Connections.Expiry {
    /** Seconds that a connection lives before its first packet gave it a state. */
    private static final int FRESH = 3;
    /** A bit of conn_reuse_mode. */
    private static final int REUSE_FIN_WAIT = 2;

    private final Connections connections;
    private final Services services;
    private final Templates templates;
    private final int worker;
    private final Homes homes;
    private final Persistence persistence;
    private final LocalPorts localPorts;
    private final FullNatSequences sequences;
    private Ending ending = connection -> {
    };
    private DropReason refusal = DropReason.TABLE_FULL;
    /** Nanoseconds, of the burst or turn at hand. */
    private long now;
    private Timeouts timeouts = Timeouts.DEFAULT;
    /** Seconds, by the state's ordinal. */
    private int[] lifetimes = State.lifetimes(timeouts);
    private Settings settings = Settings.DEFAULT;
    private boolean guarded;
    private boolean expiresLost;
    /** As they were when the burst began; one that is missing here may have come since. */
    private @Nullable RealServer[] servers;

    /** Told of each connection that has a local port, just before it ends. */
    @FunctionalInterface
    interface Ending {
        void ends(int connection);
    }

    /**
     * @param worker    from 0, for which it counts
     * @param sequences of the same connections
     */
    Tracker(Connections connections, Templates templates, Services services, int worker, Homes homes,
            FullNatSequences sequences) {
        this.connections = connections;
        this.sequences = sequences;
        this.templates = templates;
        this.services = services;
        this.worker = worker;
        servers = services.servers();
        this.homes = homes;
        persistence = new Persistence(templates);
        localPorts = new LocalPorts(homes);
    }

    void onEnd(Ending listener) {
        ending = listener;
    }

    /** Before each burst. */
    void begin(Timeouts timeouts, Settings settings, long now) {
        this.now = now;
        if (!timeouts.equals(this.timeouts)) {
            this.timeouts = timeouts;
            lifetimes = State.lifetimes(timeouts);
        }
        this.settings = settings;
        guarded = settings.secureTcp() > 1;
        expiresLost = settings.expireNodestConn();
        servers = services.servers();
    }

    /** Null where it was removed and forgotten, and of a connection that has none. */
    @Nullable
    RealServer server(int connection) {
        int number = connections.server(connection);
        if (number == Connections.NONE) {
            return null;
        }
        RealServer server = number < servers.length ? servers[number] : null;
        return server != null && server.present() ? server : services.server(number);
    }

    /** Whether it has no server here: it bypasses all, or another director told of it, whose server this one does not have. */
    boolean isUnbound(int connection) {
        return connections.server(connection) == Connections.NONE;
    }

    /** @return the server for a new connection, or null where none can take it */
    static @Nullable RealServer choose(VirtualService service, PacketFlow flow) {
        int place = service.scheduler().choose(flow);
        return place == Scheduler.NONE ? null : service.servers().get(place);
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
     *
     * @param template by which the server was chosen, or {@link Connections#NONE}
     */
    int connect(Packet packet, VirtualService service, RealServer server, int template, long now) {
        return connect(service, server, template, packet.protocol(), packet.sourceHigh(), packet.sourceLow(),
                packet.sourcePort(), packet.destinationHigh(), packet.destinationLow(), packet.destinationPort(),
                serverPort(packet, service, server), now);
    }

    /** The same for a packet with which a server begins, as if it were an answer from the service's address. */
    int connectOut(Packet packet, Caller caller, int template, long now) {
        ServiceKey.Address key = caller.key();
        return connect(caller.service(), caller.server(), template, packet.protocol(), packet.destinationHigh(),
                packet.destinationLow(), packet.destinationPort(), key.address().high(), key.address().low(),
                key.port(), packet.sourcePort(), now);
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
        if (connection == Connections.NONE || !localise(connection, rule.addresses(), ClientAddress.NONE)) {
            return Connections.NONE;
        }
        deltas(connection);
        return connection;
    }

    /** A client's packet of a connection without a server, which nobody counts: its state and time move on. */
    void fromClient(int connection, Packet packet, long now) {
        connections.countPacketIn(connection);
        step(connection, null, packet, direction(connection, null), now);
    }

    private int connect(VirtualService service, RealServer server, int template, int protocol, long clientHigh,
            long clientLow, int clientPort, long virtualHigh, long virtualLow, int virtualPort, int serverPort,
            long now) {
        refusal = DropReason.TABLE_FULL;
        int flags = Connections.INACTIVE | onePacket(service, protocol) | forwarding(server)
                | homes.flag(clientHigh, clientLow, clientPort, 0);
        int connection = connections.create(protocol, clientHigh, clientLow, clientPort, virtualHigh, virtualLow,
                virtualPort, server.address().high(), server.address().low(), serverPort, flags, server.id(), FRESH,
                now);
        if (connection == Connections.NONE) {
            return connection;
        }
        if (ApplicationHelper.isNeeded(connections, connection)) {
            connections.adjust(connection);
        }
        if (connections.isFullNat(connection)
                && !localise(connection, pool(service), service.settings().clientAddress())) {
            return Connections.NONE;
        }
        homes.began(connections, connection);
        if (template != Connections.NONE) {
            templates.leads(template, connection, now);
        }
        deltas(connection);
        server.connectionsChanged(0, 1);
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
    private boolean localise(int connection, List<IpAddress> pool, ClientAddress clientAddress) {
        if (!localPorts.take(pool, connections.protocol(connection), connections.serverHigh(connection),
                connections.serverLow(connection), connections.serverPort(connection), now)) {
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

    /** Why the last connection was not made. */
    DropReason refusal() {
        return refusal;
    }

    /** The ends of connections under FULLNAT. */
    LocalPorts localPorts() {
        return localPorts;
    }

    /**
     * Makes a connection of which no packet came yet, announced on another that controls it: of the same virtual address
     * and server, with ports of its own. Not scheduled, it counts as no new connection.
     *
     * @param server null where the other has none here
     * @param flags  {@link Connections#NO_CLIENT_PORT} where {@code clientPort} is 0 and not known, or 0
     */
    int expect(int control, @Nullable RealServer server, long clientHigh, long clientLow, int clientPort,
            int virtualPort,
            long serverHigh, long serverLow, int serverPort, int flags, long now) {
        int connection = connections.create(connections.protocol(control), clientHigh, clientLow, clientPort,
                connections.virtualHigh(control), connections.virtualLow(control), virtualPort, serverHigh, serverLow,
                serverPort,
                Connections.INACTIVE | (server == null ? connections.forwarding(control) : forwarding(server)) | flags
                        | homes.flag(clientHigh, clientLow, clientPort, flags),
                server == null ? Connections.NONE : server.id(), lifetimes[State.TCP_LISTEN.ordinal()], now);
        if (connection != Connections.NONE) {
            homes.began(connections, connection);
            connections.state(connection, State.TCP_LISTEN);
            connections.controlledBy(connection, control);
            deltas(connection);
            if (server != null) {
                server.connectionsChanged(0, 1);
                server.bound();
            }
        }
        return connection;
    }

    /** The connection was announced once more (ip_vs_tcp_conn_listen). */
    void listen(int connection, long now) {
        connections.state(connection, State.TCP_LISTEN);
        connections.touch(connection, lifetimes[State.TCP_LISTEN.ordinal()], now);
    }

    /** Its sums, which follow from its addresses and ports. */
    void deltas(int connection) {
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

    /** A client's packet: counted, and its connection's state and time moved on. */
    void fromClient(int connection, RealServer server, Packet packet, int packets, long now) {
        server.counters().countIn(worker, packets, packet.ipLength());
        server.serviceCounters().countIn(worker, packets, packet.ipLength());
        services.total().countIn(worker, packets, packet.ipLength());
        connections.countPacketIn(connection);
        step(connection, server, packet, direction(connection, server), now);
    }

    private Direction direction(int connection, @Nullable RealServer server) {
        int flags = connections.flags(connection);
        if ((flags & Connections.HELD) != 0) {
            own(connection, server);
        }
        return (flags & Connections.NO_OUTPUT) != 0 ? Direction.INPUT_ONLY : Direction.INPUT;
    }

    /** The first packet comes here of a connection that another director told of. */
    private void own(int connection, @Nullable RealServer server) {
        connections.own(connection);
        if (connections.control(connection) != Connections.NONE) {
            return;
        }
        VirtualService service = ServiceLookup.find(services.current(), server == null ? 0 : server.mark(),
                IpAddress.isV4(connections.clientHigh(connection), connections.clientLow(connection)),
                connections.protocol(connection), connections.virtualHigh(connection),
                connections.virtualLow(connection), connections.virtualPort(connection));
        if (service != null) {
            persistence.join(connections, connection, service);
        }
    }

    /** A server's packet; {@code server} is null where it was removed and forgotten. */
    void fromServer(int connection, @Nullable RealServer server, Packet packet, int packets, long now) {
        countOut(server, packet.ipLength(), packets);
        int flags = connections.flags(connection);
        if ((flags & (Connections.NO_OUTPUT | Connections.HELD)) != 0) {
            connections.flags(connection, flags & ~Connections.NO_OUTPUT);
            if ((flags & Connections.HELD) != 0) {
                own(connection, server);
            }
        }
        step(connection, server, packet, Direction.OUTPUT, now);
    }

    /** What comes from a server that is gone, or goes to it, counts for nobody (ip_vs_out_stats, ip_vs_in_stats). */
    void countOut(@Nullable RealServer server, int bytes, int packets) {
        if (server != null && server.present()) {
            server.counters().countOut(worker, packets, bytes);
            server.serviceCounters().countOut(worker, packets, bytes);
            services.total().countOut(worker, packets, bytes);
        }
    }

    void countIn(RealServer server, Packet packet) {
        if (server.present()) {
            server.counters().countIn(worker, 1, packet.ipLength());
            server.serviceCounters().countIn(worker, 1, packet.ipLength());
            services.total().countIn(worker, 1, packet.ipLength());
        }
    }

    /** Its state and its time move on. */
    private void step(int connection, @Nullable RealServer server, Packet packet, Direction direction, long now) {
        int before = connections.stateNumber(connection);
        int after = StateTable.after(before, direction, packet, guarded);
        if (after != before) {
            enter(connection, server, State.of(after));
        }
        connections.touch(connection, lifetimes[after], now);
    }

    private void enter(int connection, @Nullable RealServer server, State state) {
        activity(connection, server, state.active());
        connections.state(connection, state);
        if (state.assuring()) {
            assureTemplate(connection);
        }
    }

    private void assureTemplate(int connection) {
        int template = connections.control(connection);
        if (template != Connections.NONE && templates.isTemplate(template)) {
            templates.assure(template);
        }
    }

    /** It counts for its server as active from now on, or as inactive. */
    void activity(int connection, @Nullable RealServer server, boolean active) {
        int flags = connections.flags(connection);
        boolean wasActive = (flags & Connections.INACTIVE) == 0;
        if (active == wasActive) {
            return;
        }
        connections.flags(connection, flags ^ Connections.INACTIVE);
        if (server != null) {
            server.connectionsChanged(active ? 1 : -1, active ? -1 : 1);
        }
    }

    /**
     * Whether a SYN or INIT on this connection begins a new one: its server is to have no more (expire_nodest_conn), or it is over
     * as far as the director can tell (conn_reuse_mode, is_new_conn_expected). One that a template controls never is: its
     * client stays where it is, unless the server drains.
     */
    boolean isOver(int connection) {
        RealServer server = server(connection);
        if (expiresLost && server != null && server.weight() == 0) {
            return true;
        }
        boolean drains = server != null && server.draining();
        int mode = drains ? REUSE_FIN_WAIT : settings.connReuseMode();
        if (mode == 0 || !drains && connections.control(connection) != Connections.NONE) {
            return false;
        }
        State state = connections.state(connection);
        return state.over()
                || (mode & REUSE_FIN_WAIT) != 0 && state == State.TCP_FIN_WAIT
                        && (connections.flags(connection) & Connections.NO_OUTPUT) != 0;
    }

    /** Whether its server is gone, and connections do not wait for its return (expire_nodest_conn). */
    boolean isLost(int connection) {
        if (!expiresLost || isUnbound(connection)) {
            return false;
        }
        RealServer server = server(connection);
        return server == null || !server.present();
    }

    /** Ends a connection, and with it a template that has led no other, and never one that was answered. */
    void drop(int connection) {
        int template = connections.control(connection);
        if (template == Connections.NONE || !templates.isTemplate(template)) {
            end(connection);
            return;
        }
        templates.lock();
        end(connection);
        templates.endUnlessAssured(template, this);
        templates.unlock();
    }

    /**
     * Ends a connection, and what controlled it unless that controls others. Both under one lock: two workers that each end
     * the last connection that a template led on their side would else both find it idle, and end it twice.
     */
    void endWithControl(int connection) {
        int control = connections.control(connection);
        if (control == Connections.NONE) {
            end(connection);
            return;
        }
        templates.lock();
        end(connection);
        if (templates.isTemplate(control)) {
            templates.endIfIdle(control, this);
        } else {
            end(control);
        }
        templates.unlock();
    }

    /** Its first packet is on its way: some connections end with it. */
    void endOfOnePacket(int connection) {
        if ((connections.flags(connection) & Connections.ONE_PACKET) != 0) {
            end(connection);
        }
    }

    /** Seconds that a connection lives in a state. */
    int lifetime(State state) {
        return lifetimes[state.ordinal()];
    }

    /** Who counts connections that stand with their client's home. */
    Homes homes() {
        return homes;
    }

    /** How many connections may still be made. */
    int free() {
        return connections.free();
    }

    /** @return whether there was one that could be ended */
    boolean endOldestHalfOpen() {
        int oldest = connections.oldestHalfOpen();
        if (oldest == Connections.NONE || connections.controlled(oldest) != 0) {
            return false;
        }
        end(oldest);
        return true;
    }

    /** One that controls others lives on until they are over. */
    void end(int connection) {
        if (connections.controlled(connection) == 0) {
            expired(connection);
            connections.remove(connection);
        }
    }

    @Override
    public void expired(int connection) {
        homes.ends(connections, connection);
        if (connections.localPort(connection) != 0) {
            ending.ends(connection);
            localPorts.give(connections, connection, now);
        }
        templates.leadsNoMore(connection);
        RealServer server = server(connection);
        if (server == null) {
            return;
        }
        int flags = connections.flags(connection);
        if ((flags & Connections.TEMPLATE) != 0) {
            server.persistentChanged(-1);
        } else {
            boolean active = (flags & Connections.INACTIVE) == 0;
            server.connectionsChanged(active ? -1 : 0, active ? 0 : -1);
        }
        server.unbound();
    }
}
