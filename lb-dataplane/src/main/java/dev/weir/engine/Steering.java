package dev.weir.engine;

import dev.weir.forward.IcmpError;
import dev.weir.service.ServiceTable;
import dev.weir.wire.ClientHash;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;

/**
 * Which of several workers a frame belongs to: that which its client's address and port say, by {@link ClientHash}. So both
 * directions of a connection and the ICMP errors about it meet in one worker. The client is who sent the packet; of a
 * masqueraded server's packet that is to no virtual address, who gets it; under FULLNAT each port of a local address is one
 * worker's. For an ICMP error the packet that it quotes
 * counts, turned round. What has no ports, as fragments, belongs to its client's home. Belongs to one worker.
 */
final class Steering {
    private final ClientHash hash;
    private final int worker;
    private final Packet packet = new Packet();
    private final Packet quoted = new Packet();
    private final Packet inner = new Packet();

    /** @param worker whose frames are those that are no packets */
    Steering(ClientHash hash, int worker) {
        this.hash = hash;
        this.worker = worker;
    }

    int owner(Frame frame, ServiceTable services) {
        MemorySegment memory = frame.memory();
        long end = frame.start() + frame.length();
        long at = frame.start() + Ethernet.HEADER_LENGTH;
        if (at + Ethernet.TAG_LENGTH > end) {
            return worker;
        }
        int type = Ethernet.type(memory, frame.start());
        if (Ethernet.isTag(type)) {
            type = Ethernet.type(memory, frame.start() + Ethernet.TAG_LENGTH);
            at += Ethernet.TAG_LENGTH;
        }
        if (type == Ethernet.IPV4 && at + Ipv4.HEADER_LENGTH <= end) {
            int protocol = Ipv4.protocol(memory, at);
            if (protocol == Transport.ICMP) {
                return ofIcmp(frame, services);
            }
            long ports = hasPorts(protocol) && !Ipv4.isFragment(Ipv4.fragment(memory, at))
                    ? at + Ipv4.headerLength(memory, at)
                    : end;
            return owner(services, 0, IpAddress.mapped(Ipv4.source(memory, at)), 0,
                    IpAddress.mapped(Ipv4.destination(memory, at)), memory, ports, end);
        }
        if (type == Ethernet.IPV6 && at + Ipv6.HEADER_LENGTH <= end) {
            if (!hasPorts(Ipv6.nextHeader(memory, at))) {
                return ofIcmp(frame, services);
            }
            return owner(services, Ipv6.sourceHigh(memory, at), Ipv6.sourceLow(memory, at),
                    Ipv6.destinationHigh(memory, at), Ipv6.destinationLow(memory, at), memory,
                    at + Ipv6.HEADER_LENGTH, end);
        }
        return worker;
    }

    private static boolean hasPorts(int protocol) {
        return protocol == Transport.TCP || protocol == Transport.UDP || protocol == Transport.SCTP;
    }

    /** @param ports where they stand; without any if not before {@code end} */
    private int owner(ServiceTable services, long sourceHigh, long sourceLow, long destinationHigh,
            long destinationLow, MemorySegment memory, long ports, long end) {
        boolean has = ports + 4 <= end;
        return owner(services, sourceHigh, sourceLow, has ? Transport.sourcePort(memory, ports) : 0, destinationHigh,
                destinationLow, has ? Transport.destinationPort(memory, ports) : 0);
    }

    private int owner(ServiceTable services, long sourceHigh, long sourceLow, int sourcePort, long destinationHigh,
            long destinationLow, int destinationPort) {
        if (services.isLocalAddress(destinationHigh, destinationLow)) {
            return hash.ofFlow(destinationHigh, destinationLow, destinationPort);
        }
        return isAnswer(services, sourceHigh, sourceLow, destinationHigh, destinationLow)
                ? hash.owner(destinationHigh, destinationLow, destinationPort)
                : hash.owner(sourceHigh, sourceLow, sourcePort);
    }

    /** Whether a packet is a masqueraded server's to a client. */
    static boolean isAnswer(ServiceTable services, Packet packet) {
        return isAnswer(services, packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(),
                packet.destinationLow());
    }

    private static boolean isAnswer(ServiceTable services, long sourceHigh, long sourceLow, long destinationHigh,
            long destinationLow) {
        return services.isMasqueraded(sourceHigh, sourceLow) && !services.isVirtual(destinationHigh, destinationLow);
    }

    /** The identifier of an echo counts as a port of a local address; as a client's it does not, which has all at home. */
    int owner(Packet packet, ServiceTable services) {
        boolean has = hasPorts(packet.protocol());
        boolean local = services.isLocalAddress(packet.destinationHigh(), packet.destinationLow());
        return owner(services, packet.sourceHigh(), packet.sourceLow(), has ? packet.sourcePort() : 0,
                packet.destinationHigh(), packet.destinationLow(), has || local ? packet.destinationPort() : 0);
    }

    /** What may be an ICMP error is read whole; the engine says what is wrong with it, where something is. */
    private int ofIcmp(Frame frame, ServiceTable services) {
        if (packet.parse(frame) != Packet.Shape.WELL_FORMED) {
            return worker;
        }
        boolean icmp = packet.protocol() == (packet.v4() ? Transport.ICMP : Transport.ICMPV6);
        if (!icmp || packet.isFragment() || !IcmpError.isError(packet)) {
            return owner(packet, services);
        }
        long end = packet.ip() + packet.ipLength();
        if (quoted.parseEmbedded(packet.memory(), packet.transport() + Transport.ICMP_HEADER_LENGTH,
                end) != Packet.Shape.WELL_FORMED) {
            return worker;
        }
        // Of a packet that the director wrapped itself, the one inside has the client.
        if (TunnelQuote.parse(quoted, inner, end)
                && services.isVirtual(inner.destinationHigh(), inner.destinationLow())) {
            return hash.owner(inner.sourceHigh(), inner.sourceLow(), inner.sourcePort());
        }
        quoted.reverse();
        return owner(quoted, services);
    }
}
