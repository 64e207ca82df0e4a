package dev.weir.service;

import dev.weir.wire.IpAddress;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All services at one moment. {@link Services} publishes a new one with each change; a worker takes the newest once a
 * burst and looks up in it without allocating.
 */
public final class ServiceTable {
    static final ServiceTable EMPTY = new ServiceTable(new LinkedHashMap<>());

    private final LinkedHashMap<ServiceKey, VirtualService> byKey;
    /** Open addressing over the services found by address; a power of two, at most half full. */
    private final @Nullable VirtualService[] slots;
    private final @Nullable Callers callers;
    private final MasqueradedServers masqueraded;
    private final ServicesByMark marksV4;
    private final ServicesByMark marksV6;
    private final boolean v4;
    private final boolean v6;

    ServiceTable(LinkedHashMap<ServiceKey, VirtualService> byKey) {
        this.byKey = byKey;
        callers = Callers.of(byKey.values());
        masqueraded = new MasqueradedServers(byKey.values());
        v4 = byKey.keySet().stream().anyMatch(ServiceKey::v4);
        v6 = !byKey.keySet().stream().allMatch(ServiceKey::v4);
        marksV4 = new ServicesByMark(byKey.values(), true);
        marksV6 = new ServicesByMark(byKey.values(), false);
        slots = new @Nullable VirtualService[Math.max(8, Integer.highestOneBit(byKey.size()) * 4)];
        for (VirtualService service : byKey.values()) {
            if (service.key() instanceof ServiceKey.Address(Protocol protocol, IpAddress address, int port)) {
                int slot = slot(protocol.number(), address.high(), address.low(), port);
                while (slots[slot] != null) {
                    slot = slot + 1 & slots.length - 1;
                }
                slots[slot] = service;
            }
        }
    }

    /** The service of an address, protocol and port; port 0 stands for itself only. Allocates nothing. */
    public @Nullable VirtualService find(int protocol, long high, long low, int port) {
        int slot = slot(protocol, high, low, port);
        while (true) {
            VirtualService service = slots[slot];
            if (service == null) {
                return null;
            }
            ServiceKey.Address key = (ServiceKey.Address) service.key();
            if (key.port() == port && key.address().low() == low && key.address().high() == high
                    && key.protocol().number() == protocol) {
                return service;
            }
            slot = slot + 1 & slots.length - 1;
        }
    }

    /** Whether a masqueraded server of any service sends from this address and port. Allocates nothing. */
    public boolean isMasqueraded(int protocol, long high, long low, int port) {
        return masqueraded.contains(protocol, high, low, port);
    }

    /** The service of a firewall mark. Allocates nothing. */
    public @Nullable VirtualService find(int mark, boolean v4) {
        return (v4 ? marksV4 : marksV6).find(mark);
    }

    /** Whether any service of that family is found by a firewall mark. */
    public boolean hasMarks(boolean v4) {
        return !(v4 ? marksV4 : marksV6).isEmpty();
    }

    public @Nullable VirtualService find(ServiceKey key) {
        return byKey.get(key);
    }

    /** The server with that address and UDP port, where it may begin a connection itself; null else. Allocates nothing. */
    public @Nullable Caller caller(long high, long low, int port) {
        return callers == null ? null : callers.find(high, low, port);
    }

    /** In the order of their making. */
    public Collection<VirtualService> all() {
        return byKey.values();
    }

    /** Whether there is any IPv4 service. Without one IPVS takes its hooks away, and connections rest. */
    public boolean servesV4() {
        return v4;
    }

    /** The same for IPv6. */
    public boolean servesV6() {
        return v6;
    }

    Map<ServiceKey, VirtualService> byKey() {
        return byKey;
    }

    private int slot(int protocol, long high, long low, int port) {
        long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L + port * 31L + protocol;
        return (int) (mixed * 0x9e3779b97f4a7c15L >>> 40) & slots.length - 1;
    }
}
