package dev.weir.route;

import dev.weir.route.NextHop.Kind;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The host's routing as one pure structure: links, addresses and routes in, next hops out. One thread replaces the
 * contents; any number of workers look up, without locks, in the newest snapshot.
 *
 * <p>Answers are remembered in a table that is shared by the workers and two entries deep: an answer is an immutable
 * object that bears the generation it holds for, so a race between two workers costs at most a second walk through the
 * prefixes. A destination beyond the table's size pushes an older one out.
 */
public final class RouteTable {
    /** Destinations whose answers are remembered. */
    static final int REMEMBERED = 1 << 16;
    private static final int LOWEST_MTU = 68;
    private static final int HIGHEST_MTU = 65535;

    private record Answer(long high, long low, int generation, NextHop nextHop) {
    }

    /** All that routing depends on but the neighbours. */
    private record Snapshot(int generation, Map<Integer, Link> links, Set<Address> addresses, Set<Route> routes,
            Map<Route.Table, PrefixTable> v4, Map<Route.Table, PrefixTable> v6) {
    }

    private final Neighbours neighbours = new Neighbours();
    private final @Nullable Answer[] answers = new @Nullable Answer[REMEMBERED];
    private volatile Snapshot current = new Snapshot(0, Map.of(), Set.of(), Set.of(), tables(Set.of(), Map.of(), true),
            tables(Set.of(), Map.of(), false));

    /** See {@link Routes#generation}. A neighbour that changes leaves it as it is. */
    public int generation() {
        return current.generation;
    }

    /** See {@link Routes#lookup}. */
    public NextHop lookup(long high, long low) {
        Snapshot snapshot = current;
        int slot = slot(high, low);
        Answer first = answers[slot];
        if (first != null && first.low == low && first.high == high && first.generation == snapshot.generation) {
            return first.nextHop;
        }
        Answer second = answers[slot + 1];
        if (second != null && second.low == low && second.high == high && second.generation == snapshot.generation) {
            return second.nextHop;
        }
        return remember(snapshot, slot, high, low);
    }

    private NextHop remember(Snapshot snapshot, int slot, long high, long low) {
        NextHop nextHop = resolve(snapshot, new IpAddress(high, low));
        answers[slot + 1] = answers[slot];
        answers[slot] = new Answer(high, low, snapshot.generation, nextHop);
        return nextHop;
    }

    /** Even, so that a destination's two places lie side by side. */
    private static int slot(long high, long low) {
        long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 40) & REMEMBERED - 2;
    }

    /**
     * Puts new contents in place of all that was there. Called by one thread.
     *
     * @param routes in the kernel's order: among routes to one prefix with one metric the first wins
     * @return whether anything differs, and so the generation changed
     */
    public boolean replace(Collection<Link> links, Collection<Address> addresses, Collection<Route> routes) {
        Snapshot old = current;
        Map<Integer, Link> byIndex = new HashMap<>();
        links.forEach(link -> byIndex.put(link.index(), link));
        Set<Address> addressSet = new LinkedHashSet<>(addresses);
        Set<Route> routeSet = new LinkedHashSet<>(routes);
        if (byIndex.equals(old.links) && List.copyOf(addressSet).equals(List.copyOf(old.addresses))
                && List.copyOf(routeSet).equals(List.copyOf(old.routes))) {
            return false;
        }
        current = new Snapshot(old.generation + 1, byIndex, addressSet, routeSet, tables(routeSet, byIndex, true),
                tables(routeSet, byIndex, false));
        return true;
    }

    public Collection<Link> links() {
        return current.links.values();
    }

    /** Whose addresses are the host's own: of each address of an interface, and of {@code ip route add local}. */
    public Set<IpPrefix> localPrefixes() {
        return current.routes.stream().filter(route -> route.type() == Route.Type.LOCAL)
                .map(route -> new IpPrefix(route.prefix(), route.prefixLength())).collect(Collectors.toSet());
    }

    Neighbours neighbours() {
        return neighbours;
    }

    private static Map<Route.Table, PrefixTable> tables(Set<Route> routes, Map<Integer, Link> links, boolean v4) {
        Map<Route.Table, PrefixTable> tables = new EnumMap<>(Route.Table.class);
        for (Route.Table table : Route.Table.values()) {
            tables.put(table, new PrefixTable(routes.stream()
                    .filter(route -> route.table() == table && route.prefix().isV4() == v4)
                    .map(route -> usable(route, links)).filter(Objects::nonNull)
                    .toList()));
        }
        return tables;
    }

    /** The route with those hops whose link is there and up, or null where none is left. */
    private static @Nullable Route usable(Route route, Map<Integer, Link> links) {
        if (route.type() != Route.Type.UNICAST) {
            return route;
        }
        List<Route.Hop> hops = route.hops().stream().filter(hop -> {
            Link link = links.get(hop.interfaceIndex());
            return link != null && link.up();
        }).toList();
        return hops.isEmpty()
                ? null
                : new Route(route.table(), route.type(), route.prefix(), route.prefixLength(), route.metric(),
                        route.mtu(), route.source(), hops);
    }

    private NextHop resolve(Snapshot snapshot, IpAddress destination) {
        Map<Route.Table, PrefixTable> tables = destination.isV4() ? snapshot.v4 : snapshot.v6;
        Route route = null;
        for (PrefixTable table : tables.values()) {
            route = table.find(destination);
            if (route != null) {
                break;
            }
        }
        if (route == null || route.type() == Route.Type.UNREACHABLE) {
            return new NextHop(Kind.UNREACHABLE, 0, HIGHEST_MTU,
                    SourceAddress.choose(snapshot.addresses, 0, destination, destination), null);
        }
        if (route.type() == Route.Type.LOCAL) {
            int bearer = snapshot.addresses.stream().filter(address -> address.address().equals(destination))
                    .mapToInt(Address::interfaceIndex).findFirst().orElse(0);
            return new NextHop(Kind.LOCAL, bearer, HIGHEST_MTU, destination, null);
        }
        Route.Hop hop = hop(route.hops(), destination);
        IpAddress via = hop.gateway() == null ? destination : hop.gateway();
        IpAddress source = route.source() != null
                ? route.source()
                : SourceAddress.choose(snapshot.addresses, hop.interfaceIndex(), destination, via);
        Link link = Objects.requireNonNull(snapshot.links.get(hop.interfaceIndex()));
        int mtu = Math.clamp(route.mtu() != 0 ? route.mtu() : link.mtu(), LOWEST_MTU, HIGHEST_MTU);
        return new NextHop(Kind.FORWARD, hop.interfaceIndex(), mtu, source,
                neighbours.of(via, hop.interfaceIndex()));
    }

    /** One of several hops: by weight, and always the same for one destination. */
    private static Route.Hop hop(List<Route.Hop> hops, IpAddress destination) {
        if (hops.size() == 1) {
            return hops.getFirst();
        }
        long total = hops.stream().mapToLong(Route.Hop::weight).sum();
        long mixed = (destination.high() * 0x9e3779b97f4a7c15L ^ destination.low()) * 0x9e3779b97f4a7c15L;
        long at = (mixed >>> 32) * total >>> 32;
        for (Route.Hop hop : hops) {
            at -= hop.weight();
            if (at < 0) {
                return hop;
            }
        }
        return hops.getLast();
    }
}
