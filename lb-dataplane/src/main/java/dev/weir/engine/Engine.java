package dev.weir.engine;

import dev.weir.connection.ConnectionEntry;
import dev.weir.connection.Connections;
import dev.weir.forward.IcmpError;
import dev.weir.route.NextHop;
import dev.weir.route.Routes;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceTable;
import dev.weir.sys.HugePageArena;
import dev.weir.wire.Echo;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Offload;
import dev.weir.wire.Packet;
import dev.weir.wire.Sctp;
import dev.weir.wire.Transport;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way of a packet, one worker's. The engine is a function: it is handed ports, routes, services and the time, and
 * gives frames; the same code runs behind an interface, a capture file and a recording. {@link #process} and {@link #tick}
 * belong to one thread, the worker; {@link Engines} has all of a director, and what other threads may ask.
 */
public final class Engine {
    private static final int EXPIRY_STEPS = 1024;
    /** Connections of another director's taken in at a turn at most, so that no frame waits long. */
    private static final int ADOPTIONS = 256;
    private static final long SECOND = 1_000_000_000L;

    private final Arena memory = Arena.ofShared();
    private final Shared shared;
    private final @Nullable SharedTemplates templates;
    private final int worker;
    private final PortTable ports;
    private final FrameCounters counters = new FrameCounters();
    private final Connections connections;
    private final Tracker tracker;
    private final Defence defence;
    private final ServiceLookup lookup;
    private final Scheduling scheduling;
    private final LostConnections lost;
    private final Hops hops;
    private final Output output;
    private final IcmpSender icmp;
    private final Forwarder forwarder;
    private final ApplicationHelper helper;
    private final FullNatTcp fullNatTcp;
    private final IcmpErrors icmpErrors;
    private final Fragments fragments;
    private final Passing passing;
    private final Burst read;
    private final Synchronisation synchronisation;
    private final Adoption adoption;
    private final Telling telling;
    /** Whether others hear of packets as an IPVS master tells of them. */
    private boolean tells;
    private ServiceTable table;
    private long nextSecond;
    /** The settings of the burst at hand; what each packet asks of them stands beside. */
    private Settings inForce;
    private boolean refusesStrays;
    /** It took over lately: nobody is told that a connection is unknown here. */
    private boolean keepsStill;
    /** A backup leaves to the host what clients send, where backup_only says so. */
    private boolean rests;
    private volatile long now;

    /**
     * @param templates null where there is no other worker
     * @param options   what is its share
     * @param now       nanoseconds, of the clock that {@link #process} will be told
     */
    Engine(Shared shared, @Nullable SharedTemplates templates, Member member, Routes routes, WorkerPorts ports,
            EngineOptions options, long now) {
        this.shared = shared;
        this.templates = templates;
        worker = member.worker();
        this.ports = new PortTable(ports.ports(), ports.handBack());
        this.now = now;
        inForce = shared.settings();
        table = shared.services().current();
        connections = new Connections(new HugePageArena(), options.connections(), options.hashKey(), now);
        shared.add(connections);
        Templates own = new Templates(connections, shared.services(), templates);
        tracker = new Tracker(connections, own, shared.services(), worker, member.homes());
        FullNatSequences sequences = new FullNatSequences(connections, options.hashKey());
        NewConnections made = new NewConnections(connections, tracker, own, shared.services(), worker, sequences);
        lost = new LostConnections(connections, tracker, shared.services().deletions());
        hops = new Hops(routes, this.ports);
        output = new Output(memory, this.ports, hops, counters, nowhere(), worker, shared.services().workers());
        icmp = new IcmpSender(connections, tracker, output, hops, options.icmpPerSecond(), now);
        defence = new Defence(connections, tracker, shared, options.hashKey());
        lookup = new ServiceLookup(this.ports, hops, table, shared.marks());
        scheduling = new Scheduling(lookup, own, tracker, made, defence, output, icmp, hops);
        forwarder = new Forwarder(connections, hops, output, icmp);
        helper = new ApplicationHelper(connections, tracker, made, sequences, output);
        fullNatTcp = new FullNatTcp(connections, sequences, forwarder, output);
        tracker.onEnd(new ServerReset(connections, forwarder, hops, output)::ends);
        passing = new Passing(member, counters, connections);
        icmpErrors = new IcmpErrors(connections, tracker, scheduling, forwarder, output, icmp, hops, passing,
                fullNatTcp);
        fragments = new Fragments(memory, output, forwarder, passing, this::classify);
        read = new Burst(this.ports, connections);
        synchronisation = shared.synchronisation();
        synchronisation.add(connections, options.connections());
        adoption = new Adoption(connections, tracker, own, synchronisation.link(worker));
        telling = new Telling(connections, own, tracker, synchronisation, synchronisation.link(worker));
        nextSecond = now + SECOND;
    }

    private static Hop nowhere() {
        return new Hop(0, new NextHop(NextHop.Kind.UNREACHABLE, 0, 0xffff, IpAddress.ANY_V4, null), null);
    }

    /**
     * Takes a burst through all stages and sends what comes of it. Afterwards the burst's memory is needed no more.
     *
     * @param now nanoseconds, the same clock always, read once for the burst
     */
    public void process(Frame[] burst, int count, long now) {
        begin(now);
        counters.countReceived(count);
        for (int first = 0; first < count; first += Burst.SIZE) {
            int size = Math.min(Burst.SIZE, count - first);
            read.read(burst, first, size, table);
            for (int i = 0; i < size; i++) {
                accept(burst[first + i], i);
            }
        }
        output.flush();
        passing.publish();
    }

    /** Timers: connections, fragments, frames that wait for a neighbour. Called between bursts. */
    public void tick(long now) {
        begin(now);
        connections.noteChanges(synchronisation.changes(worker));
        synchronisation.link(worker).takeIn(ADOPTIONS, copy -> adoption.take(copy, table, inForce, now));
        connections.expire(now, EXPIRY_STEPS, telling);
        lost.expire(shared.services().deletions(), inForce.expireNodestConn());
        output.releaseWaiting();
        defence.dropEntries(now);
        if (templates != null && worker == 0) {
            templates.tick(shared, inForce, now);
        }
        if (now >= nextSecond) {
            nextSecond = now + SECOND;
            defend();
            defence.second();
            if (templates != null && worker == 0) {
                templates.second(inForce);
            }
            fragments.expire(now);
            tracker.localPorts().forget(now);
            hops.expirePathMtus(now);
        }
        output.flush();
    }

    private void begin(long now) {
        this.now = now;
        table = shared.services().current();
        if (!shared.settings().equals(inForce)) {
            defend();
        }
        refusesStrays = inForce.natIcmpSend();
        keepsStill = shared.keepsStill(now);
        scheduling.begin(keepsStill);
        rests = shared.backup() && inForce.backupOnly();
        lookup.begin(table, shared.marks());
        tracker.begin(shared.timeouts(), inForce, now);
        tells = telling.begin(inForce, now);
        forwarder.begin(inForce);
        hops.refresh();
        output.begin(now);
        icmp.begin(now);
    }

    /** Where the control thread changed the settings in this moment, its change stands, and this is done again. */
    private void defend() {
        Settings newest = shared.settings();
        inForce = defence.update(newest);
        shared.adjust(newest, inForce);
    }

    private void accept(Frame frame, int i) {
        Burst.Arrival arrival = read.arrival(i);
        if (arrival == Burst.Arrival.PACKET) {
            accept(frame, read.packet(i), read.hash(i));
        } else {
            handBackOrDrop(frame, arrival);
        }
    }

    private void handBackOrDrop(Frame frame, Burst.Arrival arrival) {
        switch (arrival) {
            case PACKET -> throw new IllegalArgumentException("a packet to be balanced");
            case HOST -> output.handBack(frame, 1);
            case OTHER_HOST -> output.drop(DropReason.OTHER_HOST, 1);
            case TRUNCATED -> output.drop(DropReason.TRUNCATED, 1);
            case BAD_HEADER -> output.drop(DropReason.BAD_HEADER, 1);
            case BAD_CHECKSUM -> output.drop(DropReason.BAD_CHECKSUM, 1);
            case MARTIAN -> output.drop(DropReason.MARTIAN, 1);
        }
    }

    private void accept(Frame frame, Packet packet, int hash) {
        if (packet.isFragment()) {
            fragments.gather(frame, packet, table, now);
        } else if (!Offload.isSound(frame, packet)) {
            output.drop(DropReason.BAD_OFFLOAD, 1);
        } else if (Burst.hasConnection(packet)) {
            Offload.finishSctpChecksum(frame, packet);
            balance(frame, packet, hash, Origin.FRAME);
        } else {
            classify(frame, packet, Origin.FRAME);
        }
    }

    private void classify(Frame frame, Packet packet, Origin origin) {
        if (Burst.hasConnection(packet)) {
            balance(frame, packet, connections.hash(packet), origin);
        } else if (packet.protocol() == Echo.protocol(packet.v4())
                && IcmpError.isError(packet) && !origin.isReassembled()) {
            icmpErrors.handle(frame, packet, table, inForce, rests, now);
        } else if (Echo.isRequest(packet) || Echo.isReply(packet)) {
            echo(frame, packet, origin);
        } else {
            origin.handBack(frame, output);
        }
    }

    /** What hosts behind the director ask goes outward as their connections do; all other echo messages are the host's. */
    private void echo(Frame frame, Packet packet, Origin origin) {
        int found = connections.find(packet, connections.hash(packet));
        int connection = Connections.number(found);
        if (Connections.isAnswer(found)) {
            reply(frame, packet, connection, origin);
        } else if (rests || Echo.isReply(packet)) {
            origin.handBack(frame, output);
        } else {
            if (connection == Connections.NONE) {
                connection = scheduling.beginEcho(frame, packet, origin, inForce, now);
            }
            if (connection != Connections.NONE) {
                request(frame, packet, connection, origin);
            }
        }
    }

    private void balance(Frame frame, Packet packet, int hash, Origin origin) {
        int found = connections.find(packet, hash);
        int connection = Connections.number(found);
        if (connection == Connections.NONE && !origin.isReassembled() && passing.toHome(frame, packet, table)) {
            return;
        }
        if (!Connections.isAnswer(found)) {
            int begun = scheduling.beginByServer(packet, table, inForce, now);
            if (begun == Connections.NONE) {
                fromClient(frame, packet, connection, origin);
                return;
            }
            connection = begun;
        }
        reply(frame, packet, connection, origin);
        tracker.endOfOnePacket(connection);
    }

    /** @param found the connection that the packet is a request of, or {@link Connections#NONE} */
    private void fromClient(Frame frame, Packet packet, int found, Origin origin) {
        if (keepsStill && isAnothers(packet)) {
            output.drop(DropReason.AFTER_TAKEOVER, origin.weight());
            return;
        }
        if (refusesStrays && isStray(packet, table)) {
            forwarder.refuseServer(frame, packet, origin);
            return;
        }
        if (rests) {
            origin.handBack(frame, output);
            return;
        }
        int connection = found != Connections.NONE ? found : connections.awaiting(packet);
        if (connection == Connections.NONE) {
            schedule(frame, packet, origin);
        } else if (isNew(packet) && tracker.isOver(connection) || tracker.isLost(connection)) {
            // It still counts for its server while its successor is scheduled, as in the kernel.
            int stamp = connections.stamp(connection);
            int successor = schedule(frame, packet, origin);
            // A half-open one may have had to make room meanwhile.
            if (connections.stamp(connection) == stamp) {
                tracker.end(connection);
            }
            if (successor != Connections.NONE) {
                connections.tookPlace(successor);
            }
        } else {
            request(frame, packet, connection, origin);
        }
    }

    /** Whether it may be of a connection that another director knows of: a server's, or to a local address. */
    private boolean isAnothers(Packet packet) {
        return table.isLocalAddress(packet.destinationHigh(), packet.destinationLow())
                ? !isNew(packet)
                : isServers(packet, table) && !hops.isLocal(packet.destinationHigh(), packet.destinationLow());
    }

    /** A masqueraded server's packet, in spite of which there is no connection; an RST or ABORT needs none. */
    private static boolean isStray(Packet packet, ServiceTable table) {
        return (packet.tcpFlags() & Transport.RST) == 0 && packet.sctpChunk() != Sctp.ABORT
                && isServers(packet, table);
    }

    private static boolean isServers(Packet packet, ServiceTable table) {
        return table.isMasqueraded(packet.protocol(), packet.sourceHigh(), packet.sourceLow(), packet.sourcePort());
    }

    private static boolean isNew(Packet packet) {
        return (packet.tcpFlags() & Transport.SYN) != 0 || packet.sctpChunk() == Sctp.INIT;
    }

    private void reply(Frame frame, Packet packet, int connection, Origin origin) {
        if (!forwarder.mayGoToClient(frame, packet, connection, origin)) {
            return;
        }
        Frame result = frame;
        int flags = connections.flags(connection);
        if ((flags & Connections.ADJUSTED) != 0 && helper.helps(connection)) {
            result = helper.toClient(frame, packet, connection, origin, now);
            if (result == null || !forwarder.stillFits(result, packet, connection, origin)) {
                return;
            }
        }
        if ((flags & Connections.FORWARDING_MASK) == Connections.FULL_NAT && packet.protocol() == Transport.TCP) {
            fullNatTcp.toClient(result, packet, connection);
        }
        tracker.fromServer(connection, tracker.server(connection), packet, 1, now);
        forwarder.toClient(result, packet, connection, origin);
    }

    private void request(Frame frame, Packet packet, int connection, Origin origin) {
        boolean counted = forward(frame, packet, connection, origin);
        if (tells && counted) {
            telling.packet(connection, now);
        }
    }

    /** @return false where the packet found its server gone, and counts for nothing */
    private boolean forward(Frame frame, Packet packet, int connection, Origin origin) {
        int flags = connections.flags(connection);
        if ((flags & Connections.FORWARDING_MASK) == Connections.BYPASS) {
            tracker.fromClient(connection, packet, now);
            forwarder.bypass(frame, packet, connection, origin);
            return true;
        }
        RealServer server = tracker.server(connection);
        if (server != null && server.present()) {
            tracker.fromClient(connection, server, packet, 1, now);
        } else if (tracker.isUnbound(connection)) {
            tracker.fromClient(connection, packet, now);
        } else {
            output.drop(DropReason.SERVER_GONE, origin.weight());
            return false;
        }
        if ((flags & Connections.NO_CLIENT_PORT) != 0) {
            connections.clientPort(connection, packet.sourcePort());
            NewConnections.deltas(connections, connection);
        }
        Frame result = (flags & Connections.ADJUSTED) != 0 && helper.helps(connection)
                ? helper.toServer(frame, packet, connection, origin, now)
                : frame;
        if (result != null && ((flags & Connections.FORWARDING_MASK) != Connections.FULL_NAT
                || packet.protocol() != Transport.TCP
                || fullNatTcp.toServer(result, packet, connection, server, origin))) {
            forwarder.toServer(result, packet, connection, server, origin);
        }
        return true;
    }

    /** @return the connection, which may have ended with this packet; {@link Connections#NONE} where there is none */
    private int schedule(Frame frame, Packet packet, Origin origin) {
        int connection = scheduling.schedule(frame, packet, origin, inForce, now);
        if (connection != Connections.NONE) {
            request(frame, packet, connection, origin);
            tracker.endOfOnePacket(connection);
        }
        return connection;
    }

    /** Any thread. */
    List<LocalUse> localUse() {
        return tracker.localPorts().use();
    }

    FrameCounters counters() {
        return counters;
    }

    /** Received frames that are neither sent nor dropped yet: fragments, and frames that wait for a neighbour. */
    int waiting() {
        return output.waiting() + fragments.waiting();
    }

    /** The clock, as it was told last. Any thread. */
    long now() {
        return now;
    }

    List<ConnectionEntry> connections() {
        return connections.list(now);
    }

    int connectionCount() {
        return connections.count();
    }

    void close() {
        connections.close();
        memory.close();
    }
}
