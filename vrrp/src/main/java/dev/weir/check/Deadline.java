package dev.weir.check;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When somebody's patience ends.
 *
 * @param at      in nanoseconds of the clock
 * @param timeout how long it was, for messages
 * @param clock   as System.nanoTime
 */
record Deadline(long at, Duration timeout, LongSupplier clock) {
    static Deadline in(Duration timeout) {
        return in(timeout, System::nanoTime);
    }

    static Deadline in(Duration timeout, LongSupplier clock) {
        return new Deadline(clock.getAsLong() + timeout.toNanos(), timeout, clock);
    }

    /** Nanoseconds; 0 or less: it has passed. */
    long left() {
        return at - clock.getAsLong();
    }

    /** For as long from now as this one has passed, or as it was at first if that is shorter. */
    Deadline prolonged() {
        long now = clock.getAsLong();
        return new Deadline(now + Math.min(now - at, timeout.toNanos()), timeout, clock);
    }

    /** @param what was waited for: "no answer" */
    SocketTimeoutException missed(String what) {
        return new SocketTimeoutException(what + " within " + text(timeout));
    }

    /** 3 s, 0.25 s. */
    static String text(Duration time) {
        return time.toNanosPart() == 0
                ? time.toSeconds() + " s"
                : java.math.BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString() + " s";
    }
}
