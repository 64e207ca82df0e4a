package dev.weir.service;

import dev.weir.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes of services that become visible together. Servers that workers use are left alone until all are known to be
 * good; then those that stay are changed, the new table is published, and those that go are told last. Only
 * {@link Services} uses it, under its lock.
 */
final class Changes {
    private final LinkedHashMap<ServiceKey, Draft> drafts = new LinkedHashMap<>();
    private final List<RealServer> made = new ArrayList<>();
    private final Set<RealServer> leaving = new LinkedHashSet<>();
    private final List<Runnable> edits = new ArrayList<>();
    private final Deque<Runnable> undoing = new ArrayDeque<>();
    private boolean fewer;
    private List<IpAddress> localAddresses;
    private List<SourceNat> sourceNats;

    Changes(Collection<VirtualService> services, List<IpAddress> localAddresses, List<SourceNat> sourceNats) {
        this.localAddresses = localAddresses;
        this.sourceNats = sourceNats;
        services.forEach(service -> drafts.put(service.key(), new Draft(service, false)));
    }

    Collection<Draft> services() {
        return drafts.values();
    }

    @Nullable
    Draft service(ServiceKey key) {
        return drafts.get(key);
    }

    void add(VirtualService service) {
        drafts.put(service.key(), new Draft(service, true));
    }

    void delete(ServiceKey key) {
        drafts.remove(key);
        fewer = true;
    }

    void clear() {
        drafts.clear();
        localAddresses = List.of();
        fewer = true;
    }

    /** Those of all services that have none of their own. */
    List<IpAddress> localAddresses() {
        return localAddresses;
    }

    void localAddresses(List<IpAddress> next) {
        localAddresses = List.copyOf(next);
        fewer = true;
    }

    List<SourceNat> sourceNats() {
        return sourceNats;
    }

    void sourceNats(List<SourceNat> next) {
        sourceNats = List.copyOf(next);
        fewer = true;
    }

    /** Whether something that is sent under FULLNAT or source NAT leaves from it. */
    boolean isLocal(IpAddress address) {
        return localAddresses.contains(address)
                || sourceNats.stream().anyMatch(rule -> rule.addresses().contains(address))
                || drafts.values().stream().anyMatch(service -> service.localAddresses().contains(address));
    }

    /** Whether a service has this address, whatever its protocol and port. */
    boolean isVirtual(IpAddress address) {
        return drafts.keySet().stream()
                .anyMatch(key -> key instanceof ServiceKey.Address at && at.address().equals(address));
    }

    /** Whether there is anything to be seen. */
    boolean any() {
        return fewer || drafts.values().stream().anyMatch(Draft::changed);
    }

    void made(RealServer server) {
        made.add(server);
    }

    void removed(RealServer server) {
        leaving.add(server);
    }

    void returned(RealServer server, RealServer.Settings settings, Counters counters) {
        leaving.remove(server);
        edits.add(() -> server.returned(settings, counters));
    }

    void edited(RealServer server, RealServer.Settings settings) {
        edits.add(() -> server.edit(settings));
    }

    /** What puts one thing back should the changes not be made; the last goes first. */
    void undoneBy(Runnable undo) {
        undoing.push(undo);
    }

    /** The servers that are new. */
    List<RealServer> made() {
        return made;
    }

    /** Changes the servers that stay; what the services are then. */
    LinkedHashMap<ServiceKey, VirtualService> finish() {
        edits.forEach(Runnable::run);
        LinkedHashMap<ServiceKey, VirtualService> services = LinkedHashMap.newLinkedHashMap(drafts.size());
        for (Draft draft : drafts.values()) {
            VirtualService service = draft.finished();
            services.put(service.key(), service);
            if (draft.changed()) {
                stand(service);
            }
        }
        return services;
    }

    /** From now on the service's servers tell its scheduler of their changes. */
    private static void stand(VirtualService service) {
        for (int place = 0; place < service.servers().size(); place++) {
            service.servers().get(place).standsIn(service.scheduler(), place);
        }
    }

    /**
     * After the new table is published: no packet is led to these any more.
     *
     * @return whether there are any
     */
    boolean leave() {
        leaving.forEach(RealServer::removed);
        return !leaving.isEmpty();
    }

    /** Nothing happened. */
    void undo() {
        undoing.forEach(Runnable::run);
        made.forEach(RealServer::removed);
    }
}
