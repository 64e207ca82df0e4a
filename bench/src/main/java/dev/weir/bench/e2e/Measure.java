package dev.weir.bench.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SequencedMap;

/** One kind of measurement, of any contender, in a lab made for it. */
sealed interface Measure permits PacketRate, NewConnections, BulkTransfer, HttpRate {
    /** As --only has it. */
    String name();

    /** The commands it needs. */
    List<Tool> tools();

    /**
     * Measures a contender once.
     *
     * @param effort how long to look
     * @throws IOException where nothing, or not what should, comes through
     */
    List<Reading> of(Lab lab, Contender contender, Effort effort) throws IOException;

    /**
     * What was read.
     *
     * @param measure of which; one measurement may give several
     * @param values  by name, with the unit in the name: {@code best pps}, {@code p99 us}
     */
    record Reading(String measure, SequencedMap<String, Double> values) {
    }

    /**
     * How much time is spent.
     *
     * @param step  of a rate sweep
     * @param bulk  of a transfer or of requests
     * @param brief only one step of all: that it works
     */
    record Effort(Duration step, Duration bulk, boolean brief) {
        static Effort full(double seconds) {
            return new Effort(Duration.ofMillis((long) (seconds * 1000)), Duration.ofMillis((long) (seconds * 10_000)),
                    false);
        }

        static final Effort BRIEF = new Effort(Duration.ofMillis(100), Duration.ofSeconds(1), true);
    }
}
