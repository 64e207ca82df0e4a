package dev.weir.ipvsadm;

import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The two synchronisation daemons, master and backup, as --start-daemon sets them. Only the control thread calls it.
 */
public final class SyncDaemons {
    /** A master sends longer messages only where --sync-maxlen says so; a backup takes what its interface does. */
    private static final int MTU = 1500;
    private static final int LONGEST = 65535;
    /** A backup has room for what masters of the oldest kernels send. */
    private static final int LEAST_OF_BACKUP = 1024;
    /** What the IP and UDP headers take of the MTU. */
    private static final int HEADERS_V4 = 28;
    private static final int HEADERS_V6 = 48;

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
        int bytes = mtu.applyAsInt(wanted.network());
        if (bytes < 0) {
            throw Refusal.failed("No such device");
        }
        if ((asMaster ? master : backup) != null) {
            throw Refusal.failed("Daemon has already run");
        }
        int headers = wanted.group().isV4() ? HEADERS_V4 : HEADERS_V6;
        SyncDaemon started = wanted.withMaxLength(wanted.maxLength() == 0
                ? (asMaster ? MTU : Math.clamp(bytes, MTU, LONGEST)) - headers
                : Math.clamp(wanted.maxLength(), asMaster ? 1 : LEAST_OF_BACKUP, LONGEST - headers));
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
