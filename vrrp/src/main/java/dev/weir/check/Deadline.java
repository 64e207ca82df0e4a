package dev.weir.check;

import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * When somebody's patience ends.
 *
 * @param at      in System.nanoTime
 * @param timeout how long it was, for messages
 */
record Deadline(long at, Duration timeout) {
    static Deadline in(Duration timeout) {
        return new Deadline(System.nanoTime() + timeout.toNanos(), timeout);
    }

    /** Nanoseconds; 0 or less: it has passed. */
    long left() {
        return at - System.nanoTime();
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
