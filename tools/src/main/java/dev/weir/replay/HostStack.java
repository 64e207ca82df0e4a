package dev.weir.replay;

import dev.weir.forward.IcmpError;
import dev.weir.route.NextHop;
import dev.weir.route.StaticRoutes;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The host's own stack, as far as a recording shows it beside IPVS: a packet handed back that is for somebody else is
 * routed on (ip_forward is 1) while its TTL lasts; one for the host itself is answered by {@link HostAnswers}. What would
 * have to be fragmented ends here.
 */
final class HostStack {
    private static final int TTL_LAST = 1;
    private final Topology topology;
    private final StaticRoutes routes;
    private final HostAnswers answers;
    private final Packet packet = new Packet();

    HostStack(Topology topology, StaticRoutes routes) {
        this.topology = topology;
        this.routes = routes;
        answers = new HostAnswers(topology, routes);
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
            return answers.toLocal(frame, packet);
        }
        if (hop.kind() != NextHop.Kind.FORWARD || hop.neighbour() == null || packet.ipLength() > hop.mtu()) {
            return null;
        }
        if (packet.ttl() <= TTL_LAST) {
            return answers.error(frame, packet, IcmpError.Kind.TIME_EXCEEDED);
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
}
