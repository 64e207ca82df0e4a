package dev.weir.replay;

import dev.weir.forward.IcmpError;
import dev.weir.route.NextHop;
import dev.weir.route.StaticRoutes;
import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a host on which nobody listens answers to packets for itself, and to those whose TTL ends with it. */
final class HostAnswers {
    private static final int TTL = 64;
    private static final int ACKNOWLEDGEMENT = 8;
    private static final int DATA_OFFSET = 12;
    private static final int ECN = 3;
    private final Topology topology;
    private final StaticRoutes routes;

    HostAnswers(Topology topology, StaticRoutes routes) {
        this.topology = topology;
        this.routes = routes;
    }

    /** The answer to a packet for the host; null where there is none, as to a broken one and to ICMP. */
    @Nullable
    FrameHex toLocal(Frame frame, Packet packet) {
        if (packet.isFragment()) {
            return null;
        }
        return switch (packet.protocol()) {
            case Transport.TCP -> holds(packet) ? reset(packet) : null;
            case Transport.UDP -> unchecked(packet) || holds(packet)
                    ? error(frame, packet, IcmpError.Kind.PORT_UNREACHABLE)
                    : null;
            default -> null;
        };
    }

    /** An ICMP error about a packet, from the address that it was for, where that is the host's. */
    @Nullable
    FrameHex error(Frame frame, Packet packet, IcmpError.Kind kind) {
        NextHop back = routes.lookup(packet.sourceHigh(), packet.sourceLow());
        NextHop to = routes.lookup(packet.destinationHigh(), packet.destinationLow());
        if (back.neighbour() == null || !IcmpError.allowedAbout(packet)) {
            return null;
        }
        boolean own = to.kind() == NextHop.Kind.LOCAL && (packet.v4() || to.interfaceIndex() != 0);
        IpAddress source = own ? new IpAddress(packet.destinationHigh(), packet.destinationLow()) : back.source();
        byte[] bytes = new byte[IcmpError.length(packet, Ethernet.HEADER_LENGTH)];
        Frame answer = new Frame();
        answer.set(MemorySegment.ofArray(bytes), 0, bytes.length, 0);
        IcmpError.write(answer, frame, Ethernet.HEADER_LENGTH, packet, kind.type(packet.v4()), kind.code(packet.v4()),
                0, source.high(), source.low(), 0);
        return sent(bytes, back);
    }

    /** RFC 9293, section 3.10.7.1. */
    private @Nullable FrameHex reset(Packet packet) {
        NextHop back = routes.lookup(packet.sourceHigh(), packet.sourceLow());
        int flags = packet.tcpFlags();
        if ((flags & Transport.RST) != 0 || back.neighbour() == null) {
            return null;
        }
        int tcp = Ethernet.HEADER_LENGTH + (packet.v4() ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH);
        byte[] bytes = new byte[tcp + Transport.TCP_HEADER_LENGTH];
        MemorySegment answer = MemorySegment.ofArray(bytes);
        header(answer, packet, bytes.length - Ethernet.HEADER_LENGTH);
        Transport.sourcePort(answer, tcp, packet.destinationPort());
        Transport.destinationPort(answer, tcp, packet.sourcePort());
        boolean acknowledges = (flags & Transport.ACK) != 0;
        int length = packet.transportLength() - Transport.tcpHeaderLength(packet.memory(), packet.transport())
                + Integer.bitCount(flags & (Transport.SYN | Transport.FIN));
        int sequence = Transport.tcpSequence(packet.memory(), packet.transport());
        Transport.tcpSequence(answer, tcp,
                acknowledges ? Bytes.i32(packet.memory(), packet.transport() + ACKNOWLEDGEMENT) : 0);
        Bytes.i32(answer, tcp + ACKNOWLEDGEMENT, acknowledges ? 0 : sequence + length);
        Bytes.u16(answer, tcp + DATA_OFFSET, 0x5000 | Transport.RST | (acknowledges ? 0 : Transport.ACK));
        int sum = Checksum.fold((long) pseudoHeader(packet, Transport.TCP_HEADER_LENGTH)
                + Checksum.sum(answer, tcp, Transport.TCP_HEADER_LENGTH));
        Bytes.u16(answer, tcp + Transport.TCP_CHECKSUM, Checksum.of(sum));
        return sent(bytes, back);
    }

    private static void header(MemorySegment answer, Packet packet, int length) {
        int ip = Ethernet.HEADER_LENGTH;
        if (packet.v4()) {
            Ethernet.type(answer, 0, Ethernet.IPV4);
            Ipv4.write(answer, ip, packet.trafficClass() & ~ECN, length, 0, Ipv4.DONT_FRAGMENT, TTL, Transport.TCP,
                    (int) packet.destinationLow(), (int) packet.sourceLow());
        } else {
            Ethernet.type(answer, 0, Ethernet.IPV6);
            Ipv6.write(answer, ip, packet.trafficClass() & ~ECN, length - Ipv6.HEADER_LENGTH, Transport.TCP, TTL,
                    packet.destinationHigh(), packet.destinationLow(), packet.sourceHigh(), packet.sourceLow());
        }
    }

    private FrameHex sent(byte[] bytes, NextHop back) {
        Topology.Link link = topology.link(back.interfaceIndex());
        long neighbour = Objects.requireNonNull(back.neighbour()).hardwareAddress();
        Ethernet.addresses(MemorySegment.ofArray(bytes), 0, neighbour, link.hardwareAddress());
        return FrameHex.of(link.name(), bytes);
    }

    private static boolean unchecked(Packet packet) {
        return packet.v4() && Bytes.u16(packet.memory(), packet.transport() + Transport.UDP_CHECKSUM) == 0;
    }

    private static boolean holds(Packet packet) {
        return Checksum.fold((long) pseudoHeader(packet, packet.transportLength())
                + Checksum.sum(packet.memory(), packet.transport(), packet.transportLength())) == 0xffff;
    }

    private static int pseudoHeader(Packet packet, int length) {
        int addresses = Checksum.fold((long) Checksum.ofAddress(packet.sourceHigh(), packet.sourceLow())
                + Checksum.ofAddress(packet.destinationHigh(), packet.destinationLow()));
        return Checksum.pseudoHeader(addresses, 0, packet.protocol(), length);
    }
}
