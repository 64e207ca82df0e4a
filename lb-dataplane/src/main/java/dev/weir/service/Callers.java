package dev.weir.service;

import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The servers that may begin a connection, by their own address and port (ip_vs_find_real_service, and the engine's
 * conn_out): masqueraded ones of UDP services. A server that several services have belongs to the newest of them, and
 * begins nothing where that one has no engine. A service of a firewall mark, or of every port, has no address of its own
 * to begin from. Immutable; looks up without allocating.
 */
final class Callers {
    /** Open addressing, at most half full. */
    private final @Nullable Caller[] slots;

    private Callers(List<Caller> callers) {
        slots = new @Nullable Caller[Math.max(8, Integer.highestOneBit(callers.size()) * 4)];
        callers.forEach(this::put);
    }

    /** Null where there is none: without an engine nobody begins. */
    static @Nullable Callers of(Collection<VirtualService> services) {
        if (services.stream().allMatch(service -> service.settings().persistenceEngine() == null)) {
            return null;
        }
        List<Caller> callers = new ArrayList<>();
        for (VirtualService service : services) {
            if (service.key() instanceof ServiceKey.Address key && key.protocol() == Protocol.UDP && key.port() != 0) {
                service.servers().stream()
                        .filter(server -> server.settings().forwarding() instanceof Forwarding.Masquerade)
                        .forEach(server -> callers.add(new Caller(service, key, server)));
            }
        }
        return new Callers(callers);
    }

    @Nullable
    Caller find(long high, long low, int port) {
        int slot = slot(high, low, port);
        Caller caller = slots[slot];
        while (caller != null && !is(caller, high, low, port)) {
            slot = slot + 1 & slots.length - 1;
            caller = slots[slot];
        }
        return caller == null || caller.service().settings().persistenceEngine() == null ? null : caller;
    }

    private void put(Caller caller) {
        IpAddress address = caller.server().address();
        int slot = slot(address.high(), address.low(), caller.server().port());
        Caller other = slots[slot];
        while (other != null && !is(other, address.high(), address.low(), caller.server().port())) {
            slot = slot + 1 & slots.length - 1;
            other = slots[slot];
        }
        slots[slot] = caller;
    }

    private static boolean is(Caller caller, long high, long low, int port) {
        RealServer server = caller.server();
        return server.port() == port && server.address().low() == low && server.address().high() == high;
    }

    private int slot(long high, long low, int port) {
        long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L + port;
        return (int) (mixed * 0x9e3779b97f4a7c15L >>> 40) & slots.length - 1;
    }
}
