package dev.weir.service;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Connections, packets and bytes of a service or a server. The worker that owns the connection counts; any thread reads.
 * {@link #zero} remembers what was there as a base, so the worker never has to be asked.
 */
public final class Counters {
    private static final VarHandle FIELDS = MethodHandles.arrayElementVarHandle(long[].class);
    /** How often the rates want to be measured. */
    public static final int RATE_INTERVAL_SECONDS = 2;
    private static final int CONNECTIONS = 0;
    private static final int IN_PACKETS = 1;
    private static final int OUT_PACKETS = 2;
    private static final int IN_BYTES = 3;
    private static final int OUT_BYTES = 4;

    private final long[] counts = new long[5];
    private volatile Snapshot base = Snapshot.ZERO;
    private final RateEstimator estimator = new RateEstimator();

    /** Bytes are those of the IP packets. */
    public record Snapshot(long connections, long inPackets, long outPackets, long inBytes, long outBytes) {
        public static final Snapshot ZERO = new Snapshot(0, 0, 0, 0, 0);

        Snapshot minus(Snapshot other) {
            return new Snapshot(connections - other.connections, inPackets - other.inPackets,
                    outPackets - other.outPackets, inBytes - other.inBytes, outBytes - other.outBytes);
        }
    }

    public void countConnection() {
        add(CONNECTIONS, 1);
    }

    public void countIn(int packets, int bytes) {
        add(IN_PACKETS, packets);
        add(IN_BYTES, bytes);
    }

    public void countOut(int packets, int bytes) {
        add(OUT_PACKETS, packets);
        add(OUT_BYTES, bytes);
    }

    /** Opaque: one writer, and readers need no order, only whole values. */
    private void add(int field, long amount) {
        FIELDS.setOpaque(counts, field, (long) FIELDS.getOpaque(counts, field) + amount);
    }

    public Snapshot read() {
        return total().minus(base);
    }

    public void zero() {
        base = total();
        estimator.restart(base);
    }

    /** What came a second, lately: see {@link RateEstimator}. */
    public Snapshot rates() {
        return estimator.rates();
    }

    /** Only {@link Services#measureRates} calls it. */
    void measure() {
        estimator.measure(total());
    }

    /** All since the beginning, whatever was zeroed. */
    public Snapshot total() {
        return new Snapshot(get(CONNECTIONS), get(IN_PACKETS), get(OUT_PACKETS), get(IN_BYTES), get(OUT_BYTES));
    }

    private long get(int field) {
        return (long) FIELDS.getOpaque(counts, field);
    }
}
