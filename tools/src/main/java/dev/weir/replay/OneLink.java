package dev.weir.replay;

import dev.weir.route.Neighbour;
import dev.weir.route.NextHop;
import dev.weir.route.Routes;
import dev.weir.wire.IpAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Routing of which nothing is known: every destination is a neighbour on one link, with a MAC address made from its
 * IP address (02:04 and the four bytes of an IPv4 address, 02:06 and the last four of an IPv6 one).
 */
final class OneLink implements Routes {
    static final String NAME = "eth0";
    /** The director's own addresses, from the ranges for documentation (RFC 5737, RFC 3849). */
    private static final IpAddress OWN_V4 = IpAddress.parse("192.0.2.1");
    private static final IpAddress OWN_V6 = IpAddress.parse("2001:db8::1");
    private static final int MTU = 1500;
    private static final long V4_PREFIX = 0x0204_0000_0000L;
    private static final long V6_PREFIX = 0x0206_0000_0000L;
    private final Map<IpAddress, NextHop> known = new HashMap<>();

    /** @param hardwareAddress the director's, in the low 48 bits, first byte highest */
    static Topology topology(long hardwareAddress) {
        Topology.Link link = new Topology.Link(NAME, hardwareAddress,
                List.of(new Topology.Prefix(OWN_V4, 24), new Topology.Prefix(OWN_V6, 64)));
        return new Topology(List.of(link), List.of(), List.of(), List.of(), List.of());
    }

    @Override
    public int generation() {
        return 0;
    }

    @Override
    public NextHop lookup(int mark, long high, long low) {
        return known.computeIfAbsent(new IpAddress(high, low), OneLink::hop);
    }

    private static NextHop hop(IpAddress destination) {
        IpAddress own = destination.isV4() ? OWN_V4 : OWN_V6;
        if (destination.equals(own)) {
            return new NextHop(NextHop.Kind.LOCAL, 0, MTU, own, null);
        }
        Neighbour neighbour = new Neighbour(destination, Topology.interfaceIndex(0));
        neighbour.resolved((destination.isV4() ? V4_PREFIX : V6_PREFIX) | destination.low() & 0xffff_ffffL);
        return new NextHop(NextHop.Kind.FORWARD, Topology.interfaceIndex(0), MTU, own, neighbour);
    }

    /** Every neighbour is resolved from the start. */
    @Override
    public void solicit(Neighbour neighbour) {
    }
}
