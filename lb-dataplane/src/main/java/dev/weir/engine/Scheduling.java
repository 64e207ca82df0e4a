package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.forward.IcmpError;
import dev.weir.route.Neighbour;
import dev.weir.scheduler.Scheduler;
import dev.weir.service.Caller;
import dev.weir.service.Forwarding;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.ServiceTable;
import dev.weir.service.SourceNat;
import dev.weir.service.VirtualService;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Sctp;
import dev.weir.wire.Transport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A packet that belongs to no connection: whether it may begin one, of which service, and to which server it leads
 * (tcp_conn_schedule, udp_conn_schedule, ip_vs_schedule). Belongs to one worker.
 */
final class Scheduling {

    private final ServiceLookup services;
    private final Tracker tracker;
    private final NewConnections made;
    private final Defence defence;
    private final Templates templates;
    private final Persistence persistence;
    private final Output output;
    private final IcmpSender icmp;
    private final Hops hops;
    private final PacketFlow flow = new PacketFlow();
    private boolean keepsStill;

    Scheduling(ServiceLookup services, Templates templates, Tracker tracker, NewConnections made, Defence defence,
            Output output, IcmpSender icmp, Hops hops) {
        this.services = services;
        this.tracker = tracker;
        this.made = made;
        this.defence = defence;
        this.output = output;
        this.icmp = icmp;
        this.hops = hops;
        this.templates = templates;
        persistence = new Persistence(templates);
    }

    /**
     * Before each burst.
     *
     * @param still whether a service's packet of no connection is dropped, that the host would answer by a reset
     */
    void begin(boolean still) {
        keepsStill = still;
    }

    /**
     * Makes the connection of a packet.
     *
     * @return {@link Connections#NONE} where there is none; the packet was then dropped, answered, or left to the host
     */
    int schedule(Frame frame, Packet packet, Origin origin, Settings settings, long now) {
        VirtualService service = services.find(frame, packet, packet);
        if (service != null && packet.protocol() == Transport.SCTP && packet.sctpChunk() == Sctp.NO_CHUNK) {
            output.drop(DropReason.NO_CHUNK, origin.weight());
            return Connections.NONE;
        }
        SourceNat rule = service == null ? services.sourceNat(packet) : null;
        if (rule != null) {
            return beginOutward(packet, rule, origin, settings, now);
        }
        if (service == null || !opensConnection(packet, settings)) {
            if (keepsStill && service != null && isServices(packet, service)) {
                output.drop(DropReason.AFTER_TAKEOVER, origin.weight());
            } else {
                origin.handBack(frame, output);
            }
            return Connections.NONE;
        }
        if (isMartian(packet)) {
            output.drop(DropReason.MARTIAN, origin.weight());
            return Connections.NONE;
        }
        return begin(frame, packet, packet, service, origin, settings, now);
    }

    /** The same of an echo request that belongs to no connection: only where it leaves from the director's addresses. */
    int beginEcho(Frame frame, Packet packet, Origin origin, Settings settings, long now) {
        SourceNat rule = services.sourceNat(packet);
        if (rule == null) {
            origin.handBack(frame, output);
            return Connections.NONE;
        }
        return beginOutward(packet, rule, origin, settings, now);
    }

    /** Of TCP, UDP and echo requests; the host does not get what it would route on with a source that nobody beyond it knows. */
    private int beginOutward(Packet packet, SourceNat rule, Origin origin, Settings settings, long now) {
        if (!opensConnection(packet, settings)) {
            output.drop(DropReason.NOT_BEGUN, origin.weight());
            return Connections.NONE;
        }
        makeRoom(1);
        int connection = made.outward(packet, rule, now);
        if (connection == Connections.NONE) {
            output.drop(made.refusal(), origin.weight());
        }
        return connection;
    }

    /**
     * The same for an ICMP error about a packet that belongs to no connection (schedule_icmp): it begins the one that the
     * packet answered, whatever that was.
     *
     * @param quoted what the error quotes, in its client's direction: not whole, so that only its addresses and ports count
     */
    int scheduleQuoted(Frame frame, Packet error, Packet quoted, Settings settings, long now) {
        VirtualService service = services.find(frame, error, quoted);
        if (service == null) {
            output.handBack(frame, 1);
            return Connections.NONE;
        }
        return begin(frame, quoted, error, service, Origin.FRAME, settings, now);
    }

    /** @param came the packet that came: this one, or the error that quotes it */
    private int begin(Frame frame, Packet packet, Packet came, VirtualService service, Origin origin, Settings settings,
            long now) {
        if (defence.mustDrop()) {
            output.drop(DropReason.DROP_PACKET, origin.weight());
            return Connections.NONE;
        }
        flow.of(packet, came != packet, now);
        if (service.settings().persistence() == 0) {
            return choose(frame, packet, came, service, origin, settings, now);
        }
        templates.lock();
        try {
            return choose(frame, packet, came, service, origin, settings, now);
        } finally {
            templates.unlock();
        }
    }

    private int choose(Frame frame, Packet packet, Packet came, VirtualService service, Origin origin,
            Settings settings, long now) {
        boolean persistent = service.settings().persistence() != 0;
        boolean ftpData = isFtpData(packet, service);
        // Never scheduled: an active FTP server's data connection, which it made itself; nor a passive one's by chance.
        if (packet.sourcePort() == ServiceLookup.FTP_DATA || ftpData && !persistent) {
            origin.handBack(frame, output);
            return Connections.NONE;
        }
        boolean cutCall = came != packet && service.settings().persistenceEngine() != null;
        if (persistent && (cutCall || !persistence.ofClient(packet, service))) {
            output.drop(DropReason.NO_CALL_ID, origin.weight());
            return Connections.NONE;
        }
        int template = persistent
                ? persistence.find(settings.expireQuiescentTemplate(), null)
                : Connections.NONE;
        RealServer server = template == Connections.NONE ? choose(service) : templates.server(template);
        if (server != null && wouldReturn(frame, service, server)) {
            origin.handBack(frame, output);
            return Connections.NONE;
        }
        if (server != null) {
            return connect(packet, came == packet, service, server, template, origin, now);
        }
        if (settings.cacheBypass() && service.key() instanceof ServiceKey.Mark && came == packet
                && !hops.isLocal(packet.destinationHigh(), packet.destinationLow())) {
            makeRoom(1);
            int connection = made.bypass(packet, service, now);
            if (connection == Connections.NONE) {
                output.drop(DropReason.TABLE_FULL, origin.weight());
            }
            return connection;
        }
        if (ftpData) {
            origin.handBack(frame, output);
        } else {
            if (hops.isLocal(packet.destinationHigh(), packet.destinationLow())
                    || service.key() instanceof ServiceKey.Address) {
                icmp.send(frame, came, IcmpError.Kind.PORT_UNREACHABLE, 0, packet.destinationHigh(),
                        packet.destinationLow());
            }
            output.drop(DropReason.NO_SERVER, origin.weight());
        }
        return Connections.NONE;
    }

    /** @return the server for a new connection, or null where none can take it */
    private @Nullable RealServer choose(VirtualService service) {
        int place = service.scheduler().choose(flow);
        return place == Scheduler.NONE ? null : service.servers().get(place);
    }

    /**
     * Whether it came from the server that it would go to, while this host is a server of the same service: another director
     * has sent it here as to that one. IPVS sends it back, and so on until its TTL ends.
     */
    private boolean wouldReturn(Frame frame, VirtualService service, RealServer server) {
        if (!(server.settings().forwarding() instanceof Forwarding.DirectRouting)) {
            return false;
        }
        Neighbour neighbour = hops.towards(server.addressHigh(), server.addressLow()).neighbour();
        if (neighbour == null
                || neighbour.hardwareAddress() != Ethernet.source(frame.memory(), frame.start())) {
            return false;
        }
        List<RealServer> servers = service.servers();
        for (int i = 0; i < servers.size(); i++) {
            if (hops.isLocal(servers.get(i).addressHigh(), servers.get(i).addressLow())) {
                return true;
            }
        }
        return false;
    }

    private int connect(Packet packet, boolean moves, VirtualService service, RealServer server, int found,
            Origin origin, long now) {
        int template = found;
        int connection = Connections.NONE;
        boolean persistent = service.settings().persistence() != 0;
        makeRoom(persistent ? 2 : 1);
        if (persistent && template == Connections.NONE) {
            template = persistence.create(service, server, now);
        }
        if (!persistent || template != Connections.NONE) {
            connection = made.connect(packet, moves, service, server, template, now);
        }
        if (connection == Connections.NONE) {
            output.drop(made.refusal(), origin.weight());
        }
        return connection;
    }

    /** Where the table is full, the connections that have been half-open for longest go. */
    private void makeRoom(int wanted) {
        while (tracker.free() < wanted && tracker.endOldestHalfOpen()) {
            output.evicted();
        }
    }

    /**
     * A packet that no connection was found for may be a server's that begins one itself (ip_vs_new_conn_out): of a
     * persistent service only where the engine finds what it goes by.
     *
     * @return the connection, which the packet is an answer of; {@link Connections#NONE} where it begins none
     */
    int beginByServer(Packet packet, ServiceTable table, Settings settings, long now) {
        Caller caller = packet.protocol() == Transport.UDP
                ? table.caller(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort())
                : null;
        if (caller == null || !isRouted(packet)) {
            return Connections.NONE;
        }
        if (caller.service().settings().persistence() == 0) {
            makeRoom(1);
            return made.connectOut(packet, caller, Connections.NONE, now);
        }
        if (!persistence.ofServer(packet, caller.service(), caller.key())) {
            return Connections.NONE;
        }
        templates.lock();
        try {
            makeRoom(2);
            int template = persistence.find(settings.expireQuiescentTemplate(), caller.server());
            if (template == Connections.NONE) {
                template = persistence.create(caller.service(), caller.server(), now);
            }
            return template == Connections.NONE
                    ? Connections.NONE
                    : made.connectOut(packet, caller, template, now);
        } finally {
            templates.unlock();
        }
    }

    /** Whether the host would route a server's packet on: what it refuses never comes to IPVS (ip_forward). */
    private boolean isRouted(Packet packet) {
        return packet.ttl() > 1 && (Output.mayFragment(packet)
                || packet.ipLength() <= hops.towards(packet.destinationHigh(), packet.destinationLow()).mtu());
    }

    /** Whether its port is the service's, and not one that only FTP may use, beside what the host itself has there. */
    private static boolean isServices(Packet packet, VirtualService service) {
        return service.settings().persistence() != 0 || !isFtpData(packet, service);
    }

    private static boolean isFtpData(Packet packet, VirtualService service) {
        return service.key() instanceof ServiceKey.Address key && key.port() == Persistence.FTP
                && packet.destinationPort() != Persistence.FTP;
    }

    /**
     * A TCP connection begins with a SYN that is no RST, or (sloppy_tcp) with all but an RST; an SCTP association with an
     * INIT, or (sloppy_sctp) with all but an ABORT; a datagram always may.
     */
    private static boolean opensConnection(Packet packet, Settings settings) {
        return switch (packet.protocol()) {
            case Transport.TCP -> (packet.tcpFlags() & Transport.RST) == 0
                    && ((packet.tcpFlags() & Transport.SYN) != 0 || settings.sloppyTcp());
            case Transport.SCTP -> packet.sctpChunk() == Sctp.INIT
                    || packet.sctpChunk() != Sctp.ABORT && settings.sloppySctp();
            default -> true;
        };
    }

    /** A source from which no packet can have come over a wire: a group, nobody, or the director itself. */
    private boolean isMartian(Packet packet) {
        return !IcmpError.hasSender(packet)
                || packet.v4() && hops.isLocal(packet.sourceHigh(), packet.sourceLow());
    }
}
