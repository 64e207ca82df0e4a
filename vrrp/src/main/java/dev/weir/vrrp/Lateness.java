package dev.weir.vrrp;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * How much later than due the VRRP thread acted, and why: an advert that is late is what makes the other node take over
 * without need. The thread's own.
 */
final class Lateness {
    private static final Path SCHEDULING = Path.of("/proc/thread-self/schedstat");
    private static final Path PROCESSORS = Path.of("/proc/stat");
    private static final int STEAL = 8;
    /** USER_HZ: the kernel shows its times in hundredths of a second. */
    private static final long NANOS_PER_TICK = 10_000_000;
    private static final long SAMPLE_NANOS = 1_000_000_000;
    private static final long HIGHEST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Histogram histogram = new Histogram(HIGHEST_NANOS, 2);
    private Sample last = Sample.now();
    private long sampled = System.nanoTime();

    /**
     * What holds a thread up, since the beginning, in nanoseconds.
     *
     * @param waiting    ready to run, and another ran
     * @param collecting garbage, when all threads stand still
     * @param stolen     from the whole machine, by others on its host
     */
    private record Sample(long waiting, long collecting, long stolen) {
        static Sample now() {
            long collecting = 0;
            for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
                collecting += TimeUnit.MILLISECONDS.toNanos(Math.max(0, collector.getCollectionTime()));
            }
            return new Sample(field(SCHEDULING, 1, 1), collecting, field(PROCESSORS, STEAL, NANOS_PER_TICK));
        }

        /** A number of the file's first line; 0 where the kernel does not tell. */
        private static long field(Path file, int index, long unit) {
            try {
                String[] fields = Files.readString(file).lines().findFirst().orElse("").split(" +", -1);
                return index < fields.length ? Long.parseLong(fields[index]) * unit : 0;
            } catch (IOException | NumberFormatException e) {
                return 0;
            }
        }
    }

    /**
     * Something was due and is being done.
     *
     * @param late    by so many nanoseconds
     * @param bearable nanoseconds; nothing is said of less
     * @return what to write into the log
     */
    Optional<String> acted(long late, long bearable) {
        histogram.recordValue(Math.clamp(late, 0, HIGHEST_NANOS));
        if (late <= bearable) {
            return Optional.empty();
        }
        Sample now = Sample.now();
        String text = "VRRP acted %s ms late, which is more than a quarter of an advert_int: of it or shortly before, the thread waited %s ms for a processor, the collector had %s ms, and the hypervisor took %s ms from this machine"
                .formatted(ms(late), ms(now.waiting - last.waiting), ms(now.collecting - last.collecting),
                        ms(now.stolen - last.stolen));
        last = now;
        sampled = System.nanoTime();
        return Optional.of(text);
    }

    private static String ms(long nanos) {
        return String.valueOf(Math.round(nanos / 1e5) / 10.0);
    }

    /** Now and then, so that what holds the thread up is told apart from what did so long ago. */
    void sample(long now) {
        if (now - sampled >= SAMPLE_NANOS) {
            sampled = now;
            last = Sample.now();
        }
    }

    /** A line for each percentile, in microseconds. */
    String text() {
        StringBuilder text = new StringBuilder("Lateness of the VRRP thread (" + histogram.getTotalCount()
                + " times, microseconds):\n");
        for (double percentile : new double[]{50, 90, 99, 99.9, 99.99, 100}) {
            text.append("  %6s %%: %d%n".formatted(percentile,
                    TimeUnit.NANOSECONDS.toMicros(histogram.getValueAtPercentile(percentile))));
        }
        return text.toString();
    }
}
