package dev.weir.lbd;

import dev.weir.engine.Engines;
import dev.weir.host.HostSide;
import dev.weir.route.NetlinkMirror;
import dev.weir.service.ServiceTable;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is taken from the host follows its interfaces, addresses, the services and marks, and who owns virtual addresses. The
 * control thread calls, and VRRP's before addresses come.
 */
final class HostFollower {
    private static final Logger LOG = LoggerFactory.getLogger(HostFollower.class);

    private final HostSide host;
    private final Engines engines;
    private final NetlinkMirror mirror;
    /** Fair, so that VRRP waits for one change of many services, not for all. */
    private final Lock lock = new ReentrantLock(true);
    /** The latest; workers may not have it yet. */
    private ServiceTable services;
    private Set<IpAddress> resting = Set.of();

    HostFollower(HostSide host, Engines engines, NetlinkMirror mirror) {
        this.host = host;
        this.engines = engines;
        this.mirror = mirror;
        services = engines.services().current();
    }

    /** Something of the host or of the marks is another. */
    void follow() {
        lock.lock();
        try {
            update();
        } finally {
            lock.unlock();
        }
    }

    /** So are the services; to be called before workers see them. */
    void follow(ServiceTable changed) {
        lock.lock();
        try {
            services = changed;
            update();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Which virtual addresses are this host's, or about to be; {@link #follow} puts it into force. What is sent to the others
     * is another director's, and not taken.
     */
    void own(Set<IpAddress> virtual, Set<IpAddress> owned) {
        lock.lock();
        try {
            Set<IpAddress> others = new HashSet<>(virtual);
            others.removeAll(owned);
            resting = Set.copyOf(others);
            mirror.expect(owned);
        } finally {
            lock.unlock();
        }
    }

    /** Whether a virtual address is another director's now. */
    boolean rests(IpAddress address) {
        lock.lock();
        try {
            return resting.contains(address);
        } finally {
            lock.unlock();
        }
    }

    private void update() {
        try {
            host.follow(mirror.links());
            host.update(services, engines.markRules(), mirror.localPrefixes(), mirror.markedDeliveries(), resting);
        } catch (IOException e) {
            LOG.error("the host was not told of a change: it may see what Weir balances, or miss what is its own", e);
        }
    }
}
