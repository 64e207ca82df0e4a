package dev.weir.vrrp.machine;

import dev.weir.wire.IpAddress;
import java.time.Duration;

/**
 * What a node says of an instance on the second path.
 *
 * @param priority the effective one
 * @param router   the address that its adverts come from
 * @param age      how long it has been in its state
 * @param interval until it says so again
 * @param arbiter  whether it reaches that; not, where it has none or has not asked it yet
 * @param terms    what its adverts are like
 */
public record Heartbeat(State state, int priority, IpAddress router, Duration age, Duration interval, boolean arbiter,
        Terms terms) {
    /** So many in a row may be lost, as of adverts. */
    private static final int MISSED = 3;

    /** The same, in a state that was entered just now. */
    public Heartbeat in(State entered) {
        return new Heartbeat(entered, priority, router, Duration.ZERO, interval, arbiter, terms);
    }

    /** How long it counts, without the skew that keeps two backups apart. */
    public long lasting() {
        return MISSED * interval.toNanos();
    }
}
