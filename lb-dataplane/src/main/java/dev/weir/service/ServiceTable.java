package dev.weir.service;

import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All services at one moment. {@link Services} publishes a new one with each change; a worker takes the newest once a
 * burst and looks up in it without allocating.
 */
public final class ServiceTable {
    static final ServiceTable EMPTY = new ServiceTable(new LinkedHashMap<>(), List.of(), List.of(),
            List.of());

    private final LinkedHashMap<ServiceKey, VirtualService> byKey;
    private final List<Departed> departed;
    private final EndpointIndex<VirtualService> byAddress;
    private final EndpointIndex<VirtualService> virtualAddresses;
    private final Masqueraded masqueraded;
    private final List<IpAddress> localAddresses;
    private final List<SourceNat> sourceNats;
    private final EndpointIndex<IpAddress> allLocal;
    private final ServicesByMark marksV4;
    private final ServicesByMark marksV6;
    private final boolean v4;
    private final boolean v6;

    /**
     * A server that was removed, alone or with its service, while connections lead to it: their packets are Weir's still.
     */
    public record Departed(ServiceKey service, RealServer server) {
    }

    ServiceTable(LinkedHashMap<ServiceKey, VirtualService> byKey, List<Departed> departed,
            List<IpAddress> localAddresses, List<SourceNat> sourceNats) {
        this.byKey = byKey;
        this.localAddresses = localAddresses;
        this.sourceNats = sourceNats;
        allLocal = new EndpointIndex<>(Stream
                .of(localAddresses.stream(),
                        byKey.values().stream().flatMap(service -> service.localAddresses().stream()),
                        sourceNats.stream().flatMap(rule -> rule.addresses().stream()))
                .flatMap(addresses -> addresses).distinct()
                .map(local -> new EndpointIndex.Entry<>(EndpointIndex.NO_PROTOCOL, local, 0, local))
                .toList());
        this.departed = departed;
        masqueraded = new Masqueraded(byKey.values());
        boolean clientsV4 = hasClients(true);
        boolean clientsV6 = hasClients(false);
        v4 = clientsV4 || clientsV6 && hasTranslated(true);
        v6 = clientsV6 || clientsV4 && hasTranslated(false);
        marksV4 = new ServicesByMark(byKey.values(), true);
        marksV6 = new ServicesByMark(byKey.values(), false);
        List<EndpointIndex.Entry<VirtualService>> entries = new ArrayList<>();
        List<EndpointIndex.Entry<VirtualService>> addresses = new ArrayList<>();
        for (VirtualService service : byKey.values()) {
            if (service.key() instanceof ServiceKey.Address(Protocol protocol, IpAddress address, int port)) {
                entries.add(new EndpointIndex.Entry<>(protocol.number(), address, port, service));
                addresses.add(new EndpointIndex.Entry<>(EndpointIndex.NO_PROTOCOL, address, 0, service));
            }
        }
        byAddress = new EndpointIndex<>(entries);
        virtualAddresses = new EndpointIndex<>(addresses);
    }

    private boolean hasClients(boolean v4) {
        return byKey.keySet().stream().anyMatch(key -> key.v4() == v4)
                || sourceNats.stream().anyMatch(rule -> rule.source().isV4() == v4);
    }

    /** Whether a server of that family answers to a local address, for clients of the other. */
    private boolean hasTranslated(boolean v4) {
        return Stream.concat(byKey.values().stream().flatMap(service -> service.servers().stream()),
                departed.stream().map(Departed::server))
                .anyMatch(server -> server.settings().forwarding() instanceof Forwarding.FullNat
                        && server.address().isV4() == v4);
    }

    /** The service of an address, protocol and port; port 0 stands for itself only. Allocates nothing. */
    public @Nullable VirtualService find(int protocol, long high, long low, int port) {
        return byAddress.find(protocol, high, low, port);
    }

    /** Whether a masqueraded server of any service sends from this address and port. Allocates nothing. */
    public boolean isMasqueraded(int protocol, long high, long low, int port) {
        return masqueraded.contains(protocol, high, low, port);
    }

    /** Whether a service has this address, whatever its protocol and port. Allocates nothing. */
    public boolean isVirtual(long high, long low) {
        return virtualAddresses.find(EndpointIndex.NO_PROTOCOL, high, low, 0) != null;
    }

    /** Whether a masqueraded server of any service has this address. Allocates nothing. */
    public boolean isMasqueraded(long high, long low) {
        return masqueraded.contains(high, low);
    }

    /** What servers under FULLNAT answer to, of services that have no local addresses of their own. */
    public List<IpAddress> localAddresses() {
        return localAddresses;
    }

    /** In the order in which they are asked. */
    public List<SourceNat> sourceNats() {
        return sourceNats;
    }

    /** The first rule for what a host behind the director sends there; null where there is none. Allocates nothing. */
    public @Nullable SourceNat sourceNat(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        for (int i = 0; i < sourceNats.size(); i++) {
            if (sourceNats.get(i).concerns(sourceHigh, sourceLow, destinationHigh, destinationLow)) {
                return sourceNats.get(i);
            }
        }
        return null;
    }

    /**
     * Whether servers under FULLNAT of any service answer to this address, or others to whom hosts behind the director have
     * begun to speak. Allocates nothing.
     */
    public boolean isLocalAddress(long high, long low) {
        return allLocal.find(EndpointIndex.NO_PROTOCOL, high, low, 0) != null;
    }

    /** The service of a firewall mark. Allocates nothing. */
    public @Nullable VirtualService find(int mark, boolean v4) {
        return (v4 ? marksV4 : marksV6).find(mark);
    }

    /** Whether any server of any service is masqueraded. */
    public boolean masquerades() {
        return !masqueraded.isEmpty();
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
        return masqueraded.caller(high, low, port);
    }

    /** In no order. */
    public List<Departed> departed() {
        return departed;
    }

    /** In the order of their making. */
    public Collection<VirtualService> all() {
        return byKey.values();
    }

    /**
     * Whether there is any IPv4 service, or an IPv4 server under FULLNAT of another. Without one IPVS takes its hooks away,
     * and connections rest.
     */
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
}
