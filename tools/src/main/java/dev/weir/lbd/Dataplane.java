package dev.weir.lbd;

import dev.weir.check.VipPath;
import dev.weir.conf.Configuration;
import dev.weir.lvs.Balancer;
import dev.weir.lvs.SyncDaemons;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.Set;

/** The half that forwards, as the half of keepalived.conf needs it. */
interface Dataplane {
    /** By which services are set. */
    Balancer balancer();

    /** Ways for health checks that go as clients' packets do. */
    VipPath vipPath();

    /** Which the state of a vrrp_instance starts and stops. */
    SyncDaemons syncDaemons();

    /**
     * Connections are synchronised with other directors as connection_sync says, unless the command line said how; what
     * servers begin leaves as snat says.
     */
    void configure(Configuration configuration);

    /**
     * Addresses come from another director, before {@link #taking}: for so long what belongs to no connection is dropped, and
     * not answered by a reset.
     */
    void takenOver(Duration quiet);

    /** See {@link dev.weir.vrrp.Vrrp.Forwarding#taking}. */
    void taking(Set<IpAddress> virtual, Set<IpAddress> owned);

    /** See {@link dev.weir.vrrp.Vrrp.Forwarding#changed}. */
    void changed(Set<IpAddress> virtual, Set<IpAddress> owned);
}
