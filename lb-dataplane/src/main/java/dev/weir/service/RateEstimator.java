package dev.weir.service;

import dev.weir.service.Counters.Snapshot;

/**
 * Rates as IPVS estimates them: each measurement, two seconds after the last, moves the average a quarter of the way to
 * what came since. Averages are kept with ten bits behind the point (five for bytes), and are rounded up when read.
 */
final class RateEstimator {
    private static final int COUNT_SHIFT = 10;
    private static final int BYTES_SHIFT = 5;
    /** Log2 of the seconds between two measurements. */
    private static final int INTERVAL_SHIFT = 1;
    private static final int WEIGHT_SHIFT = 2;

    private Snapshot last = Snapshot.ZERO;
    private Snapshot average = Snapshot.ZERO;

    synchronized void measure(Snapshot now) {
        Snapshot since = now.minus(last);
        last = now;
        average = new Snapshot(moved(average.connections(), since.connections(), COUNT_SHIFT),
                moved(average.inPackets(), since.inPackets(), COUNT_SHIFT),
                moved(average.outPackets(), since.outPackets(), COUNT_SHIFT),
                moved(average.inBytes(), since.inBytes(), BYTES_SHIFT),
                moved(average.outBytes(), since.outBytes(), BYTES_SHIFT));
    }

    synchronized void restart(Snapshot now) {
        last = now;
        average = Snapshot.ZERO;
    }

    synchronized Snapshot rates() {
        return new Snapshot(rounded(average.connections(), COUNT_SHIFT), rounded(average.inPackets(), COUNT_SHIFT),
                rounded(average.outPackets(), COUNT_SHIFT), rounded(average.inBytes(), BYTES_SHIFT),
                rounded(average.outBytes(), BYTES_SHIFT));
    }

    private static long moved(long average, long count, int shift) {
        long rate = count << (shift - INTERVAL_SHIFT);
        return average + (rate - average >> WEIGHT_SHIFT);
    }

    private static long rounded(long average, int shift) {
        return average + (1L << shift - 1) - 1 >> shift;
    }
}
