package dev.weir.vrrp;

import dev.weir.vrrp.machine.State;
import dev.weir.wire.IpAddress;
import java.util.Set;

/** Forwards nothing; a test overrides what it wants to hear. */
public class NoDataplane implements Vrrp.Forwarding {
    @Override
    public void taking(Set<IpAddress> virtual, Set<IpAddress> owned) {
    }

    @Override
    public void changed(Set<IpAddress> virtual, Set<IpAddress> owned) {
    }

    @Override
    public void entered(String instance, State state) {
    }
}
