package dev.weir.route;

import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The routes of one table and family, by longest prefix. Immutable: any thread may look up. */
final class PrefixTable {
    private record Length(int bits, Map<IpAddress, Route> routes) {
    }

    private final List<Length> longestFirst;

    /** Of several routes to one prefix the smallest metric wins, and among equals the first, as in the kernel. */
    PrefixTable(List<Route> routes) {
        TreeMap<Integer, Map<IpAddress, Route>> byLength = new TreeMap<>(Comparator.reverseOrder());
        for (Route route : routes) {
            byLength.computeIfAbsent(route.prefixLength(), length -> new HashMap<>()).merge(
                    masked(route.prefix(), route.prefixLength()), route,
                    (first, second) -> second.metric() < first.metric() ? second : first);
        }
        longestFirst = new ArrayList<>();
        byLength.forEach((bits, found) -> longestFirst.add(new Length(bits, found)));
    }

    @Nullable
    Route find(IpAddress destination) {
        for (Length length : longestFirst) {
            Route route = length.routes.get(masked(destination, length.bits));
            if (route != null) {
                return route;
            }
        }
        return null;
    }

    private static IpAddress masked(IpAddress address, int length) {
        return new IpPrefix(address, length).address();
    }
}
