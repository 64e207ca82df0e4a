package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.connection.StateTable;
import dev.weir.connection.StateTable.Direction;
import dev.weir.connection.Timeouts;
import dev.weir.service.RealServer;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * What happens to connections that stand, besides their packets: led through their states, ended; and the counts of servers
 * that follow. {@link NewConnections} makes them. Belongs to one worker.
 */
final class Tracker implements Connections.Expiry {
    /** A bit of conn_reuse_mode. */
    private static final int REUSE_FIN_WAIT = 2;

    private final Connections connections;
    private final Services services;
    private final Templates templates;
    private final int worker;
    private final Homes homes;
    private final Persistence persistence;
    private final LocalPorts localPorts;
    private Ending ending = connection -> {
    };
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

    /** @param worker from 0, for which it counts */
    Tracker(Connections connections, Templates templates, Services services, int worker, Homes homes) {
        this.connections = connections;
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

    /** A client's packet of a connection without a server, which nobody counts: its state and time move on. */
    void fromClient(int connection, Packet packet, long now) {
        connections.countPacketIn(connection);
        step(connection, null, packet, direction(connection, null), now);
    }

    /** The ends of connections under FULLNAT. */
    LocalPorts localPorts() {
        return localPorts;
    }

    /** The connection was announced once more (ip_vs_tcp_conn_listen). */
    void listen(int connection, long now) {
        connections.state(connection, State.TCP_LISTEN);
        connections.touch(connection, lifetimes[State.TCP_LISTEN.ordinal()], now);
    }

    /**
     * The state to which a client's packet leads the connection that begins with it.
     *
     * @param flags the connection's
     */
    State opening(Packet packet, int flags) {
        int first = State.first(packet.protocol()).ordinal();
        return State.of(StateTable.after(first, direction(flags), packet, guarded));
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
        return direction(flags);
    }

    /** Of a client's packet. */
    private static Direction direction(int flags) {
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
        endWithControl(connection, true);
    }

    /** Ends a connection, and what controlled it unless that controls others. */
    void endWithControl(int connection) {
        endWithControl(connection, false);
    }

    /**
     * Both under one lock: two workers that each end the last connection that a template led on their side would else both
     * find it idle, and end it twice.
     *
     * @param unansweredOnly whether of what controls it only a template ends, of which no connection was answered
     */
    private void endWithControl(int connection, boolean unansweredOnly) {
        int control = connections.control(connection);
        if (control == Connections.NONE) {
            end(connection);
            return;
        }
        templates.lock();
        end(connection);
        if (!templates.isTemplate(control)) {
            if (!unansweredOnly) {
                end(control);
            }
        } else if (!unansweredOnly || !templates.isAssured(control)) {
            templates.endIfIdle(control, this);
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
