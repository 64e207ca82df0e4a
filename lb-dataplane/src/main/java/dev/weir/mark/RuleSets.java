package dev.weir.mark;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/** Sets of rules as bits, one for each rule of a block, the first in the lowest bit. Equal sets are kept once. */
final class RuleSets {
    private final int rules;
    private final Map<List<Long>, long[]> known = new HashMap<>();

    RuleSets(int rules) {
        this.rules = rules;
    }

    int words() {
        return rules + 63 >>> 6;
    }

    /** The rules of which {@code holds} says so. */
    long[] where(IntPredicate holds) {
        long[] set = new long[words()];
        for (int i = 0; i < rules; i++) {
            if (holds.test(i)) {
                set[i >>> 6] |= 1L << i;
            }
        }
        return known.computeIfAbsent(Arrays.stream(set).boxed().toList(), _ -> set);
    }
}
