package dev.weir.route;

import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The host's routing as one pure structure: links, addresses, rules and routes in, next hops out. One thread replaces the
 * contents; any number of workers look up, without locks, in the newest snapshot.
 *
 * <p>Next hops belong to a snapshot, and those that many destinations share are made once: see {@link Destinations}.
 */
public final class RouteTable {
    /** All that routing depends on but the neighbours. */
    private record Snapshot(int generation, Map<Integer, Link> links, Set<Address> addresses, Set<Route> routes,
            PolicyRouting policy, Destinations nowhere) {
    }

    /** All of a route that its destinations' next hops depend on. */
    private record Kindred(Route.Type type, int mtu, @Nullable IpAddress source, List<Route.Hop> hops) {
    }

    private static final Route UNREACHABLE = new Route(RoutingRule.MAIN, Route.Type.UNREACHABLE, IpAddress.ANY_V6, 0, 0,
            0,
            null, List.of());

    private final Neighbours neighbours = new Neighbours();
    private final RecentNextHops recent = new RecentNextHops();
    private volatile Snapshot current = snapshot(0, Map.of(), Set.of(), Set.of(), List.of());

    /** See {@link Routes#generation}. A neighbour that changes leaves it as it is. */
    public int generation() {
        return current.generation;
    }

    /** See {@link Routes#lookup}. */
    public NextHop lookup(int mark, long high, long low) {
        Snapshot snapshot = current;
        Destinations found = snapshot.policy.find(mark, high, low);
        return (found == null ? snapshot.nowhere : found).towards(high, low);
    }

    /** See {@link Routes#isLocal}. */
    public boolean isLocal(int mark, long high, long low) {
        return current.policy.isLocal(mark, high, low);
    }

    /**
     * Puts new contents in place of all that was there. Called by one thread.
     *
     * @param routes in the kernel's order: among routes to one prefix with one metric the first wins
     * @param rules  of both families, each family's in the order of their priorities
     * @return whether anything differs, and so the generation changed
     */
    public boolean replace(Collection<Link> links, Collection<Address> addresses, Collection<Route> routes,
            List<RoutingRule> rules) {
        Snapshot old = current;
        Map<Integer, Link> byIndex = new HashMap<>();
        links.forEach(link -> byIndex.put(link.index(), link));
        Set<Address> addressSet = new LinkedHashSet<>(addresses);
        Set<Route> routeSet = new LinkedHashSet<>(routes);
        if (byIndex.equals(old.links) && List.copyOf(addressSet).equals(List.copyOf(old.addresses))
                && List.copyOf(routeSet).equals(List.copyOf(old.routes)) && rules.equals(old.policy.rules())) {
            return false;
        }
        current = snapshot(old.generation + 1, byIndex, addressSet, routeSet, rules);
        return true;
    }

    private Snapshot snapshot(int generation, Map<Integer, Link> links, Set<Address> addresses, Set<Route> routes,
            List<RoutingRule> rules) {
        Address[] all = addresses.toArray(Address[]::new);
        Map<Kindred, Destinations> known = new HashMap<>();
        PolicyRouting policy = new PolicyRouting(rules, routes, links,
                route -> known.computeIfAbsent(new Kindred(route.type(), route.mtu(), route.source(), route.hops()),
                        kindred -> new Destinations(route, links, all, neighbours, recent)));
        return new Snapshot(generation, links, addresses, routes, policy,
                new Destinations(UNREACHABLE, links, all, neighbours, recent));
    }

    public Collection<Link> links() {
        return current.links.values();
    }

    /** Whose addresses are the host's own: of each address of an interface, and of {@code ip route add local}. */
    public Set<IpPrefix> localPrefixes() {
        return current.policy.localPrefixes();
    }

    /** What is delivered to the host itself by its firewall mark only. */
    public Set<MarkedDelivery> markedDeliveries() {
        return current.policy.markedDeliveries();
    }

    Neighbours neighbours() {
        return neighbours;
    }
}
