package dev.weir.mark;

import dev.weir.mark.Match.Address;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * For each address the rules whose -s (or -d) it fulfils. All addresses between two ends of prefixes fulfil the same rules,
 * so one set stands for all of them. Masks whose ones do not stand together have no ends: the set holds their rules always.
 */
final class AddressSets {
    /** The first address of each stretch, in ascending order, unsigned. */
    private final long[] high;
    private final long[] low;
    private final long[][] sets;

    /** @param conditions for each rule those of one side, all to be fulfilled */
    AddressSets(List<List<Address>> conditions, RuleSets ruleSets) {
        TreeSet<IpAddress> starts = new TreeSet<>();
        starts.add(IpAddress.ANY_V6);
        for (List<Address> ofRule : conditions) {
            for (Address condition : ofRule) {
                if (condition.prefixLength() >= 0) {
                    starts.add(condition.address());
                    addEnd(condition, starts);
                }
            }
        }
        List<IpAddress> sorted = new ArrayList<>(starts);
        high = sorted.stream().mapToLong(IpAddress::high).toArray();
        low = sorted.stream().mapToLong(IpAddress::low).toArray();
        sets = sorted.stream().map(start -> ruleSets.where(rule -> fulfils(conditions.get(rule), start)))
                .toArray(long[][]::new);
    }

    private static void addEnd(Address condition, TreeSet<IpAddress> starts) {
        IpAddress mask = condition.mask();
        long fixedHigh = condition.mask().isV4() ? -1 : mask.high();
        long fixedLow = condition.mask().isV4() ? mask.low() | -1L << 32 : mask.low();
        long lastLow = condition.address().low() | ~fixedLow;
        long lastHigh = condition.address().high() | ~fixedHigh;
        if (lastLow != -1 || lastHigh != -1) {
            starts.add(new IpAddress(lastLow == -1 ? lastHigh + 1 : lastHigh, lastLow + 1));
        }
    }

    private static boolean fulfils(List<Address> conditions, IpAddress address) {
        for (Address condition : conditions) {
            if (condition.prefixLength() >= 0 && !condition.matches(address.high(), address.low())) {
                return false;
            }
        }
        return true;
    }

    long[] of(long addressHigh, long addressLow) {
        int from = 0;
        int to = high.length;
        while (to - from > 1) {
            int middle = from + to >>> 1;
            int order = Long.compareUnsigned(high[middle], addressHigh);
            if (order < 0 || order == 0 && Long.compareUnsigned(low[middle], addressLow) <= 0) {
                from = middle;
            } else {
                to = middle;
            }
        }
        return sets[from];
    }
}
