package dev.weir.lbd;

import dev.weir.conf.Configuration;
import dev.weir.conf.ConnectionSync;
import dev.weir.lvs.Lvs;
import dev.weir.lvs.SyncDuty;
import dev.weir.vrrp.Vrrp;
import dev.weir.vrrp.machine.State;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What follows from states and virtual addresses for what forwards: its frames, its checks, and its synchronisation. */
final class Ownership implements Vrrp.Forwarding {
    private final @Nullable Dataplane dataplane;
    private final @Nullable Lvs servers;
    private final @Nullable SyncDuty duty;
    private Set<IpAddress> owned = Set.of();
    private volatile Duration quiet = Duration.ZERO;

    /** @param servers null where there are none */
    Ownership(@Nullable Dataplane dataplane, @Nullable Lvs servers) {
        this.dataplane = dataplane;
        this.servers = servers;
        duty = dataplane == null ? null : new SyncDuty(dataplane.syncDaemons());
    }

    /** At the start, before VRRP begins, and at each reload. */
    void configure(Configuration configuration) {
        quiet = quiet(configuration);
        if (duty != null) {
            duty.configure(configuration.lvs().syncDaemon());
        }
    }

    /** Who synchronises may lack connections all the same; who does not has lost them, and clients are to know. */
    private static Duration quiet(Configuration configuration) {
        if (configuration.sync() != null) {
            return configuration.sync().quiet();
        }
        return configuration.lvs().syncDaemon() == null ? Duration.ZERO : ConnectionSync.QUIET;
    }

    @Override
    public void taking(Set<IpAddress> virtual, Set<IpAddress> coming) {
        if (dataplane != null) {
            if (!owned.containsAll(coming) && !quiet.isZero()) {
                dataplane.takenOver(quiet);
            }
            dataplane.taking(virtual, coming);
        }
        owned = coming;
    }

    @Override
    public void changed(Set<IpAddress> virtual, Set<IpAddress> left) {
        owned = left;
        if (dataplane != null) {
            dataplane.changed(virtual, owned);
        }
        if (servers != null) {
            Set<IpAddress> elsewhere = new HashSet<>(virtual);
            elsewhere.removeAll(owned);
            servers.elsewhere(elsewhere);
        }
    }

    @Override
    public void entered(String instance, State state) {
        if (duty != null) {
            duty.entered(instance, state);
        }
    }
}
