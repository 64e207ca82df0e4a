package dev.weir.ipvsadm;

import dev.weir.service.Protocol;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes address and port, by name where names are wanted and known, for one listing: each address is looked up once,
 * and when all look-ups together have taken {@link #LIMIT} the rest are shown as numbers.
 */
final class Endpoints {
    /** For a whole listing; the one look-up that runs when it ends may take its own limit more. */
    static final Duration LIMIT = Duration.ofSeconds(2);

    private final Names names;
    private final boolean numeric;
    private final Map<IpAddress, String> hosts = new HashMap<>();
    private long spent;

    Endpoints(Names names, boolean numeric) {
        this.names = names;
        this.numeric = numeric;
    }

    /** @param protocol of the port; null: none, as under a firewall mark, where ports have no names */
    String text(IpAddress address, int port, @Nullable Protocol protocol) {
        String service = numeric || protocol == null ? null : names.service(port, protocol);
        String host = numeric ? address.toString() : hosts.computeIfAbsent(address, this::host);
        return (address.isV4() ? host : "[" + host + "]") + ":" + (service == null ? Integer.toString(port) : service);
    }

    private String host(IpAddress address) {
        if (spent >= LIMIT.toNanos()) {
            return address.toString();
        }
        long began = System.nanoTime();
        String name = names.host(address);
        spent += System.nanoTime() - began;
        return name == null ? address.toString() : name;
    }
}
