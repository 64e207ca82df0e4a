package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.engine.Output.Tunnel;
import dev.weir.forward.IcmpError;
import dev.weir.forward.Masquerade;
import dev.weir.forward.Translation;
import dev.weir.route.NextHop;
import dev.weir.service.RealServer;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Offload;
import dev.weir.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * Sends a packet of a known connection on its way: next hop, TTL, MTU, rewriting, in the order IPVS does it
 * (__ip_vs_get_out_rt and the transmitters of ip_vs_xmit.c; towards the client ip_forward). Belongs to one worker.
 */
final class Forwarder {
    private static final int LEAST_V4_MTU = 68;

    /** Whose packet it is. */
    private enum Side {
        CLIENT, SERVER,
        /** A client's, to an address that is not the director's. */
        PASSING
    }

    private final Connections connections;
    private final Hops hops;
    private final Output output;
    private final IcmpSender icmp;
    private final ServerTunnels tunnels = new ServerTunnels();
    private final Translator translator;
    private boolean keepDf;

    Forwarder(Connections connections, Hops hops, Output output, IcmpSender icmp) {
        this.connections = connections;
        this.hops = hops;
        this.output = output;
        this.icmp = icmp;
        translator = new Translator(connections, output);
    }

    /** Before each burst. */
    void begin(Settings settings) {
        keepDf = settings.pmtuDisc();
    }

    /**
     * To the server.
     *
     * @param server null where the connection has none here
     * @param origin what the packet came as
     */
    void toServer(Frame frame, Packet packet, int connection, @Nullable RealServer server, Origin origin) {
        Hop hop = hopToServer(connection);
        if (hop.kind() == NextHop.Kind.LOCAL) {
            toLocalNode(frame, connection, origin);
            return;
        }
        int method = connections.forwarding(connection);
        // Whoever begins outward is behind the director, as a server is.
        Side from = server == null && method == Connections.FULL_NAT ? Side.SERVER : Side.CLIENT;
        if (!usable(hop, frame, packet, from, origin.weight())) {
            return;
        }
        if (!hasTtl(frame, packet, from, origin.weight())) {
            return;
        }
        countHop(packet);
        if (method == Connections.TUNNEL) {
            throughTunnel(frame, packet, hop, tunnel(connection, server), origin);
            return;
        }
        if (connections.isAcrossFamilies(connection)) {
            if (fitsTranslated(frame, packet, hop.mtu(), from, origin)) {
                translator.toServer(frame, packet, connection, hop, hopToClient(connection), origin);
            }
            return;
        }
        if (!fits(frame, packet, hop.mtu(), from, origin)) {
            return;
        }
        if (method == Connections.MASQUERADED) {
            Masquerade.toServer(frame, packet, connections.serverHigh(connection), connections.serverLow(connection),
                    connections.serverPort(connection), connections.addressDelta(connection),
                    connections.tupleDelta(connection));
        } else if (method == Connections.FULL_NAT) {
            Masquerade.between(frame, packet, connections.localHigh(connection), connections.localLow(connection),
                    connections.localPort(connection), connections.serverHigh(connection),
                    connections.serverLow(connection), connections.serverPort(connection),
                    connections.addressDelta(connection), connections.tupleDelta(connection));
        }
        output.send(frame, packet, hop, Math.min(hop.mtu(), origin.longest()), origin.weight());
    }

    /** Bytes by which a client's packet may grow and still reach its server's next hop in one piece; negative: none. */
    int roomToServer(Frame frame, Packet packet, int connection) {
        int length = connections.isAcrossFamilies(connection)
                ? Translation.length(frame, packet)
                : Offload.segmentLength(frame, packet);
        return hopToServer(connection).mtu() - length;
    }

    /** To where its client sent it, as it came (ip_vs_bypass_xmit): to an origin, not to the director itself. */
    void bypass(Frame frame, Packet packet, int connection, Origin origin) {
        Hop hop = hopToServer(connection);
        if (usable(hop, frame, packet, Side.PASSING, origin.weight())
                && hasTtl(frame, packet, Side.PASSING, origin.weight())) {
            countHop(packet);
            if (fits(frame, packet, hop.mtu(), Side.PASSING, origin)) {
                output.send(frame, packet, hop, Math.min(hop.mtu(), origin.longest()), origin.weight());
            }
        }
    }

    /** An ICMP error about what the origin answered. */
    void bypassIcmpError(Frame frame, Packet error, int connection) {
        Hop hop = hopToServer(connection);
        if (usable(hop, frame, error, Side.PASSING, 1) && hasTtl(frame, error, Side.PASSING, 1)) {
            countHop(error);
            output.send(frame, error, hop, hop.mtu(), 1);
        }
    }

    private Tunnel tunnel(int connection, @Nullable RealServer server) {
        return server != null
                ? tunnels.of(server)
                : tunnels.plain(connections.serverHigh(connection), connections.serverLow(connection));
    }

    private void throughTunnel(Frame frame, Packet packet, Hop hop, Tunnel tunnel, Origin origin) {
        int mtu = hop.mtu() - tunnel.overhead();
        if (mtu < (packet.v4() ? LEAST_V4_MTU : Ipv6.MINIMUM_MTU)) {
            output.drop(DropReason.TUNNEL_TOO_NARROW, origin.weight());
        } else if (!keepDf && packet.v4()
                || fits(frame, packet, mtu, Side.CLIENT, origin)) {
            output.sendThrough(frame, packet, hop, Math.min(hop.mtu(), origin.longest()), tunnel, keepDf,
                    origin.weight());
        }
    }

    /** The server is the director itself: the host gets the packet as it came, and answers from the virtual address. */
    private void toLocalNode(Frame frame, int connection, Origin origin) {
        if (Connections.translates(connections.forwarding(connection))
                && connections.serverPort(connection) != connections.virtualPort(connection)) {
            output.drop(DropReason.LOCAL_NODE_PORT, origin.weight());
        } else {
            origin.handBack(frame, output);
        }
    }

    /** To the client, of a masqueraded connection. {@code packet} is still as the server sent it. */
    boolean mayGoToClient(Frame frame, Packet packet, int connection, Origin origin) {
        Hop hop = hopToClient(connection);
        if (hop.kind() == NextHop.Kind.LOCAL) {
            origin.handBack(frame, output);
            return false;
        }
        return usable(hop, frame, packet, Side.SERVER, origin.weight())
                && hasTtl(frame, packet, Side.SERVER, origin.weight())
                && (connections.isAcrossFamilies(connection)
                        ? fitsTranslated(frame, packet, hop.mtu(), Side.SERVER, origin)
                        : fits(frame, packet, hop.mtu(), Side.SERVER, origin));
    }

    /**
     * The same of a packet that grew here. Its sender has kept to every MTU and can be told nothing; the packet is dropped
     * if it fits no more.
     */
    boolean stillFits(Frame frame, Packet packet, int connection, Origin origin) {
        int mtu = hopToClient(connection).mtu();
        if (connections.isAcrossFamilies(connection)
                ? Translator.fits(frame, packet, mtu, origin)
                : Offload.segmentLength(frame, packet) <= mtu || Output.mayFragment(packet)) {
            return true;
        }
        output.drop(DropReason.TOO_BIG, origin.weight());
        return false;
    }

    void toClient(Frame frame, Packet packet, int connection, Origin origin) {
        Hop hop = hopToClient(connection);
        countHop(packet);
        if (connections.isAcrossFamilies(connection)) {
            translator.toClient(frame, packet, connection, hop, hopToServer(connection), origin);
            return;
        }
        int addressDelta = ~connections.addressDelta(connection) & 0xffff;
        int tupleDelta = ~connections.tupleDelta(connection) & 0xffff;
        if (connections.isFullNat(connection)) {
            Masquerade.between(frame, packet, connections.virtualHigh(connection), connections.virtualLow(connection),
                    connections.virtualPort(connection), connections.clientHigh(connection),
                    connections.clientLow(connection), connections.clientPort(connection), addressDelta, tupleDelta);
        } else {
            Masquerade.toClient(frame, packet, connections.virtualHigh(connection),
                    connections.virtualLow(connection), connections.virtualPort(connection), addressDelta,
                    tupleDelta);
        }
        output.send(frame, packet, hop, Math.min(hop.mtu(), origin.longest()), origin.weight());
    }

    /** An ICMP error about a connection, to whom it concerns; never answered by another, never held to an MTU. */
    void icmpErrorToServer(Frame frame, Packet error, Packet quoted, int connection, @Nullable RealServer server) {
        Hop hop = hopToServer(connection);
        if (hop.kind() == NextHop.Kind.LOCAL) {
            output.handBack(frame, 1);
            return;
        }
        if (!usable(hop, frame, error, Side.CLIENT, 1)
                || !hasTtl(frame, error, Side.CLIENT, 1)) {
            return;
        }
        countHop(error);
        if (connections.isAcrossFamilies(connection)) {
            translator.errorToServer(frame, error, quoted, connection, hop, hopToClient(connection));
            return;
        }
        switch (connections.forwarding(connection)) {
            case Connections.TUNNEL -> output.sendThrough(frame, error, hop, hop.mtu(), tunnel(connection, server),
                    keepDf, 1);
            case Connections.MASQUERADED -> {
                Masquerade.icmpError(error, quoted, true, connections.serverHigh(connection),
                        connections.serverLow(connection), connections.serverPort(connection));
                output.send(frame, error, hop, hop.mtu(), 1);
            }
            case Connections.FULL_NAT -> {
                Masquerade.icmpErrorBetween(error, quoted, connections.localHigh(connection),
                        connections.localLow(connection), connections.localPort(connection),
                        connections.serverHigh(connection), connections.serverLow(connection),
                        connections.serverPort(connection));
                output.send(frame, error, hop, hop.mtu(), 1);
            }
            default -> output.send(frame, error, hop, hop.mtu(), 1);
        }
    }

    void icmpErrorToClient(Frame frame, Packet error, Packet quoted, int connection) {
        Hop hop = hopToClient(connection);
        if (!usable(hop, frame, error, Side.SERVER, 1) || !hasTtl(frame, error, Side.SERVER, 1)) {
            return;
        }
        countHop(error);
        if (connections.isAcrossFamilies(connection)) {
            translator.errorToClient(frame, error, quoted, connection, hop, hopToServer(connection));
            return;
        }
        if (connections.isFullNat(connection)) {
            Masquerade.icmpErrorBetween(error, quoted, connections.virtualHigh(connection),
                    connections.virtualLow(connection), connections.virtualPort(connection),
                    connections.clientHigh(connection), connections.clientLow(connection),
                    connections.clientPort(connection));
        } else {
            Masquerade.icmpError(error, quoted, false, connections.virtualHigh(connection),
                    connections.virtualLow(connection), connections.virtualPort(connection));
        }
        output.send(frame, error, hop, hop.mtu(), 1);
    }

    /**
     * A masqueraded server's packet of no connection goes no further, and its sender hears that nobody listens; where it
     * was to be routed on, as the last thing after that (ip_vs_out at the hook FORWARD; nat_icmp_send).
     */
    void refuseServer(Frame frame, Packet packet, Origin origin) {
        if (hops.isLocal(packet.destinationHigh(), packet.destinationLow())) {
            refuse(frame, packet, IcmpError.Kind.PORT_UNREACHABLE, 0, Side.CLIENT);
        } else if (packet.ttl() > 1) {
            countHop(packet);
            refuse(frame, packet, IcmpError.Kind.PORT_UNREACHABLE, 0, Side.SERVER);
        } else {
            refuse(frame, packet, IcmpError.Kind.TIME_EXCEEDED, 0, Side.SERVER);
        }
        output.drop(DropReason.NO_CONNECTION, origin.weight());
    }

    /** Bytes that a tunnelled connection's outer headers take. */
    int tunnelOverhead(RealServer server) {
        return tunnels.of(server).overhead();
    }

    Hop hopToServer(int connection) {
        if (connections.hopGeneration(connection) != hops.generation()) {
            resolve(connection);
        }
        return hops.get(connections.hopToServer(connection));
    }

    /** Of a connection whose answers do not come this way it is looked up only where somebody asks. */
    private Hop hopToClient(int connection) {
        if (connections.hopGeneration(connection) != hops.generation()) {
            resolve(connection);
        }
        if (connections.hopToClient(connection) == Connections.NONE) {
            connections.hops(connection, connections.hopToServer(connection), towardsClient(connection).number(),
                    hops.generation());
        }
        return hops.get(connections.hopToClient(connection));
    }

    private void resolve(int connection) {
        int method = connections.forwarding(connection);
        Hop toServer = method == Connections.BYPASS
                ? hops.towards(connections.virtualHigh(connection), connections.virtualLow(connection))
                : hops.towards(connections.serverHigh(connection), connections.serverLow(connection));
        connections.hops(connection, toServer.number(),
                Connections.translates(method) ? towardsClient(connection).number() : Connections.NONE,
                hops.generation());
    }

    private Hop towardsClient(int connection) {
        return hops.towards(connections.clientHigh(connection), connections.clientLow(connection));
    }

    private boolean usable(Hop hop, Frame frame, Packet packet, Side from, int weight) {
        if (hop.kind() == NextHop.Kind.UNREACHABLE) {
            refuse(frame, packet, IcmpError.Kind.HOST_UNREACHABLE, 0, from);
            output.drop(DropReason.NO_ROUTE, weight);
            return false;
        }
        // A route to the host itself takes no frame: what may go there was handed back before.
        if (hop.port() == null) {
            output.drop(DropReason.NO_PORT, weight);
            return false;
        }
        return true;
    }

    private boolean hasTtl(Frame frame, Packet packet, Side from, int weight) {
        if (packet.ttl() > 1) {
            return true;
        }
        refuse(frame, packet, IcmpError.Kind.TIME_EXCEEDED, 0, from);
        output.drop(DropReason.TTL_EXPIRED, weight);
        return false;
    }

    private static void countHop(Packet packet) {
        if (packet.v4()) {
            Ipv4.decrementTtl(packet.memory(), packet.ip());
        } else {
            Ipv6.hopLimit(packet.memory(), packet.ip(), packet.ttl() - 1);
        }
    }

    private boolean fits(Frame frame, Packet packet, int mtu, Side from, Origin origin) {
        int length = Offload.segmentLength(frame, packet);
        if (!packet.v4() && origin.isReassembled()) {
            length = Math.min(length, origin.longest());
        }
        if (length <= mtu || Output.mayFragment(packet)) {
            return true;
        }
        refuse(frame, packet, IcmpError.Kind.TOO_BIG, mtu, from);
        output.drop(DropReason.TOO_BIG, origin.weight());
        return false;
    }

    /** The same of a packet that goes on in the other family. */
    private boolean fitsTranslated(Frame frame, Packet packet, int mtu, Side from, Origin origin) {
        int obstacle = Translation.obstacle(packet);
        if (obstacle != Translation.NONE) {
            refuse(frame, packet, IcmpError.Kind.SOURCE_ROUTE, packet.v4() ? 0 : obstacle, from);
            output.drop(DropReason.UNTRANSLATABLE, origin.weight());
            return false;
        }
        if (Translator.fits(frame, packet, mtu, origin)) {
            return true;
        }
        refuse(frame, packet, IcmpError.Kind.TOO_BIG, Translation.mtu(packet.v4(), mtu), from);
        output.drop(DropReason.TOO_BIG, origin.weight());
        return false;
    }

    /** A datagram's fragments did not all come; a server's were already on their way, and quoted with the TTL they had then. */
    void reassemblyTimeExceeded(Frame first, Packet packet) {
        boolean clients = hops.isLocal(packet.destinationHigh(), packet.destinationLow());
        if (!clients) {
            countHop(packet);
        }
        refuse(first, packet, IcmpError.Kind.REASSEMBLY_TIME_EXCEEDED, 0, clients ? Side.CLIENT : Side.SERVER);
    }

    /**
     * Tells a packet's sender why it goes no further. A client hears it from the virtual address that it talks to, a server
     * from the director's address on its side, as from any router (icmp_send). Linux sends no IPv4 error from an address
     * that is the director's by policy routing only.
     */
    private void refuse(Frame frame, Packet packet, IcmpError.Kind kind, int information, Side from) {
        if (from == Side.PASSING && packet.v4()) {
            return;
        }
        if (from == Side.CLIENT) {
            icmp.send(frame, packet, kind, information, packet.destinationHigh(), packet.destinationLow());
        } else {
            IpAddress own = hops.towards(packet.sourceHigh(), packet.sourceLow()).route().source();
            icmp.send(frame, packet, kind, information, own.high(), own.low());
        }
    }
}
