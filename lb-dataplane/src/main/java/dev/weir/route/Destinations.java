package dev.weir.route;

import dev.weir.route.NextHop.Kind;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the destinations of a route, and of all routes that differ in their prefixes only (the kernel's
 * fib_info): their next hops. Destinations behind a gateway share one for each source address, which is made when first
 * asked for and kept. On the link each has a neighbour of its own, and the host's own addresses are sources of their own:
 * theirs are kept in {@link RecentNextHops}. Any thread may ask.
 */
final class Destinations {
    private static final int LOWEST_MTU = 68;
    private static final int HIGHEST_MTU = 65535;
    /** Of what does not leave the host. */
    private static final Route.Hop NOWHERE = new Route.Hop(null, 0, 1);

    private final Route.Type type;
    private final List<Route.Hop> hops;
    private final int[] mtus;
    private final long weights;
    private final @Nullable IpAddress source;
    private final Address[] addresses;
    private final Neighbours neighbours;
    private final RecentNextHops recent;
    /**
     * By the hop, and by the source's place among the addresses; the last two of each hop are for none, of either family.
     * Whoever comes first makes one.
     */
    private final @Nullable NextHop[] shared;
    private final int sources;

    /**
     * @param route     whose prefix does not matter
     * @param links     by index; of a hop's interface there is one
     * @param addresses the host's own
     */
    Destinations(Route route, Map<Integer, Link> links, Address[] addresses, Neighbours neighbours,
            RecentNextHops recent) {
        type = route.type();
        source = route.source();
        hops = type == Route.Type.UNICAST ? route.hops() : List.of(NOWHERE);
        mtus = hops.stream().mapToInt(hop -> type == Route.Type.UNICAST ? mtu(route, hop, links) : HIGHEST_MTU)
                .toArray();
        weights = hops.stream().mapToLong(Route.Hop::weight).sum();
        this.addresses = addresses;
        this.neighbours = neighbours;
        this.recent = recent;
        sources = addresses.length + 2;
        shared = new @Nullable NextHop[hops.size() * sources];
    }

    private static int mtu(Route route, Route.Hop hop, Map<Integer, Link> links) {
        int mtu = route.mtu() != 0 ? route.mtu() : Objects.requireNonNull(links.get(hop.interfaceIndex())).mtu();
        return Math.clamp(mtu, LOWEST_MTU, HIGHEST_MTU);
    }

    Route.Type type() {
        return type;
    }

    NextHop towards(long high, long low) {
        int place = place(high, low);
        Route.Hop hop = hops.get(place);
        return type == Route.Type.LOCAL || type == Route.Type.UNICAST && hop.gateway() == null
                ? ownNextHop(place, high, low)
                : sharedNextHop(place, high, low);
    }

    private NextHop ownNextHop(int place, long high, long low) {
        NextHop known = recent.find(this, high, low);
        if (known != null) {
            return known;
        }
        IpAddress destination = new IpAddress(high, low);
        return recent.remember(this, destination,
                type == Route.Type.LOCAL ? local(destination) : onLink(place, destination));
    }

    private NextHop local(IpAddress destination) {
        for (Address address : addresses) {
            if (address.address().equals(destination)) {
                return new NextHop(Kind.LOCAL, address.interfaceIndex(), HIGHEST_MTU, destination, null);
            }
        }
        return new NextHop(Kind.LOCAL, 0, HIGHEST_MTU, destination, null);
    }

    private NextHop onLink(int place, IpAddress destination) {
        int link = hops.get(place).interfaceIndex();
        int chosen = chooseSource(place, destination.high(), destination.low());
        return new NextHop(Kind.FORWARD, link, mtus[place], address(chosen, destination.isV4()),
                neighbours.of(destination, link));
    }

    private NextHop sharedNextHop(int place, long high, long low) {
        int chosen = chooseSource(place, high, low);
        boolean v4 = IpAddress.isV4(high, low);
        int none = v4 ? sources - 2 : sources - 1;
        int slot = place * sources + (chosen == SourceAddress.NONE ? none : chosen);
        NextHop known = shared[slot];
        if (known == null) {
            known = make(hops.get(place), mtus[place], address(chosen, v4));
            shared[slot] = known;
        }
        return known;
    }

    private NextHop make(Route.Hop hop, int mtu, IpAddress from) {
        return hop.gateway() == null
                ? new NextHop(Kind.UNREACHABLE, 0, HIGHEST_MTU, from, null)
                : new NextHop(Kind.FORWARD, hop.interfaceIndex(), mtu, from,
                        neighbours.of(hop.gateway(), hop.interfaceIndex()));
    }

    private int chooseSource(int place, long high, long low) {
        Route.Hop hop = hops.get(place);
        return source != null
                ? SourceAddress.NONE
                : SourceAddress.choose(addresses, hop.interfaceIndex(), high, low, hop.gateway());
    }

    private IpAddress address(int chosen, boolean v4) {
        if (source != null) {
            return source;
        }
        if (chosen != SourceAddress.NONE) {
            return addresses[chosen].address();
        }
        return v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6;
    }

    /** One of several hops: by weight, and always the same for one destination. */
    private int place(long high, long low) {
        if (hops.size() == 1) {
            return 0;
        }
        long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L;
        long at = (mixed >>> 32) * weights >>> 32;
        for (int place = 0; place < hops.size(); place++) {
            at -= hops.get(place).weight();
            if (at < 0) {
                return place;
            }
        }
        return hops.size() - 1;
    }
}
