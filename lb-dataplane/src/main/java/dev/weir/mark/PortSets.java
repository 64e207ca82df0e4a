package dev.weir.mark;

import dev.weir.mark.Match.Ports;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/** For each port the rules whose conditions of one side it fulfils; one set stands for all ports between two ends of ranges. */
final class PortSets {
    /** The first port of each stretch, in ascending order. */
    private final int[] starts;
    private final long[][] sets;

    /**
     * @param conditions for each rule
     * @param fulfils    whether a port fulfils a rule's conditions
     */
    PortSets(List<List<Ports>> conditions, BiPredicate<List<Ports>, Integer> fulfils, RuleSets ruleSets) {
        TreeSet<Integer> ends = new TreeSet<>();
        ends.add(0);
        for (List<Ports> ofRule : conditions) {
            for (Ports condition : ofRule) {
                for (PortRange range : condition.ranges()) {
                    ends.add(range.first());
                    ends.add(range.last() + 1);
                }
            }
        }
        starts = ends.stream().mapToInt(Integer::intValue).toArray();
        sets = ends.stream().map(start -> ruleSets.where(rule -> fulfils.test(conditions.get(rule), start)))
                .toArray(long[][]::new);
    }

    long[] of(int port) {
        int from = 0;
        int to = starts.length;
        while (to - from > 1) {
            int middle = from + to >>> 1;
            if (starts[middle] <= port) {
                from = middle;
            } else {
                to = middle;
            }
        }
        return sets[from];
    }
}
