package dev.weir.vrrp.track;

import org.jspecify.annotations.Nullable;

/**
 * Whether as many processes run as should. One more counts after the fork delay, one less after the terminate delay, and
 * what does not last so long does not count. Times are nanoseconds of one clock.
 */
final class Quorum {
    private final int least;
    private final int most;
    private final long forkDelay;
    private final long terminateDelay;
    private @Nullable Boolean up;
    private int number;
    private boolean waiting;
    private long deadline;

    Quorum(int least, int most, long forkDelay, long terminateDelay) {
        this.least = least;
        this.most = most;
        this.forkDelay = forkDelay;
        this.terminateDelay = terminateDelay;
    }

    /**
     * What was counted. To be told again when {@link #deadline} comes.
     *
     * @return whether what counts has changed
     */
    boolean counted(int count, long now) {
        boolean more = count > number;
        number = count;
        // With quorum_max 0 nothing may run, whatever the quorum says.
        boolean there = (count >= least || most == 0) && count <= most;
        if (up != null && up == there) {
            waiting = false;
            return false;
        }
        if (up != null && !waiting) {
            waiting = true;
            deadline = now + (more ? forkDelay : terminateDelay);
        }
        if (up != null && now - deadline < 0) {
            return false;
        }
        up = there;
        waiting = false;
        return true;
    }

    /** Null before the first count. */
    @Nullable
    Boolean up() {
        return up;
    }

    boolean isWaiting() {
        return waiting;
    }

    long deadline() {
        return deadline;
    }
}
