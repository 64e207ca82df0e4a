package dev.weir.ipvsadm;

import dev.weir.service.ServiceTable;
import dev.weir.sync.Role;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The two synchronisation daemons, master and backup, as --start-daemon and keepalived's lvs_sync_daemon set them. Only the
 * control thread calls it.
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
    private final Runner runner;
    private final Map<Role, SyncDaemon> running = new EnumMap<>(Role.class);

    /** What does the work of daemons. */
    public interface Runner {
        /**
         * @param daemon what it is to do, its maximal length never 0
         * @throws IOException why it cannot, in the words of the system; then it does not run
         */
        void start(Role role, SyncDaemon daemon) throws IOException;

        /** One that was started ends. */
        void stop(Role role);
    }

    /** @param mtu of an interface by its name, in bytes; negative where there is no such interface */
    public SyncDaemons(ToIntFunction<String> mtu, Runner runner) {
        this.mtu = mtu;
        this.runner = runner;
    }

    /** How a daemon was started; null where it does not run. */
    public @Nullable SyncDaemon running(Role role) {
        return running.get(role);
    }

    /**
     * Starts a daemon.
     *
     * @param services those that there are: the protocol has no words for a server of another family than its service's
     * @throws Refusal where it runs already or cannot; its message says why
     */
    public void start(Role role, SyncDaemon wanted, ServiceTable services) throws Refusal {
        boolean mixed = services.all().stream().anyMatch(service -> service.servers().stream()
                .anyMatch(server -> server.address().isV4() != service.key().v4()));
        if (mixed) {
            throw Refusal.failed(Executor.INVALID);
        }
        int bytes = mtu.applyAsInt(wanted.network());
        if (bytes < 0) {
            throw Refusal.failed("No such device");
        }
        if (running.containsKey(role)) {
            throw Refusal.failed("Daemon has already run");
        }
        boolean master = role == Role.MASTER;
        int headers = wanted.group().isV4() ? HEADERS_V4 : HEADERS_V6;
        SyncDaemon started = wanted.withMaxLength(wanted.maxLength() == 0
                ? (master ? MTU : Math.clamp(bytes, MTU, LONGEST)) - headers
                : Math.clamp(wanted.maxLength(), master ? 1 : LEAST_OF_BACKUP, LONGEST - headers));
        try {
            runner.start(role, started);
        } catch (IOException e) {
            throw Refusal.failed(String.valueOf(e.getMessage()));
        }
        running.put(role, started);
    }

    /** @throws Refusal where none runs */
    public void stop(Role role) throws Refusal {
        if (running.remove(role) == null) {
            throw Refusal.failed("No daemon is running");
        }
        runner.stop(role);
    }

    /** Whether any runs. */
    boolean running() {
        return !running.isEmpty();
    }
}
