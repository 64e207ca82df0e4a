package dev.weir.sync.stream;

import dev.weir.wire.IpAddress;
import java.time.Instant;
import java.util.Locale;

/**
 * How far this director and another one have told each other of their connections.
 *
 * @param peer      the other director
 * @param port      at which it listens
 * @param connected whether there is a session now
 * @param since     when that began or ended; the start of this one where there was none yet
 * @param incoming  what the other director tells this one
 * @param outgoing  what this one tells the other
 * @param sessions  so far
 * @param bytesIn   over all sessions
 * @param bytesOut  over all sessions
 * @param refused   sessions that ended because something was wrong with what came
 * @param problem   what was wrong lately, or ""
 */
public record Progress(IpAddress peer, int port, boolean connected, Instant since, Way incoming, Way outgoing,
        long sessions, long bytesIn, long bytesOut, long refused, String problem) {
    /** What counts as no delay. */
    private static final double IN_STEP_SECONDS = 1;

    /**
     * One direction.
     *
     * @param connections known on the other side of it
     * @param all         that are to be known
     * @param seconds     how long ago what is told now was so
     * @param complete    whether there is a session in which all was told that was there when it began
     */
    public record Way(long connections, long all, double seconds, boolean complete) {
        /** Whether whoever is told knows what there is, as good as at once. */
        public boolean isInStep() {
            return complete && seconds < IN_STEP_SECONDS;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%d of %d connections, %.1f seconds behind%s", connections, all, seconds,
                    isInStep() ? "" : complete ? ", not in step" : ", the first table is not complete");
        }
    }
}
