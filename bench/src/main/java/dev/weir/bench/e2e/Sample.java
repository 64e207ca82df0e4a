package dev.weir.bench.e2e;

import java.util.SequencedMap;

/**
 * What one measurement of one contender gave in one round.
 *
 * @param values by name, each with its unit in the name: {@code best pps}, {@code p99 ns}
 */
record Sample(String measure, String contender, String placement, String cores, int round,
        SequencedMap<String, Double> values) {
}
