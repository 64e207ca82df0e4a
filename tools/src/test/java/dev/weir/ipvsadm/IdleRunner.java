package dev.weir.ipvsadm;

import dev.weir.sync.Role;
import java.util.EnumSet;
import java.util.Set;

/** Daemons of a director that has no interfaces: it knows which run. */
public final class IdleRunner implements SyncDaemons.Runner {
    final Set<Role> running = EnumSet.noneOf(Role.class);

    @Override
    public void start(Role role, SyncDaemon daemon) {
        running.add(role);
    }

    @Override
    public void stop(Role role) {
        running.remove(role);
    }
}
