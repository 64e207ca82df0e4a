package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.forward.IcmpError;
import dev.weir.service.Forwarding;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceTable;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;

/**
 * ICMP errors that arrive about balanced packets (ip_vs_in_icmp, ip_vs_out_icmp): from a server's side to the client, from
 * the client's side to the server, and about the director's own tunnel packets. All others are the host's. Belongs to one
 * worker.
 */
final class IcmpErrors {
    /** Linux' net.ipv4.route.min_pmtu: no error, true or forged, makes a path narrower. */
    private static final int LEAST_V4_PATH_MTU = 552;

    private final Connections connections;
    private final Tracker tracker;
    private final Forwarder forwarder;
    private final Output output;
    private final IcmpSender icmp;
    private final Hops hops;
    private final Scheduling scheduling;
    private final Passing passing;
    private final FullNatTcp fullNatTcp;
    private final Packet quoted = new Packet();
    private final Packet inner = new Packet();

    IcmpErrors(Connections connections, Tracker tracker, Scheduling scheduling, Forwarder forwarder, Output output,
            IcmpSender icmp, Hops hops, Passing passing, FullNatTcp fullNatTcp) {
        this.fullNatTcp = fullNatTcp;
        this.scheduling = scheduling;
        this.connections = connections;
        this.tracker = tracker;
        this.forwarder = forwarder;
        this.output = output;
        this.icmp = icmp;
        this.hops = hops;
        this.passing = passing;
    }

    /** @param resting nothing of the client's side is balanced, see {@link Settings#backupOnly} */
    void handle(Frame frame, Packet error, ServiceTable services, Settings settings, boolean resting, long now) {
        long end = error.ip() + error.ipLength();
        if (quoted.parseEmbedded(error.memory(),
                error.transport() + Transport.ICMP_HEADER_LENGTH, end) != Packet.Shape.WELL_FORMED
                || quoted.v4() != error.v4() || quoted.fragmentOffset() != 0) {
            output.handBack(frame, 1);
            return;
        }
        int fromServer = connections.fromServer(quoted.protocol(), quoted.destinationHigh(), quoted.destinationLow(),
                quoted.destinationPort(), quoted.sourceHigh(), quoted.sourceLow(), quoted.sourcePort());
        int fromClient = fromServer != Connections.NONE
                ? Connections.NONE
                : connections.fromClient(quoted.protocol(), quoted.destinationHigh(), quoted.destinationLow(),
                        quoted.destinationPort(), quoted.sourceHigh(), quoted.sourceLow(), quoted.sourcePort());
        if (!concerns(error, fromServer != Connections.NONE ? fromServer : fromClient)) {
            output.handBack(frame, 1);
            return;
        }
        if (fromServer != Connections.NONE) {
            toClient(frame, error, fromServer, now);
            return;
        }
        if (fromClient == Connections.NONE && isPassedOn(frame, services)) {
            return;
        }
        if (resting) {
            output.handBack(frame, 1);
        } else if (fromClient != Connections.NONE) {
            toServer(frame, error, fromClient, now);
        } else if (aboutTunnel(frame, error, end, now)) {
            return;
        } else if (settings.scheduleIcmp()) {
            schedule(frame, error, settings, now);
        } else {
            output.handBack(frame, 1);
        }
    }

    private boolean isPassedOn(Frame frame, ServiceTable services) {
        quoted.reverse();
        boolean passed = passing.toHome(frame, quoted, services);
        quoted.reverse();
        return passed;
    }

    private void schedule(Frame frame, Packet error, Settings settings, long now) {
        quoted.reverse();
        int connection = scheduling.scheduleQuoted(frame, error, quoted, settings, now);
        quoted.reverse();
        if (connection != Connections.NONE) {
            toServer(frame, error, connection, now);
            tracker.endOfOnePacket(connection);
        }
    }

    /**
     * Of IPv4's errors IPVS rewrites destination unreachable, source quench and time exceeded; of IPv6's all. A parameter
     * problem goes to an end of the other family.
     */
    private boolean concerns(Packet error, int connection) {
        int type = Transport.icmpType(error.memory(), error.transport());
        return !error.v4() || type == 3 || type == 4 || type == 11
                || type == 12 && connection != Connections.NONE && connections.isAcrossFamilies(connection);
    }

    private void toClient(Frame frame, Packet error, int connection, long now) {
        if (!verified(frame, error, connection)) {
            output.drop(DropReason.BAD_ICMP_CHECKSUM, 1);
            return;
        }
        learn(error, connection, connections.serverHigh(connection), connections.serverLow(connection), now);
        tracker.countOut(tracker.server(connection), error.ipLength(), 1);
        if (connections.isFullNat(connection) && quoted.protocol() == Transport.TCP) {
            fullNatTcp.icmpErrorToClient(error, quoted, connection);
        }
        forwarder.icmpErrorToClient(frame, error, quoted, connection);
    }

    /**
     * IPVS verifies an ICMPv6 error from a server's side without its pseudo-header, so one that no hardware verified never
     * passes. Weir does the same, but lets "packet too big" through: without it a path MTU is never found. What IPVS does not
     * have, FULLNAT, is verified as RFC 4443 says.
     */
    private boolean verified(Frame frame, Packet error, int connection) {
        int flags = VirtioNetHeader.flags(frame.memory(), frame.start());
        if ((flags & (VirtioNetHeader.NEEDS_CSUM | VirtioNetHeader.DATA_VALID)) != 0) {
            return true;
        }
        return (error.v4() || IcmpError.isTooBig(error) || connections.isFullNat(connection))
                && IcmpError.checksumHolds(error);
    }

    /** An IPv4 sender that lets its packets be cut expects it of the director, where routers of IPv6 do not cut. */
    private void learn(Packet error, int connection, long high, long low, long now) {
        if (!error.v4() && IcmpError.isTooBig(error) && connections.isAcrossFamilies(connection)) {
            hops.learnPathMtu(new IpAddress(high, low), Math.max(IcmpError.mtu(error), Ipv6.MINIMUM_MTU), now);
        }
    }

    private void toServer(Frame frame, Packet error, int connection, long now) {
        if (connections.forwarding(connection) == Connections.BYPASS) {
            forwarder.bypassIcmpError(frame, error, connection);
            return;
        }
        RealServer server = tracker.server(connection);
        if (server == null && !tracker.isUnbound(connection)) {
            output.drop(DropReason.SERVER_GONE, 1);
            return;
        }
        if ((error.v4() || connections.isFullNat(connection)) && !verified(frame, error, connection)) {
            output.drop(DropReason.BAD_ICMP_CHECKSUM, 1);
            return;
        }
        learn(error, connection, connections.clientHigh(connection), connections.clientLow(connection), now);
        if (server != null) {
            tracker.countIn(server, error);
        }
        forwarder.icmpErrorToServer(frame, error, quoted, connection, server);
    }

    /** An error about a packet that the director wrapped: what it means for the packet inside is told to the client. */
    private boolean aboutTunnel(Frame frame, Packet error, long end, long now) {
        if (!TunnelQuote.parse(quoted, inner, end) || !hops.isLocal(error.destinationHigh(), error.destinationLow())) {
            return false;
        }
        int connection = connections.fromClient(inner.protocol(), inner.sourceHigh(), inner.sourceLow(),
                inner.sourcePort(), inner.destinationHigh(), inner.destinationLow(), inner.destinationPort());
        if (connection == Connections.NONE || connections.forwarding(connection) != Connections.TUNNEL) {
            return false;
        }
        RealServer server = tracker.server(connection);
        if (server == null || !(server.settings().forwarding() instanceof Forwarding.Tunnel)
                || !server.address().equals(new IpAddress(quoted.destinationHigh(), quoted.destinationLow()))) {
            return false;
        }
        tellClient(frame, error, server, now);
        return true;
    }

    private void tellClient(Frame frame, Packet error, RealServer server, long now) {
        output.consumed(1);
        long sourceHigh = inner.destinationHigh();
        long sourceLow = inner.destinationLow();
        if (!IcmpError.isTooBig(error)) {
            if (inner.v4() == error.v4()) {
                icmp.send(frame, inner, Transport.icmpType(error.memory(), error.transport()),
                        Transport.icmpCode(error.memory(), error.transport()), 0, sourceHigh, sourceLow);
            } else {
                icmp.send(frame, inner, IcmpError.Kind.HOST_UNREACHABLE, 0, sourceHigh, sourceLow);
            }
            return;
        }
        int least = server.address().isV4() ? LEAST_V4_PATH_MTU : Ipv6.MINIMUM_MTU;
        hops.learnPathMtu(server.address(), Math.max(IcmpError.mtu(error), least), now);
        int mtu = hops.towards(server.address().high(), server.address().low()).mtu()
                - forwarder.tunnelOverhead(server);
        if (!Output.mayFragment(inner)) {
            icmp.send(frame, inner, IcmpError.Kind.TOO_BIG, Math.max(mtu, inner.v4() ? 68 : Ipv6.MINIMUM_MTU),
                    sourceHigh, sourceLow);
        }
    }
}
