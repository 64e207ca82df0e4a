package dev.weir.lvs;

import dev.weir.conf.SyncDaemon;
import dev.weir.lvs.SyncDaemons.Role;
import dev.weir.vrrp.machine.State;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which of the two synchronisation daemons runs: of lvs_sync_daemon's instance the master's while it is MASTER, in all other
 * states the backup's, from the beginning on. The other is stopped first, as keepalived does. Any thread may call.
 */
public final class SyncDuty {
    private final SyncDaemons daemons;
    private final Map<String, State> states = new HashMap<>();
    private @Nullable SyncDaemon settings;
    private @Nullable Role running;

    public SyncDuty(SyncDaemons daemons) {
        this.daemons = daemons;
    }

    /**
     * At the start, before any state, and at each reload. A daemon whose line changed is started anew, and one whose line is
     * gone ends: keepalived 2.2.7 leaves it running.
     */
    public synchronized void configure(@Nullable SyncDaemon changed) {
        if (!Objects.equals(changed, settings)) {
            end();
            settings = changed;
        }
        follow();
    }

    /** An instance is in that state from now on. */
    public synchronized void entered(String instance, State state) {
        states.put(instance, state);
        follow();
    }

    private void follow() {
        State state = settings == null ? State.STOP : states.getOrDefault(settings.instance(), State.INIT);
        if (settings == null || state == State.STOP || state == State.DELETED) {
            end();
            return;
        }
        Role role = state == State.MASTER ? Role.MASTER : Role.BACKUP;
        if (running != role) {
            end();
            running = role;
            daemons.start(role, settings);
        }
    }

    private void end() {
        if (running != null) {
            daemons.stop(running);
            running = null;
        }
    }
}
