package dev.weir.scheduler;

import java.time.Duration;
import java.util.function.LongUnaryOperator;

/** What the schedulers of a director share. The control thread sets the times, workers read them. */
public final class SchedulerContext {
    private static final long DAY = Duration.ofDays(1).toNanos();
    private final LongUnaryOperator random;
    private volatile long lblcExpiration = DAY;
    private volatile long lblcrExpiration = DAY;

    /** @param random gives a number from 0 to below its argument, each as likely; any thread may ask it, and it never waits */
    public SchedulerContext(LongUnaryOperator random) {
        this.random = random;
    }

    LongUnaryOperator random() {
        return random;
    }

    /** Nanoseconds after which lblc forgets a destination that had no new connection; a day at first. */
    public long lblcExpiration() {
        return lblcExpiration;
    }

    /** The sysctl lblc_expiration, in nanoseconds. */
    public void lblcExpiration(long nanoseconds) {
        lblcExpiration = nanoseconds;
    }

    /** The same for lblcr, which also takes a server from a destination's set when it did not change for as long. */
    public long lblcrExpiration() {
        return lblcrExpiration;
    }

    /** The sysctl lblcr_expiration, in nanoseconds. */
    public void lblcrExpiration(long nanoseconds) {
        lblcrExpiration = nanoseconds;
    }
}
