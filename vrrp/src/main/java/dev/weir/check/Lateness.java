package dev.weir.check;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** How much later than due checks began. Any thread. */
final class Lateness {
    private static final long HIGHEST = TimeUnit.MINUTES.toNanos(1);
    private static final long LATE = TimeUnit.MILLISECONDS.toNanos(100);

    private final Histogram histogram = new ConcurrentHistogram(HIGHEST, 2);
    private final LongAdder late = new LongAdder();

    void began(long nanosLate) {
        histogram.recordValue(Math.clamp(nanosLate, 0, HIGHEST));
        if (nanosLate > LATE) {
            late.increment();
        }
    }

    long runs() {
        return histogram.getTotalCount();
    }

    /** So many began more than a tenth of a second late. */
    long late() {
        return late.sum();
    }

    void clear() {
        histogram.reset();
        late.reset();
    }

    /** A line for each percentile, in microseconds. */
    String text() {
        Histogram now = histogram.copy();
        StringBuilder text = new StringBuilder("Lateness of checks (" + now.getTotalCount() + " runs, " + late.sum()
                + " of them more than 100 ms; microseconds):\n");
        for (double percentile : new double[]{50, 90, 99, 99.9, 99.99, 100}) {
            text.append("  %6s %%: %d%n".formatted(percentile,
                    TimeUnit.NANOSECONDS.toMicros(now.getValueAtPercentile(percentile))));
        }
        return text.toString();
    }
}
