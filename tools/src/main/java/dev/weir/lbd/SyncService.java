package dev.weir.lbd;

import dev.weir.connection.ConnectionCopy;
import dev.weir.engine.Engines;
import dev.weir.engine.Synchronisation;
import dev.weir.engine.Sysctl;
import dev.weir.ipvsadm.SyncDaemon;
import dev.weir.ipvsadm.SyncDaemons;
import dev.weir.sync.Channel;
import dev.weir.sync.IpvsSync;
import dev.weir.sync.Master;
import dev.weir.sync.Role;
import java.io.IOException;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The daemons of IPVS's synchronisation protocol, over the host's interfaces. The control thread starts and stops them. */
final class SyncService implements SyncDaemons.Runner, AutoCloseable {
    private final Engines engines;
    private final IpvsSync sync;
    private final Set<Role> running = EnumSet.noneOf(Role.class);
    /** Asked for when the first of the two daemons starts, as by the kernel. */
    private int ports = 1;

    SyncService(Engines engines) {
        this.engines = engines;
        Synchronisation synchronisation = engines.synchronisation();
        sync = new IpvsSync(new IpvsSync.Connections() {
            @Override
            public int take(int limit, Consumer<ConnectionCopy> taker) {
                return synchronisation.take(limit, taker);
            }

            @Override
            public boolean give(ConnectionCopy copy) {
                return synchronisation.give(copy);
            }
        }, new IpvsSync.Sysctls(() -> value(Sysctl.SYNC_VERSION), () -> value(Sysctl.SYNC_QLEN_MAX)));
    }

    /** What was told and heard, each number with what it counts; empty while no daemon runs. Any thread. */
    Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>(sync.counts());
        if (!counts.isEmpty()) {
            counts.put("connections that workers would have told of, but their queues were full",
                    engines.synchronisation().lost());
        }
        return counts;
    }

    private int value(Sysctl key) {
        return Math.clamp(engines.settings().value(key), 0, Integer.MAX_VALUE);
    }

    @Override
    public void start(Role role, SyncDaemon daemon) throws IOException {
        if (running.isEmpty()) {
            ports = Math.min(value(Sysctl.SYNC_PORTS), Master.MOST_PORTS);
        }
        Channel channel = new Channel(daemon.network(), daemon.group(), daemon.port(), daemon.ttl(),
                value(Sysctl.SYNC_SOCK_SIZE));
        switch (role) {
            case MASTER -> {
                sync.startMaster(channel, daemon.syncId(), daemon.maxLength(), ports);
                engines.synchronisation().tell(true);
            }
            case BACKUP -> {
                sync.startBackup(channel, daemon.syncId(), daemon.maxLength(), ports);
                engines.backup(true);
            }
        }
        running.add(role);
    }

    @Override
    public void stop(Role role) {
        switch (role) {
            case MASTER -> engines.synchronisation().tell(false);
            case BACKUP -> engines.backup(false);
        }
        sync.stop(role);
        running.remove(role);
    }

    @Override
    public void close() {
        engines.synchronisation().tell(false);
        sync.close();
    }
}
