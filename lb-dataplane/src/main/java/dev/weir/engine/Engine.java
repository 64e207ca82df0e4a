package dev.weir.engine;

import dev.weir.connection.ConnectionEntry;
import dev.weir.connection.Connections;
import dev.weir.connection.SequenceAdjustments;
import dev.weir.forward.IcmpError;
import dev.weir.forward.Reassembly;
import dev.weir.route.NextHop;
import dev.weir.route.Routes;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceTable;
import dev.weir.wire.Ethernet;
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
    private final IcmpErrors icmpErrors;
    private final Reassembly reassembly;
    private final Origin fragments;
    private final Packet packet = new Packet();
    private ServiceTable table;
    private long nextSecond;
    /** The settings of the burst at hand. */
    private Settings inForce;
    private boolean backup;
    private volatile long now;

    /**
     * @param templates null where there is no other worker
     * @param worker    its number, from 0
     * @param options   what is its share
     * @param now       nanoseconds, of the clock that {@link #process} will be told
     */
    Engine(Shared shared, @Nullable SharedTemplates templates, int worker, Routes routes, WorkerPorts ports,
            EngineOptions options, long now) {
        this.shared = shared;
        this.templates = templates;
        this.worker = worker;
        this.ports = new PortTable(ports.ports(), ports.handBack());
        this.now = now;
        inForce = shared.settings();
        table = shared.services().current();
        connections = new Connections(options.connections(), options.hashKey(), now);
        shared.add(connections);
        Templates own = new Templates(connections, shared.services(), templates);
        tracker = new Tracker(connections, own, shared.services(), worker);
        lost = new LostConnections(connections, tracker, shared.services().deletions());
        hops = new Hops(routes, this.ports);
        output = new Output(memory, this.ports, hops, counters, nowhere(), worker, shared.services().workers());
        icmp = new IcmpSender(connections, tracker, output, hops, options.icmpPerSecond(), now);
        defence = new Defence(connections, tracker, shared, options.hashKey());
        lookup = new ServiceLookup(this.ports, hops, table, shared.marks());
        scheduling = new Scheduling(lookup, own, tracker, defence, output, icmp, hops);
        forwarder = new Forwarder(connections, hops, output, icmp);
        helper = new ApplicationHelper(connections, tracker, output);
        icmpErrors = new IcmpErrors(connections, tracker, scheduling, forwarder, output, icmp, hops);
        reassembly = new Reassembly(memory);
        fragments = Origin.fragments(reassembly);
        nextSecond = now + SECOND;
    }

    private static Hop nowhere() {
        return new Hop(0, new NextHop(NextHop.Kind.UNREACHABLE, 0, 0xffff, IpAddress.ANY_V4, null), null, 0xffff);
    }

    /**
     * Takes a burst through all stages and sends what comes of it. Afterwards the burst's memory is needed no more.
     *
     * @param now nanoseconds, the same clock always, read once for the burst
     */
    public void process(Frame[] burst, int count, long now) {
        begin(now);
        counters.countReceived(count);
        for (int i = 0; i < count; i++) {
            accept(burst[i]);
        }
        output.flush();
    }

    /** Timers: connections, fragments, frames that wait for a neighbour. Called between bursts. */
    public void tick(long now) {
        begin(now);
        connections.expire(now, EXPIRY_STEPS, tracker);
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
            reassembly.expire(now, this::fragmentsExpired);
            hops.expirePathMtus(now);
        }
        output.flush();
    }

    private void begin(long now) {
        this.now = now;
        table = shared.services().current();
        backup = shared.backup();
        if (!shared.settings().equals(inForce)) {
            defend();
        }
        lookup.begin(table, shared.marks());
        tracker.begin(shared.timeouts(), inForce);
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

    private void accept(Frame frame) {
        if (frame.length() < Ethernet.HEADER_LENGTH) {
            output.drop(DropReason.TRUNCATED, 1);
            return;
        }
        long destination = Ethernet.destination(frame.memory(), frame.start());
        if (Ethernet.isGroup(destination)) {
            output.handBack(frame, 1);
            return;
        }
        if (destination != ports.port(frame.port()).hardwareAddress()) {
            output.drop(DropReason.OTHER_HOST, 1);
            return;
        }
        switch (packet.parse(frame)) {
            case WELL_FORMED -> {
                if (!(packet.v4() ? table.servesV4() : table.servesV6())) {
                    output.handBack(frame, 1);
                } else if (packet.isFragment()) {
                    gather(frame);
                } else if (!Offload.isSound(frame, packet)) {
                    output.drop(DropReason.BAD_OFFLOAD, 1);
                } else {
                    Offload.finishSctpChecksum(frame, packet);
                    classify(frame, Origin.FRAME);
                }
            }
            case NOT_IP -> output.handBack(frame, 1);
            case TRUNCATED -> output.drop(DropReason.TRUNCATED, 1);
            case BAD_HEADER -> output.drop(DropReason.BAD_HEADER, 1);
            case BAD_CHECKSUM -> output.drop(DropReason.BAD_CHECKSUM, 1);
            case MARTIAN -> output.drop(DropReason.MARTIAN, 1);
        }
    }

    private void classify(Frame frame, Origin origin) {
        int protocol = packet.protocol();
        if (protocol == Transport.ICMP && packet.v4() || protocol == Transport.ICMPV6 && !packet.v4()) {
            if (IcmpError.isError(packet) && !origin.isReassembled()) {
                icmpErrors.handle(frame, packet, inForce, rests(), now);
            } else {
                origin.handBack(frame, output);
            }
            return;
        }
        if (protocol != Transport.TCP && protocol != Transport.UDP && protocol != Transport.SCTP) {
            origin.handBack(frame, output);
            return;
        }
        int connection = connections.fromServer(protocol, packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(),
                packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
        if (connection == Connections.NONE) {
            connection = scheduling.beginByServer(packet, table, inForce, now);
        }
        if (connection != Connections.NONE) {
            reply(frame, connection, origin);
            tracker.endOfOnePacket(connection);
            return;
        }
        if (inForce.natIcmpSend() && isStray()) {
            forwarder.refuseServer(frame, packet, origin);
            return;
        }
        if (rests()) {
            origin.handBack(frame, output);
            return;
        }
        connection = connections.fromClient(protocol, packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(),
                packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
        if (connection == Connections.NONE) {
            connection = connections.awaiting(protocol, packet.sourceHigh(), packet.sourceLow(),
                    packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
        }
        if (connection != Connections.NONE && (isNew() && tracker.isOver(connection) || tracker.isLost(connection))) {
            // It still counts for its server while its successor is scheduled, as in the kernel.
            schedule(frame, origin);
            tracker.end(connection);
        } else if (connection == Connections.NONE) {
            schedule(frame, origin);
        } else {
            request(frame, connection, origin);
        }
    }

    /** A masqueraded server's packet, in spite of which there is no connection; an RST or ABORT needs none. */
    private boolean isStray() {
        return (packet.tcpFlags() & Transport.RST) == 0 && packet.sctpChunk() != Sctp.ABORT && table.isMasqueraded(
                packet.protocol(), packet.sourceHigh(), packet.sourceLow(), packet.sourcePort());
    }

    /** A backup leaves to the host what clients send, where backup_only says so. */
    private boolean rests() {
        return backup && inForce.backupOnly();
    }

    private boolean isNew() {
        return (packet.tcpFlags() & Transport.SYN) != 0 || packet.sctpChunk() == Sctp.INIT;
    }

    private void reply(Frame frame, int connection, Origin origin) {
        if (!forwarder.mayGoToClient(frame, packet, connection, origin)) {
            return;
        }
        Frame result = frame;
        if (connections.adjustment(connection) != SequenceAdjustments.NONE) {
            result = helper.toClient(frame, packet, connection, origin, now);
            if (result == null || !forwarder.stillFits(result, packet, connection, origin)) {
                return;
            }
        }
        tracker.fromServer(connection, tracker.server(connection), packet, 1, now);
        forwarder.toClient(result, packet, connection, origin);
    }

    private void request(Frame frame, int connection, Origin origin) {
        if (connections.forwarding(connection) == Connections.BYPASS) {
            tracker.bypassed(connection, packet, now);
            forwarder.bypass(frame, packet, connection, origin);
            return;
        }
        RealServer server = tracker.server(connection);
        if (server == null || !server.present()) {
            output.drop(DropReason.SERVER_GONE, origin.weight());
            return;
        }
        tracker.fromClient(connection, server, packet, 1, now);
        if ((connections.flags(connection) & Connections.NO_CLIENT_PORT) != 0) {
            connections.clientPort(connection, packet.sourcePort());
        }
        if (connections.adjustment(connection) != SequenceAdjustments.NONE
                && !helper.toServer(frame, packet, connection, origin, now)) {
            return;
        }
        forwarder.toServer(frame, packet, connection, server, origin);
    }

    private void schedule(Frame frame, Origin origin) {
        int connection = scheduling.schedule(frame, packet, origin, inForce, now);
        if (connection != Connections.NONE) {
            request(frame, connection, origin);
            tracker.endOfOnePacket(connection);
        }
    }

    private void gather(Frame frame) {
        if (Transport.headerLength(packet.protocol()) == 0 || packet.protocol() == Transport.ICMP
                || packet.protocol() == Transport.ICMPV6) {
            output.handBack(frame, 1);
            return;
        }
        Reassembly.Outcome outcome = reassembly.add(frame, packet, now);
        output.drop(DropReason.FRAGMENT_NO_ROOM, reassembly.takeEvicted());
        switch (outcome) {
            case KEPT -> {
            }
            case COMPLETE -> whole();
            case DUPLICATE -> output.drop(DropReason.FRAGMENT_DUPLICATE, 1);
            case OVERLAP -> output.drop(DropReason.FRAGMENT_OVERLAP, 1 + reassembly.takeGivenUp());
            case INVALID -> output.drop(DropReason.FRAGMENT_INVALID, 1);
            case NO_ROOM -> output.drop(DropReason.FRAGMENT_NO_ROOM, 1 + reassembly.takeGivenUp());
        }
    }

    private void whole() {
        output.fragmentIdentification(reassembly.identification());
        output.geometry(reassembly.pieces(), reassembly.fragmentCount());
        switch (packet.parse(reassembly.datagram())) {
            case WELL_FORMED -> classify(reassembly.datagram(), fragments);
            case TRUNCATED -> output.drop(DropReason.TRUNCATED, fragments.weight());
            default -> output.drop(DropReason.BAD_HEADER, fragments.weight());
        }
        output.flush();
        output.geometry(reassembly.pieces(), 0);
        reassembly.release();
    }

    private void fragmentsExpired(@Nullable Frame first, int count) {
        output.drop(DropReason.FRAGMENT_TIMEOUT, count);
        if (first != null && packet.parse(first) == Packet.Shape.WELL_FORMED) {
            forwarder.reassemblyTimeExceeded(first, packet);
        }
    }

    FrameCounters counters() {
        return counters;
    }

    /** Received frames that are neither sent nor dropped yet: fragments, and frames that wait for a neighbour. */
    int waiting() {
        return output.waiting() + reassembly.waiting();
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
