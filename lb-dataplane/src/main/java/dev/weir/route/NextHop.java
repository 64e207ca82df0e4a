package dev.weir.route;

import dev.weir.wire.IpAddress;

/**
 * Where packets to one destination go. A worker keeps it with a connection for as long as {@link Routes#generation}
 * stays the same; the neighbour in it changes under way by itself.
 *
 * @param kind           what the routing table says of the destination
 * @param interfaceIndex the interface it leaves by; of a LOCAL destination the one that bears the address; else 0
 * @param mtu            bytes of IP packet that fit, 68 to 65535: the route's where it sets one, else the link's
 * @param source         the address the host would put on a packet of its own to there
 * @param neighbour      whom the frame is addressed to; null where kind is not FORWARD
 */
public record NextHop(Kind kind, int interfaceIndex, int mtu, IpAddress source,
        @org.jspecify.annotations.Nullable Neighbour neighbour) {
    public enum Kind {
        /** Sent on to a neighbour. */
        FORWARD,
        /** The destination is the host itself. */
        LOCAL,
        /** No route, or a route of type unreachable, prohibit or blackhole. */
        UNREACHABLE
    }

    /** The same way, on which a router further on takes less. */
    public NextHop withMtu(int smaller) {
        return new NextHop(kind, interfaceIndex, smaller, source, neighbour);
    }
}
