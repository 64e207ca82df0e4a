package dev.weir.service;

import dev.weir.wire.IpAddress;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a packet came from a masqueraded server's port (ip_vs_has_real_service). A server under a firewall mark counts
 * for every protocol. Immutable; looks up without allocating.
 */
final class MasqueradedServers {
    private static final int ANY_PROTOCOL = 0;
    /** Open addressing, at most half full. */
    private final @Nullable Entry[] slots;

    private record Entry(int protocol, RealServer server) {
        boolean is(int otherProtocol, long high, long low, int port) {
            return server.port() == port && server.address().low() == low && server.address().high() == high
                    && (protocol == otherProtocol || protocol == ANY_PROTOCOL);
        }
    }

    MasqueradedServers(Collection<VirtualService> services) {
        List<Entry> entries = services.stream().flatMap(service -> service.servers().stream()
                .filter(server -> server.settings().forwarding() instanceof Forwarding.Masquerade)
                .map(server -> new Entry(protocol(service), server))).toList();
        slots = new @Nullable Entry[Math.max(8, Integer.highestOneBit(entries.size()) * 4)];
        for (Entry entry : entries) {
            IpAddress address = entry.server().address();
            int slot = slot(address.high(), address.low(), entry.server().port());
            while (slots[slot] != null) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = entry;
        }
    }

    private static int protocol(VirtualService service) {
        return service.key() instanceof ServiceKey.Address key ? key.protocol().number() : ANY_PROTOCOL;
    }

    boolean contains(int protocol, long high, long low, int port) {
        int slot = slot(high, low, port);
        for (Entry entry = slots[slot]; entry != null; entry = slots[slot]) {
            if (entry.is(protocol, high, low, port)) {
                return true;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return false;
    }

    private int slot(long high, long low, int port) {
        long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L + port;
        return (int) (mixed * 0x9e3779b97f4a7c15L >>> 40) & slots.length - 1;
    }
}
