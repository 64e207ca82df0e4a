package dev.weir.scheduler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What lblc and lblcr remember of each destination address. Any number of workers look up, add and change at once and none
 * waits: a bucket is an immutable list that is replaced by compare-and-set, and an entry's value is an atomic reference.
 * Looking up allocates nothing.
 *
 * <p>Entries expire as in the kernel, which sweeps them out each half hour. Here nobody sweeps: an entry is over when such
 * a moment, counted from the first entry, found it idle for long enough; those that are leave when one is added to their
 * bucket. Above 16384 entries each one added lets a further bucket's entries go that are idle for six minutes, and no
 * bucket holds more than 64, so that memory and the time of a look-up stay bounded whatever clients do.
 */
final class DestinationCache<T> {
    static final int BUCKETS = 1024;
    static final int PER_BUCKET = 64;
    private static final int MANY = 16 * BUCKETS;
    private static final long SWEEP_INTERVAL = Duration.ofMinutes(30).toNanos();
    private static final long IDLE = Duration.ofMinutes(6).toNanos();
    private static final long NEVER = Long.MIN_VALUE;

    private final AtomicReferenceArray<List<Entry<T>>> buckets = new AtomicReferenceArray<>(BUCKETS);
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicInteger rover = new AtomicInteger();
    /** When the first entry was added. */
    private final AtomicLong begun = new AtomicLong(NEVER);

    /** A destination and what is remembered of it. */
    static final class Entry<T> {
        private final long high;
        private final long low;
        private final AtomicReference<T> value;
        private volatile long lastUse;

        private Entry(long high, long low, T value, long now) {
            this.high = high;
            this.low = low;
            this.value = new AtomicReference<>(value);
            lastUse = now;
        }

        T value() {
            return value.get();
        }

        void value(T changed) {
            value.set(changed);
        }

        /** @return false where another thread changed the value since it was {@code expected} */
        boolean replace(T expected, T changed) {
            return value.compareAndSet(expected, changed);
        }

        private boolean is(long otherHigh, long otherLow) {
            return low == otherLow && high == otherHigh;
        }
    }

    DestinationCache() {
        for (int i = 0; i < BUCKETS; i++) {
            buckets.set(i, List.of());
        }
    }

    /**
     * The entry of a destination, used just now; null where there is none.
     *
     * @param now        nanoseconds
     * @param expiration nanoseconds that an entry may be idle
     */
    @Nullable
    Entry<T> find(long high, long low, long now, long expiration) {
        List<Entry<T>> bucket = buckets.get(bucket(high, low));
        for (int i = 0; i < bucket.size(); i++) {
            Entry<T> entry = bucket.get(i);
            if (entry.is(high, low)) {
                if (isOver(entry, now, expiration)) {
                    return null;
                }
                entry.lastUse = now;
                return entry;
            }
        }
        return null;
    }

    /** Adds a destination, where no other worker was faster: then the entry is the other's. */
    Entry<T> add(long high, long low, T value, long now, long expiration) {
        begun.compareAndSet(NEVER, now);
        int at = bucket(high, low);
        while (true) {
            List<Entry<T>> bucket = buckets.get(at);
            List<Entry<T>> next = new ArrayList<>(bucket.size() + 1);
            for (Entry<T> entry : bucket) {
                if (isOver(entry, now, expiration)) {
                    continue;
                }
                if (entry.is(high, low)) {
                    return entry;
                }
                next.add(entry);
            }
            if (next.size() == PER_BUCKET) {
                next.stream().min(Comparator.comparingLong(entry -> entry.lastUse)).ifPresent(next::remove);
            }
            Entry<T> added = new Entry<>(high, low, value, now);
            next.add(added);
            if (replace(at, bucket, next)) {
                if (size.get() > MANY) {
                    forgetIdle(now);
                }
                return added;
            }
        }
    }

    private void forgetIdle(long now) {
        int at = rover.getAndIncrement() & BUCKETS - 1;
        List<Entry<T>> bucket = buckets.get(at);
        replace(at, bucket, bucket.stream().filter(entry -> now - entry.lastUse < IDLE).toList());
    }

    private boolean replace(int at, List<Entry<T>> bucket, List<Entry<T>> next) {
        boolean done = buckets.compareAndSet(at, bucket, next);
        if (done) {
            size.addAndGet(next.size() - bucket.size());
        }
        return done;
    }

    /** Changes every value; one that a worker changes at the same moment is changed after it. */
    void changeAll(UnaryOperator<T> change) {
        for (int i = 0; i < BUCKETS; i++) {
            buckets.get(i).forEach(entry -> entry.value.updateAndGet(change));
        }
    }

    int size() {
        return size.get();
    }

    private boolean isOver(Entry<T> entry, long now, long expiration) {
        long swept = now - (now - begun.get()) % SWEEP_INTERVAL;
        return swept - entry.lastUse >= Math.max(1, expiration);
    }

    private static int bucket(long high, long low) {
        long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 40) & BUCKETS - 1;
    }
}
