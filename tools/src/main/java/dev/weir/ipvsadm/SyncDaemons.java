package dev.weir.ipvsadm;

import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The two synchronisation daemons, master and backup, as --start-daemon sets them. Only the control thread calls it.
 */
public final class SyncDaemons {
    /** Larger messages are sent only where --sync-maxlen says so. */
    private static final int DEFAULT_MTU = 1500;
    /** What the IPv4 and UDP headers take of the MTU. */
    private static final int HEADERS = 28;

    private final ToIntFunction<String> mtu;
    private @Nullable SyncDaemon master;
    private @Nullable SyncDaemon backup;

    /** @param mtu of an interface by its name, in bytes; negative where there is no such interface */
    public SyncDaemons(ToIntFunction<String> mtu) {
        this.mtu = mtu;
    }

    public @Nullable SyncDaemon master() {
        return master;
    }

    public @Nullable SyncDaemon backup() {
        return backup;
    }

    void start(boolean asMaster, SyncDaemon wanted) throws Refusal {
        if ((asMaster ? master : backup) != null) {
            throw Refusal.failed("Daemon has already run");
        }
        int bytes = mtu.applyAsInt(wanted.network());
        if (bytes < 0) {
            throw Refusal.failed("No such device");
        }
        SyncDaemon started = wanted.maxLength() == 0
                ? wanted.withMaxLength(Math.min(bytes, DEFAULT_MTU) - HEADERS)
                : wanted;
        if (asMaster) {
            master = started;
        } else {
            backup = started;
        }
    }

    void stop(boolean asMaster) throws Refusal {
        if ((asMaster ? master : backup) == null) {
            throw Refusal.failed("No daemon is running");
        }
        if (asMaster) {
            master = null;
        } else {
            backup = null;
        }
    }

    boolean running() {
        return master != null || backup != null;
    }
}
