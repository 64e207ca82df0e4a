package dev.weir.engine;

import dev.weir.service.Forwarding;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.ServiceTable;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The local addresses that a service's servers under FULLNAT answer to, and how much of each is in use towards them. An
 * address towards a server that two services have is in use by both, and counts with each.
 *
 * @param service null: all that have no local addresses of their own
 * @param shared  whether these are the addresses of all such services
 */
public record LocalPool(@Nullable ServiceKey service, boolean shared, List<Use> addresses) {
    /**
     * @param connections that have a port of it now
     * @param ports       how many it has towards all these servers
     * @param fullest     percent, rounded down, of one worker's ports towards the server where fewest are free
     * @param refused     connections that found none free
     */
    public record Use(IpAddress address, long connections, long ports, int fullest, long refused) {
    }

    private record Way(IpAddress local, IpAddress server) {
    }

    private record Target(int protocol, IpAddress server, int port) {
    }

    /**
     * The shared pool first, where there is one; then those of services that have local addresses or servers under FULLNAT.
     *
     * @param services all of the table's, in the order wanted
     */
    public static List<LocalPool> all(ServiceTable table, Collection<VirtualService> services, List<LocalUse> use) {
        Map<Way, List<LocalUse>> byWay = new HashMap<>();
        use.forEach(one -> byWay.computeIfAbsent(new Way(one.local(), one.server()), _ -> new ArrayList<>()).add(one));
        List<LocalPool> pools = new ArrayList<>();
        if (!table.localAddresses().isEmpty()) {
            List<VirtualService> users = services.stream().filter(service -> service.localAddresses().isEmpty())
                    .toList();
            pools.add(of(null, true, table.localAddresses(), users, byWay));
        }
        for (VirtualService service : services) {
            boolean shared = service.localAddresses().isEmpty();
            if (!shared || service.servers().stream().anyMatch(LocalPool::isFullNat)) {
                pools.add(of(service.key(), shared, shared ? table.localAddresses() : service.localAddresses(),
                        List.of(service), byWay));
            }
        }
        return pools;
    }

    private static LocalPool of(@Nullable ServiceKey key, boolean shared, List<IpAddress> addresses,
            List<VirtualService> services, Map<Way, List<LocalUse>> byWay) {
        return new LocalPool(key, shared,
                addresses.stream().map(address -> use(address, services, byWay)).toList());
    }

    private static Use use(IpAddress local, List<VirtualService> services, Map<Way, List<LocalUse>> byWay) {
        Set<LocalUse> found = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Target> targets = new HashSet<>();
        for (VirtualService service : services) {
            int protocol = service.key() instanceof ServiceKey.Address at ? at.protocol().number() : 0;
            for (RealServer server : service.servers()) {
                if (isFullNat(server) && server.address().isV4() == local.isV4()) {
                    List<LocalUse> towards = byWay.getOrDefault(new Way(local, server.address()), List.of()).stream()
                            .filter(one -> (protocol == 0 || one.protocol() == protocol)
                                    && (server.port() == 0 || one.serverPort() == server.port()))
                            .toList();
                    found.addAll(towards);
                    towards.forEach(one -> targets.add(new Target(one.protocol(), one.server(), one.serverPort())));
                    if (towards.isEmpty()) {
                        targets.add(new Target(protocol, server.address(), server.port()));
                    }
                }
            }
        }
        return new Use(local, found.stream().mapToLong(LocalUse::used).sum(), (long) LocalUse.PORTS * targets.size(),
                found.stream().mapToInt(LocalUse::percent).max().orElse(0),
                found.stream().mapToLong(LocalUse::refused).sum());
    }

    private static boolean isFullNat(RealServer server) {
        return server.settings().forwarding() instanceof Forwarding.FullNat;
    }
}
