package dev.weir.service;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Connections, packets and bytes of a service or a server. Each worker counts for itself, in plain writes that its next
 * burst makes known (it begins with volatile ones); any thread reads, and sums them up. {@link #zero} remembers what was there as a base, so no worker ever has to be asked.
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
    /** How far apart two workers' counts stand, in longs: in no cache line both write, nor in its neighbour. */
    private static final int STRIDE = 16;

    private final long[] counts;
    private volatile Snapshot base = Snapshot.ZERO;
    private final RateEstimator estimator = new RateEstimator();

    /** Bytes are those of the IP packets. */
    public record Snapshot(long connections, long inPackets, long outPackets, long inBytes, long outBytes) {
        public static final Snapshot ZERO = new Snapshot(0, 0, 0, 0, 0);

        Snapshot plus(Snapshot other) {
            return new Snapshot(connections + other.connections, inPackets + other.inPackets,
                    outPackets + other.outPackets, inBytes + other.inBytes, outBytes + other.outBytes);
        }

        Snapshot minus(Snapshot other) {
            return new Snapshot(connections - other.connections, inPackets - other.inPackets,
                    outPackets - other.outPackets, inBytes - other.inBytes, outBytes - other.outBytes);
        }
    }

    Counters(int workers) {
        counts = new long[workers * STRIDE];
    }

    /** @param worker from 0, in whose thread this is */
    public void countConnection(int worker) {
        add(worker * STRIDE + CONNECTIONS, 1);
    }

    public void countIn(int worker, int packets, int bytes) {
        add(worker * STRIDE + IN_PACKETS, packets);
        add(worker * STRIDE + IN_BYTES, bytes);
    }

    public void countOut(int worker, int packets, int bytes) {
        add(worker * STRIDE + OUT_PACKETS, packets);
        add(worker * STRIDE + OUT_BYTES, bytes);
    }

    private void add(int place, long amount) {
        counts[place] += amount;
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
        Snapshot sum = Snapshot.ZERO;
        for (int worker = 0; worker < workers(); worker++) {
            sum = sum.plus(total(worker));
        }
        return sum;
    }

    /** What one worker has counted since the beginning. */
    public Snapshot total(int worker) {
        int at = worker * STRIDE;
        return new Snapshot(get(at + CONNECTIONS), get(at + IN_PACKETS), get(at + OUT_PACKETS), get(at + IN_BYTES),
                get(at + OUT_BYTES));
    }

    public int workers() {
        return counts.length / STRIDE;
    }

    private long get(int place) {
        return (long) FIELDS.getOpaque(counts, place);
    }
}
