package dev.weir.route;

import dev.weir.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code ip route}.
 *
 * @param table        its number, unsigned: see {@link RoutingRule}
 * @param prefixLength 0 to 32, or 0 to 128
 * @param metric       the smaller wins among routes to one prefix; unsigned
 * @param mtu          RTAX_MTU, or 0 for the link's
 * @param source       the preferred source address, or null
 * @param hops         several of them share the destinations; empty unless type is UNICAST
 */
public record Route(int table, Type type, IpAddress prefix, int prefixLength, long metric, int mtu,
        @Nullable IpAddress source, List<Hop> hops) {
    public enum Type {
        UNICAST, LOCAL,
        /** Unreachable, prohibit, blackhole, and what no unicast packet can follow (broadcast, multicast). */
        UNREACHABLE,
        /** As if the table had no route: the next rule is asked. */
        THROW
    }

    /**
     * @param gateway        null: destinations are on the link; may be IPv6 for an IPv4 route (RFC 8950)
     * @param interfaceIndex the interface it leaves by
     * @param weight         its share among the route's hops, 1 to 256
     */
    public record Hop(@Nullable IpAddress gateway, int interfaceIndex, int weight) {
    }

    /** A route of table main through one gateway, or on the link where {@code gateway} is null. */
    public static Route via(IpAddress prefix, int prefixLength, @Nullable IpAddress gateway, int interfaceIndex) {
        return new Route(RoutingRule.MAIN, Type.UNICAST, prefix, prefixLength, 0, 0, null,
                List.of(new Hop(gateway, interfaceIndex, 1)));
    }

    /** A prefix whose every address is the host's own. */
    public static Route local(IpAddress prefix, int prefixLength) {
        return new Route(RoutingRule.LOCAL, Type.LOCAL, prefix, prefixLength, 0, 0, null, List.of());
    }
}
