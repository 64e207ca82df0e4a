package dev.weir.engine;

import dev.weir.connection.Connections;

/**
 * While expire_nodest_conn is on, connections to servers that are gone do not wait for a packet to find it out: after a server
 * is deleted they are looked for and ended, their templates with them (ip_vs_expire_nodest_conn_flush).
 * Belongs to one worker.
 */
final class LostConnections {
    /** Records looked at in one call at most, so that a worker never stalls. */
    private static final int STEPS = 1024;

    private final Connections connections;
    private final Tracker tracker;
    private int known;
    private int next = Integer.MAX_VALUE;

    LostConnections(Connections connections, Tracker tracker, int known) {
        this.connections = connections;
        this.tracker = tracker;
        this.known = known;
    }

    /** @param deletions as {@link dev.weir.service.Services#deletions} counts them */
    void expire(int deletions, boolean enabled) {
        if (deletions != known) {
            known = deletions;
            next = 0;
        }
        if (!enabled) {
            next = Integer.MAX_VALUE;
        }
        int numbers = connections.numbers();
        for (int steps = 0; steps < STEPS && next < numbers; steps++, next++) {
            if (connections.stands(next) && connections.controlled(next) == 0 && tracker.isLost(next)) {
                tracker.endWithControl(next);
            }
        }
    }
}
