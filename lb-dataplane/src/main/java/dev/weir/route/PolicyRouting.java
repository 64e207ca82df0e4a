package dev.weir.route;

import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rules of {@code ip rule} with the tables that they ask. Immutable: any thread may look up. */
final class PolicyRouting {
    private record Key(int table, boolean v4) {
    }

    /** A rule whose table has routes. */
    private record Step(RoutingRule rule, PrefixTable table) {
    }

    private final List<RoutingRule> rules;
    private final Collection<Route> routes;
    private final Step[] stepsV4;
    private final Step[] stepsV6;
    /** How many of the steps there are up to the last whose table delivers anything to the host itself. */
    private final int localStepsV4;
    private final int localStepsV6;

    /**
     * @param rules        of both families, each family's in the order of their priorities
     * @param routes       of tables that no rule asks, too
     * @param links        by index; a route over others, or over one that is down, is none
     * @param destinations what a route makes of its destinations
     */
    PolicyRouting(List<RoutingRule> rules, Collection<Route> routes, Map<Integer, Link> links,
            Function<Route, Destinations> destinations) {
        this.rules = List.copyOf(rules);
        this.routes = routes;
        Map<Key, PrefixTable> tables = new HashMap<>();
        routes.stream().map(route -> usable(route, links)).filter(Objects::nonNull)
                .collect(Collectors.groupingBy(route -> new Key(route.table(), route.prefix().isV4())))
                .forEach((key, usable) -> tables.put(key, new PrefixTable(usable, destinations)));
        stepsV4 = steps(rules, tables, true);
        stepsV6 = steps(rules, tables, false);
        localStepsV4 = localSteps(stepsV4, routes, true);
        localStepsV6 = localSteps(stepsV6, routes, false);
    }

    private static int localSteps(Step[] steps, Collection<Route> routes, boolean v4) {
        Set<Integer> local = routes.stream()
                .filter(route -> route.type() == Route.Type.LOCAL && route.prefix().isV4() == v4).map(Route::table)
                .collect(Collectors.toSet());
        int count = steps.length;
        while (count > 0 && !local.contains(steps[count - 1].rule.table())) {
            count--;
        }
        return count;
    }

    private static Step[] steps(List<RoutingRule> rules, Map<Key, PrefixTable> tables, boolean v4) {
        List<Step> steps = new ArrayList<>();
        for (RoutingRule rule : rules) {
            PrefixTable table = tables.get(new Key(rule.table(), v4));
            if (rule.v4() == v4 && table != null) {
                steps.add(new Step(rule, table));
            }
        }
        return steps.toArray(Step[]::new);
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

    List<RoutingRule> rules() {
        return rules;
    }

    /** What becomes of what bears that mark, by the route that it meets; null where there is none. Allocates nothing. */
    @Nullable
    Destinations find(int mark, long high, long low) {
        Step[] steps = IpAddress.isV4(high, low) ? stepsV4 : stepsV6;
        return find(steps, steps.length, mark, high, low);
    }

    /** Whether it is delivered to the host itself. Allocates nothing. */
    boolean isLocal(int mark, long high, long low) {
        boolean v4 = IpAddress.isV4(high, low);
        Destinations found = find(v4 ? stepsV4 : stepsV6, v4 ? localStepsV4 : localStepsV6, mark, high, low);
        return found != null && found.type() == Route.Type.LOCAL;
    }

    private static @Nullable Destinations find(Step[] steps, int count, int mark, long high, long low) {
        for (int i = 0; i < count; i++) {
            if (steps[i].rule.applies(mark)) {
                Destinations found = steps[i].table.find(high, low);
                if (found != null && found.type() != Route.Type.THROW) {
                    return found;
                }
            }
        }
        return null;
    }

    /** Of local routes that packets without a mark meet. */
    Set<IpPrefix> localPrefixes() {
        return rules.stream().filter(rule -> rule.applies(0)).flatMap(rule -> local(rule).stream())
                .collect(Collectors.toSet());
    }

    /** Of local routes that packets meet only by their mark. */
    Set<MarkedDelivery> markedDeliveries() {
        Set<MarkedDelivery> deliveries = new LinkedHashSet<>();
        for (RoutingRule rule : rules) {
            if (!rule.applies(0)) {
                local(rule).forEach(prefix -> deliveries.add(new MarkedDelivery(rule.mark(), rule.mask(), prefix)));
            }
        }
        return deliveries;
    }

    private List<IpPrefix> local(RoutingRule rule) {
        return routes.stream()
                .filter(route -> route.type() == Route.Type.LOCAL && route.table() == rule.table()
                        && route.prefix().isV4() == rule.v4())
                .map(route -> new IpPrefix(route.prefix(), route.prefixLength())).toList();
    }
}
