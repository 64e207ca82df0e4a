package dev.weir.service;

import dev.weir.scheduler.Scheduler;
import dev.weir.wire.IpAddress;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A service while it is being changed: many changes cost little more than one. Only {@link Changes} has it. */
final class Draft {
    private final VirtualService before;
    private VirtualService.Settings settings;
    private Scheduler scheduler;
    private List<IpAddress> localAddresses;
    /** Newest first; null until somebody asks. */
    private @Nullable LinkedHashMap<Endpoint, RealServer> servers;
    private boolean changed;
    private boolean serversChanged;

    private record Endpoint(IpAddress address, int port) {
    }

    /** @param before as it stands, or newly made */
    Draft(VirtualService before, boolean isNew) {
        this.before = before;
        settings = before.settings();
        scheduler = before.scheduler();
        localAddresses = before.localAddresses();
        changed = isNew;
    }

    ServiceKey key() {
        return before.key();
    }

    VirtualService.Settings settings() {
        return settings;
    }

    Counters counters() {
        return before.counters();
    }

    Scheduler scheduler() {
        return scheduler;
    }

    List<IpAddress> localAddresses() {
        return localAddresses;
    }

    void localAddresses(List<IpAddress> next) {
        localAddresses = List.copyOf(next);
        changed = true;
    }

    List<RealServer> servers() {
        return servers == null ? before.servers() : List.copyOf(servers.values());
    }

    @Nullable
    RealServer server(IpAddress address, int port) {
        return open().get(new Endpoint(address, port));
    }

    private LinkedHashMap<Endpoint, RealServer> open() {
        LinkedHashMap<Endpoint, RealServer> opened = servers;
        if (opened == null) {
            opened = LinkedHashMap.newLinkedHashMap(before.servers().size() + 1);
            for (RealServer server : before.servers()) {
                opened.put(new Endpoint(server.address(), server.port()), server);
            }
            servers = opened;
        }
        return opened;
    }

    void edit(VirtualService.Settings next) {
        settings = next;
        changed = true;
    }

    /** @param anew whether it knows nothing of the servers yet */
    void schedule(Scheduler next, boolean anew) {
        scheduler = next;
        serversChanged |= anew;
    }

    void add(RealServer server) {
        open().putFirst(new Endpoint(server.address(), server.port()), server);
        serverChanged();
    }

    void remove(RealServer server) {
        open().remove(new Endpoint(server.address(), server.port()));
        serverChanged();
    }

    /** One of its servers has, or will have, other settings. */
    void serverChanged() {
        changed = true;
        serversChanged = true;
    }

    boolean changed() {
        return changed;
    }

    /** What it has become; the same as before where nothing has changed. The servers have their settings. */
    VirtualService finished() {
        if (!changed) {
            return before;
        }
        List<RealServer> now = servers();
        return new VirtualService(key(), settings, now, serversChanged ? scheduler.with(now) : scheduler, counters(),
                localAddresses);
    }
}
