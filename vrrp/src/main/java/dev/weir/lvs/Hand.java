package dev.weir.lvs;

import java.time.Instant;

/** What an operator said of a real server; it holds until they say otherwise, or the file does. */
sealed interface Hand {
    /** When it was said. */
    Instant since();

    /** Out of service, as if it were down. */
    record Disabled(Instant since) implements Hand {
    }

    /**
     * @param weight   in place of that of the file
     * @param fromFile what the file said then
     */
    record Weight(int weight, int fromFile, Instant since) implements Hand {
    }

    /**
     * No new connections; it leaves when it has none any more.
     *
     * @param deadline in nanoseconds as of {@link Moment}; when it leaves with those it has
     * @param out      it has left
     */
    record Drained(long deadline, boolean out, Instant since) implements Hand {
    }
}
