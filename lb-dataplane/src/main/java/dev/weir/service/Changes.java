package dev.weir.service;

import dev.weir.service.Services.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Changes of services that become visible together. Servers that workers use are left alone until all are known to be
 * good; then those that stay are changed, the new table is published, and those that go are told last. Only
 * {@link Services} uses it, under its lock.
 */
final class Changes {
    private LinkedHashMap<ServiceKey, VirtualService> services;
    private final Map<Place, RealServer> removedBefore;
    private final List<RealServer> made = new ArrayList<>();
    private final Set<RealServer> leaving = new LinkedHashSet<>();
    private final List<Runnable> edits = new ArrayList<>();
    private final Set<ServiceKey> concerned = new HashSet<>();

    Changes(Map<ServiceKey, VirtualService> services, Map<Place, RealServer> removed) {
        this.services = new LinkedHashMap<>(services);
        this.removedBefore = new HashMap<>(removed);
    }

    Map<ServiceKey, VirtualService> services() {
        return services;
    }

    void services(LinkedHashMap<ServiceKey, VirtualService> next) {
        services = next;
    }

    Map<Place, RealServer> removedBefore() {
        return removedBefore;
    }

    void made(RealServer server) {
        made.add(server);
    }

    void removed(RealServer server) {
        leaving.add(server);
    }

    void returned(ServiceKey service, RealServer server, RealServer.Settings settings, Counters counters) {
        leaving.remove(server);
        concerned.add(service);
        edits.add(() -> server.returned(settings, counters));
    }

    void edited(ServiceKey service, RealServer server, RealServer.Settings settings) {
        concerned.add(service);
        edits.add(() -> server.edit(settings));
    }

    /** Whether servers of a service have settings that its scheduler was not made for. */
    boolean concerns(ServiceKey service) {
        return concerned.contains(service);
    }

    /** Changes the servers that stay. */
    LinkedHashMap<ServiceKey, VirtualService> finish() {
        edits.forEach(Runnable::run);
        return services;
    }

    /** After the new table is published: no packet is led to these any more. */
    void leave() {
        leaving.forEach(RealServer::removed);
    }

    /** Nothing happened: numbers of servers that were made are free again. */
    void undo() {
        made.forEach(RealServer::removed);
    }
}
