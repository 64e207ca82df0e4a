package dev.weir.route;

import dev.weir.route.NextHop.Kind;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The host's routing as one pure structure: links, addresses, rules and routes in, next hops out. One thread replaces the
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

    private record Answer(int mark, long high, long low, int generation, NextHop nextHop) {
        boolean holds(int wantedMark, long wantedHigh, long wantedLow, int now) {
            return low == wantedLow && high == wantedHigh && mark == wantedMark && generation == now;
        }
    }

    /** All that routing depends on but the neighbours. */
    private record Snapshot(int generation, Map<Integer, Link> links, Set<Address> addresses, Set<Route> routes,
            PolicyRouting policy) {
    }

    private final Neighbours neighbours = new Neighbours();
    private final @Nullable Answer[] answers = new @Nullable Answer[REMEMBERED];
    private volatile Snapshot current = new Snapshot(0, Map.of(), Set.of(), Set.of(),
            new PolicyRouting(List.of(), Set.of(), Map.of()));

    /** See {@link Routes#generation}. A neighbour that changes leaves it as it is. */
    public int generation() {
        return current.generation;
    }

    /** See {@link Routes#lookup}. */
    public NextHop lookup(int mark, long high, long low) {
        Snapshot snapshot = current;
        int seen = mark & snapshot.policy.marks();
        int slot = slot(seen, high, low);
        Answer first = answers[slot];
        if (first != null && first.holds(seen, high, low, snapshot.generation)) {
            return first.nextHop;
        }
        Answer second = answers[slot + 1];
        if (second != null && second.holds(seen, high, low, snapshot.generation)) {
            return second.nextHop;
        }
        return remember(snapshot, slot, seen, high, low);
    }

    private NextHop remember(Snapshot snapshot, int slot, int mark, long high, long low) {
        NextHop nextHop = resolve(snapshot, mark, new IpAddress(high, low));
        answers[slot + 1] = answers[slot];
        answers[slot] = new Answer(mark, high, low, snapshot.generation, nextHop);
        return nextHop;
    }

    /** Even, so that a destination's two places lie side by side. */
    private static int slot(int mark, long high, long low) {
        long mixed = ((high ^ mark) * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 40) & REMEMBERED - 2;
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
        current = new Snapshot(old.generation + 1, byIndex, addressSet, routeSet,
                new PolicyRouting(rules, routeSet, byIndex));
        return true;
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

    private NextHop resolve(Snapshot snapshot, int mark, IpAddress destination) {
        Route route = snapshot.policy.find(mark, destination);
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
