package dev.weir.service;

import dev.weir.scheduler.Scheduler;
import dev.weir.scheduler.Server;
import dev.weir.wire.IpAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A real server of one service. The object lives from its addition to its removal, and on as long as connections lead
 * to it: an edit changes it in place. The control thread writes the settings, workers write the counts, all read.
 */
public final class RealServer implements Server {
    private static final int ACTIVE_SHIFT = 32;
    private static final AtomicLongFieldUpdater<RealServer> CONNECTIONS = AtomicLongFieldUpdater
            .newUpdater(RealServer.class, "connections");

    private final int id;
    private final int mark;
    private final IpAddress address;
    private final int port;
    private final Counters counters;
    /** As {@link #present}. */
    private Counters serviceCounters;
    /** Active ones in the upper half, inactive ones in the lower: one that goes over is one write. */
    private volatile long connections;
    private final AtomicInteger persistent = new AtomicInteger();
    private volatile Settings settings;
    private volatile int lastWeight;
    private volatile boolean overloaded;
    /** Plain, since each packet asks: written before what workers read with each burst ({@link Services}), and seen with it. */
    private boolean present = true;
    private int idleCalls;
    private volatile @Nullable Standing standing;

    /** The scheduler that has to hear of its changes, and its place in that scheduler's list. */
    private record Standing(Scheduler scheduler, int place) {
    }

    /**
     * What an edit may change.
     *
     * @param weight   0 to 2147483647; 0: no new connections, but of clients that persistence leads here
     * @param upper    connections at which it takes no more; 0: no limit
     * @param lower    connections below which it takes them again; 0: three quarters of {@code upper}
     * @param draining of weight 0, and persistence leads nobody here either
     */
    public record Settings(Forwarding forwarding, int weight, int upper, int lower, boolean draining) {
        public Settings {
            if (draining && weight != 0) {
                throw new IllegalArgumentException("a server that drains has weight 0, not " + weight);
            }
        }

        /** As IPVS knows them: nothing drains. */
        public Settings(Forwarding forwarding, int weight, int upper, int lower) {
            this(forwarding, weight, upper, lower, false);
        }
    }

    /** @param id a number of its own, by which connections refer to it; used again only once it is removed and no connection leads to it */
    RealServer(int id, ServiceKey service, IpAddress address, int port, Settings settings,
            Counters serviceCounters) {
        mark = service instanceof ServiceKey.Mark key ? key.mark() : 0;
        this.serviceCounters = serviceCounters;
        counters = new Counters(serviceCounters.workers());
        this.id = id;
        this.address = address;
        this.port = port;
        this.settings = settings;
        lastWeight = settings.weight();
    }

    public int id() {
        return id;
    }

    /** The firewall mark of its service; 0 where that has an address. */
    public int mark() {
        return mark;
    }

    public IpAddress address() {
        return address;
    }

    @Override
    public long addressHigh() {
        return address.high();
    }

    @Override
    public long addressLow() {
        return address.low();
    }

    /** 0 to 65535; under a firewall-mark service 0 keeps the packet's own. */
    @Override
    public int port() {
        return port;
    }

    public Settings settings() {
        return settings;
    }

    public Counters counters() {
        return counters;
    }

    /** What its service counts, all servers together. */
    public Counters serviceCounters() {
        return serviceCounters;
    }

    /** Whether the service still has it; connections of a removed server wait for its return. */
    public boolean present() {
        return present;
    }

    @Override
    public int weight() {
        return settings.weight();
    }

    /** Whether it shall get no new connection at all. */
    public boolean draining() {
        return settings.draining();
    }

    @Override
    public int lastWeight() {
        return lastWeight;
    }

    @Override
    public int activeConnections() {
        return (int) (connections >> ACTIVE_SHIFT);
    }

    @Override
    public int inactiveConnections() {
        return (int) connections;
    }

    private int connections() {
        long both = connections;
        return (int) (both >> ACTIVE_SHIFT) + (int) both;
    }

    public int persistentConnections() {
        return persistent.get();
    }

    @Override
    public boolean overloaded() {
        return overloaded;
    }

    /** A connection was made or ended, or went from active to inactive or back: differences for each count. */
    public void connectionsChanged(int activeBy, int inactiveBy) {
        CONNECTIONS.getAndAdd(this, ((long) activeBy << ACTIVE_SHIFT) + inactiveBy);
        changed();
    }

    public void persistentChanged(int by) {
        persistent.getAndAdd(by);
    }

    /** After a connection was bound: ip_vs_bind_dest sets the overload where the upper threshold is reached. */
    public void bound() {
        int upper = settings.upper();
        if (upper != 0 && connections() >= upper) {
            overloaded(true);
        }
    }

    /** After a connection was unbound: the overload ends below the lower threshold, or at three quarters of the upper. */
    public void unbound() {
        Settings now = settings;
        int total = connections();
        boolean ends = now.lower() != 0 ? total < now.lower() : now.upper() == 0 || total * 4L < now.upper() * 3L;
        if (ends) {
            overloaded(false);
        }
    }

    private void overloaded(boolean value) {
        if (overloaded != value) {
            overloaded = value;
            changed();
        }
    }

    /** From now on this scheduler hears of its changes. */
    void standsIn(Scheduler scheduler, int place) {
        standing = new Standing(scheduler, place);
        scheduler.changed(place);
    }

    private void changed() {
        Standing now = standing;
        if (now != null) {
            now.scheduler().changed(now.place());
        }
    }

    void edit(Settings changed) {
        int before = settings.upper();
        settings = changed;
        if (changed.weight() != 0) {
            lastWeight = changed.weight();
        }
        if (changed.upper() == 0 || changed.upper() > before) {
            overloaded = false;
        }
    }

    /** Whether no connection has led to it at so many calls in a row; the control thread calls it once each interval. */
    boolean isIdleFor(int calls) {
        boolean used = connections != 0 || persistent.get() != 0;
        idleCalls = used ? 0 : idleCalls + 1;
        return idleCalls > calls;
    }

    /** Its service is gone, or goes on without it. */
    void removed() {
        present = false;
        standing = null;
        idleCalls = 0;
    }

    /**
     * It is added again while connections lead to it: they go on, and so do its counters, unless the service itself was
     * made anew in between (ip_vs_trash_get_dest).
     */
    void returned(Settings changed, Counters service) {
        if (serviceCounters != service) {
            serviceCounters = service;
            counters.zero();
        }
        edit(changed);
        lastWeight = changed.weight();
        present = true;
    }
}
