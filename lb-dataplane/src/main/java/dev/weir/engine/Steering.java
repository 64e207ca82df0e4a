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
 * Which of several workers a frame belongs to: that which its client's address says, by {@link ClientHash}. So both
 * directions of a connection, its fragments, the ICMP errors about it, and FTP's data connections meet in one worker. The
 * client is who sent the packet; of a masqueraded server's packet that is to no virtual address, who gets it. For an ICMP
 * error the packet that it quotes counts, turned round. Belongs to one worker.
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
            if (Ipv4.protocol(memory, at) == Transport.ICMP) {
                return ofIcmp(frame, services);
            }
            return owner(services, 0, IpAddress.mapped(Ipv4.source(memory, at)), 0,
                    IpAddress.mapped(Ipv4.destination(memory, at)));
        }
        if (type == Ethernet.IPV6 && at + Ipv6.HEADER_LENGTH <= end) {
            int next = Ipv6.nextHeader(memory, at);
            if (next != Transport.TCP && next != Transport.UDP && next != Transport.SCTP) {
                return ofIcmp(frame, services);
            }
            return owner(services, Ipv6.sourceHigh(memory, at), Ipv6.sourceLow(memory, at),
                    Ipv6.destinationHigh(memory, at), Ipv6.destinationLow(memory, at));
        }
        return worker;
    }

    private int owner(ServiceTable services, long sourceHigh, long sourceLow, long destinationHigh,
            long destinationLow) {
        boolean answer = services.isMasqueraded(sourceHigh, sourceLow)
                && !services.isVirtual(destinationHigh, destinationLow);
        return answer ? hash.owner(destinationHigh, destinationLow) : hash.owner(sourceHigh, sourceLow);
    }

    /** What may be an ICMP error is read whole; the engine says what is wrong with it, where something is. */
    private int ofIcmp(Frame frame, ServiceTable services) {
        if (packet.parse(frame) != Packet.Shape.WELL_FORMED) {
            return worker;
        }
        boolean icmp = packet.protocol() == (packet.v4() ? Transport.ICMP : Transport.ICMPV6);
        if (!icmp || packet.isFragment() || !IcmpError.isError(packet)) {
            return owner(services, packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(),
                    packet.destinationLow());
        }
        long end = packet.ip() + packet.ipLength();
        if (quoted.parseEmbedded(packet.memory(), packet.transport() + Transport.ICMP_HEADER_LENGTH,
                end) != Packet.Shape.WELL_FORMED) {
            return worker;
        }
        // Of a packet that the director wrapped itself, the one inside has the client.
        if (TunnelQuote.parse(quoted, inner, end)
                && services.isVirtual(inner.destinationHigh(), inner.destinationLow())) {
            return hash.owner(inner.sourceHigh(), inner.sourceLow());
        }
        quoted.reverse();
        return owner(services, quoted.sourceHigh(), quoted.sourceLow(), quoted.destinationHigh(),
                quoted.destinationLow());
    }
}
