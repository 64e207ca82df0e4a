package dev.weir.route;

import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one table and family, by longest prefix: a hash table for each length that occurs. Immutable: any thread may
 * look up, which allocates nothing.
 */
final class PrefixTable {
    private final Length[] longestFirst;

    /** The prefixes of one length. Open addressing, at most half full; two longs a slot. */
    private static final class Length {
        private final long highMask;
        private final long lowMask;
        private final long[] prefixes;
        private final @Nullable Destinations[] destinations;

        Length(int mappedLength, Map<IpAddress, Destinations> byPrefix) {
            highMask = IpPrefix.highMask(mappedLength);
            lowMask = IpPrefix.lowMask(mappedLength);
            int size = Integer.highestOneBit(byPrefix.size()) << 2;
            prefixes = new long[size * 2];
            destinations = new @Nullable Destinations[size];
            byPrefix.forEach(this::put);
        }

        private void put(IpAddress prefix, Destinations found) {
            int slot = slot(prefix.high(), prefix.low());
            while (destinations[slot] != null) {
                slot = next(slot);
            }
            prefixes[slot * 2] = prefix.high();
            prefixes[slot * 2 + 1] = prefix.low();
            destinations[slot] = found;
        }

        @Nullable
        Destinations find(long high, long low) {
            long prefixHigh = high & highMask;
            long prefixLow = low & lowMask;
            int slot = slot(prefixHigh, prefixLow);
            while (true) {
                Destinations found = destinations[slot];
                if (found == null || prefixes[slot * 2] == prefixHigh && prefixes[slot * 2 + 1] == prefixLow) {
                    return found;
                }
                slot = next(slot);
            }
        }

        private int slot(long high, long low) {
            long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L;
            return (int) (mixed >>> 32) & destinations.length - 1;
        }

        private int next(int slot) {
            return slot + 1 & destinations.length - 1;
        }
    }

    /**
     * Of several routes to one prefix the smallest metric wins, and among equals the first, as in the kernel.
     *
     * @param destinations what each route makes of its destinations
     */
    PrefixTable(List<Route> routes, Function<Route, Destinations> destinations) {
        TreeMap<Integer, Map<IpAddress, Route>> byLength = new TreeMap<>(Comparator.reverseOrder());
        for (Route route : routes) {
            IpPrefix prefix = new IpPrefix(route.prefix(), route.prefixLength());
            byLength.computeIfAbsent(prefix.mappedLength(), length -> new HashMap<>()).merge(prefix.address(),
                    route, (first, second) -> second.metric() < first.metric() ? second : first);
        }
        List<Length> lengths = new ArrayList<>();
        byLength.forEach((length, byPrefix) -> {
            Map<IpAddress, Destinations> found = new HashMap<>();
            byPrefix.forEach((prefix, route) -> found.put(prefix, destinations.apply(route)));
            lengths.add(new Length(length, found));
        });
        longestFirst = lengths.toArray(Length[]::new);
    }

    @Nullable
    Destinations find(long high, long low) {
        for (Length length : longestFirst) {
            Destinations found = length.find(high, low);
            if (found != null) {
                return found;
            }
        }
        return null;
    }
}
