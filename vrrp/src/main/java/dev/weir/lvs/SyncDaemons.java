package dev.weir.lvs;

import dev.weir.conf.SyncDaemon;

/**
 * The dataplane's two daemons of IPVS's synchronisation, as this half sees them; {@code tools/lbd} has the other side,
 * and tells of what goes wrong. Called in order, by one thread at a time; it must not wait.
 */
public interface SyncDaemons {
    /** {@link #MASTER} tells of connections, {@link #BACKUP} hears of them. */
    enum Role {
        MASTER, BACKUP
    }

    void start(Role role, SyncDaemon settings);

    void stop(Role role);
}
