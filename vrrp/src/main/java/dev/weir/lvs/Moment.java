package dev.weir.lvs;

import java.time.Instant;

/**
 * Now, as intervals are measured and as people tell it.
 *
 * @param nanos of System.nanoTime() or a test's clock
 */
public record Moment(long nanos, Instant wall) {
    static Moment now() {
        return new Moment(System.nanoTime(), Instant.now());
    }
}
