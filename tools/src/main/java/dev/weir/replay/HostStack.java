package dev.weir.replay;

import dev.weir.route.NextHop;
import dev.weir.route.StaticRoutes;
import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The host's own stack, as far as a recording shows it beside IPVS: a packet handed back that is for somebody else is
 * routed on (ip_forward is 1), and a TCP segment for the host itself finds nobody listening and is reset. What else is
 * for the host, or would need an ICMP error of it, ends here.
 */
final class HostStack {
    private static final int TTL_LAST = 1;
    private static final int TTL = 64;
    private static final int ACKNOWLEDGEMENT = 8;
    private static final int DATA_OFFSET = 12;
    private final Topology topology;
    private final StaticRoutes routes;
    private final Packet packet = new Packet();

    HostStack(Topology topology, StaticRoutes routes) {
        this.topology = topology;
        this.routes = routes;
    }

    /** The frame that the host sends on; null where it sends none. */
    @Nullable
    FrameHex route(byte[] handedBack) {
        byte[] bytes = handedBack.clone();
        MemorySegment memory = MemorySegment.ofArray(bytes);
        Frame frame = new Frame();
        frame.set(memory, 0, bytes.length, 0);
        if (Ethernet.isGroup(Ethernet.destination(memory, 0)) || packet.parse(frame) != Packet.Shape.WELL_FORMED) {
            return null;
        }
        NextHop hop = routes.lookup(packet.destinationHigh(), packet.destinationLow());
        if (hop.kind() == NextHop.Kind.LOCAL) {
            return packet.protocol() == Transport.TCP ? reset(memory) : null;
        }
        if (hop.kind() != NextHop.Kind.FORWARD || hop.neighbour() == null || packet.ttl() <= TTL_LAST
                || packet.ipLength() > hop.mtu()) {
            return null;
        }
        if (packet.v4()) {
            Ipv4.decrementTtl(memory, packet.ip());
        } else {
            Ipv6.hopLimit(memory, packet.ip(), packet.ttl() - 1);
        }
        Topology.Link link = topology.link(hop.interfaceIndex());
        Ethernet.addresses(memory, 0, hop.neighbour().hardwareAddress(), link.hardwareAddress());
        return FrameHex.of(link.name(), bytes);
    }

    /** What a host without a listener answers (RFC 9293, section 3.10.7.1); nothing to a reset or a broken segment. */
    private @Nullable FrameHex reset(MemorySegment received) {
        NextHop back = routes.lookup(packet.sourceHigh(), packet.sourceLow());
        int flags = packet.tcpFlags();
        if ((flags & Transport.RST) != 0 || packet.isFragment() || back.neighbour() == null
                || tcpSum(received) != 0xffff) {
            return null;
        }
        int tcp = Ethernet.HEADER_LENGTH + (packet.v4() ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH);
        byte[] bytes = new byte[tcp + Transport.TCP_HEADER_LENGTH];
        MemorySegment answer = MemorySegment.ofArray(bytes);
        Topology.Link link = topology.link(back.interfaceIndex());
        Ethernet.addresses(answer, 0, back.neighbour().hardwareAddress(), link.hardwareAddress());
        if (packet.v4()) {
            Ethernet.type(answer, 0, Ethernet.IPV4);
            Ipv4.write(answer, Ethernet.HEADER_LENGTH, packet.trafficClass(), bytes.length - Ethernet.HEADER_LENGTH, 0,
                    Ipv4.DONT_FRAGMENT, TTL, Transport.TCP, (int) packet.destinationLow(), (int) packet.sourceLow());
        } else {
            Ethernet.type(answer, 0, Ethernet.IPV6);
            Ipv6.write(answer, Ethernet.HEADER_LENGTH, packet.trafficClass(), Transport.TCP_HEADER_LENGTH,
                    Transport.TCP,
                    TTL, packet.destinationHigh(), packet.destinationLow(), packet.sourceHigh(), packet.sourceLow());
        }
        Transport.sourcePort(answer, tcp, packet.destinationPort());
        Transport.destinationPort(answer, tcp, packet.sourcePort());
        boolean acknowledges = (flags & Transport.ACK) != 0;
        int header = Transport.tcpHeaderLength(received, packet.transport());
        int length = packet.transportLength() - header + Integer.bitCount(flags & (Transport.SYN | Transport.FIN));
        int sequence = Transport.tcpSequence(received, packet.transport());
        Transport.tcpSequence(answer, tcp,
                acknowledges ? Bytes.i32(received, packet.transport() + ACKNOWLEDGEMENT) : 0);
        Bytes.i32(answer, tcp + ACKNOWLEDGEMENT, acknowledges ? 0 : sequence + length);
        Bytes.u16(answer, tcp + DATA_OFFSET, 0x5000 | Transport.RST | (acknowledges ? 0 : Transport.ACK));
        Bytes.u16(answer, tcp + Transport.TCP_CHECKSUM,
                Checksum.of(Checksum.fold((long) pseudo(Transport.TCP_HEADER_LENGTH)
                        + Checksum.sum(answer, tcp, Transport.TCP_HEADER_LENGTH))));
        return FrameHex.of(link.name(), bytes);
    }

    private int tcpSum(MemorySegment received) {
        return Checksum.fold((long) pseudo(packet.transportLength())
                + Checksum.sum(received, packet.transport(), packet.transportLength()));
    }

    /** The same for the packet and its answer: the order of the addresses is nothing to a sum. */
    private int pseudo(int length) {
        return Checksum.pseudoHeader(Checksum.ofAddress(packet.sourceHigh(), packet.sourceLow()),
                Checksum.ofAddress(packet.destinationHigh(), packet.destinationLow()), Transport.TCP, length);
    }
}
