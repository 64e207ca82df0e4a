package dev.weir.lvs;

import dev.weir.conf.VirtualServer.Service;
import dev.weir.lvs.Balancer.AddLocalAddress;
import dev.weir.lvs.Balancer.AddServer;
import dev.weir.lvs.Balancer.AddService;
import dev.weir.lvs.Balancer.AlreadyThere;
import dev.weir.lvs.Balancer.DeleteLocalAddress;
import dev.weir.lvs.Balancer.DeleteServer;
import dev.weir.lvs.Balancer.DeleteService;
import dev.weir.lvs.Balancer.Done;
import dev.weir.lvs.Balancer.EditServer;
import dev.weir.lvs.Balancer.EditService;
import dev.weir.lvs.Balancer.Failed;
import dev.weir.lvs.Balancer.Flush;
import dev.weir.lvs.Balancer.NotThere;
import dev.weir.lvs.Balancer.Order;
import dev.weir.lvs.Balancer.Present;
import dev.weir.lvs.Balancer.PresentServer;
import dev.weir.lvs.Balancer.Result;
import dev.weir.lvs.Balancer.ServerAddress;
import dev.weir.lvs.Balancer.ServerSettings;
import dev.weir.lvs.Balancer.ServiceSettings;
import dev.weir.lvs.Balancer.SetTimeouts;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this half has set in the dataplane. Orders are the difference between it and what is wanted, so that what somebody
 * else set or removed there is left alone until something changes here.
 */
final class Ledger {
    private final Map<Service, Entry> entries = new LinkedHashMap<>();

    /** A service that was set. */
    private static final class Entry {
        private ServiceSettings settings;
        private final Map<ServerAddress, ServerSettings> servers = new HashMap<>();
        private final Set<IpAddress> localAddresses = new LinkedHashSet<>();

        private Entry(ServiceSettings settings) {
            this.settings = settings;
        }
    }

    /** What a service shall be. */
    record Aim(ServiceSettings settings, Map<ServerAddress, ServerSettings> servers, Set<IpAddress> localAddresses) {
    }

    /** What is to be done so that a service becomes as it shall be; null: it shall not be. */
    List<Order> towards(Service service, @Nullable Aim aim) {
        Entry entry = entries.get(service);
        List<Order> orders = new ArrayList<>();
        if (aim == null) {
            if (entry != null) {
                orders.add(new DeleteService(service));
            }
            return orders;
        }
        if (entry == null) {
            orders.add(new AddService(service, aim.settings()));
        } else if (!entry.settings.equals(aim.settings())) {
            orders.add(new EditService(service, aim.settings()));
        }
        Set<IpAddress> locals = entry == null ? Set.of() : entry.localAddresses;
        aim.localAddresses().stream().filter(local -> !locals.contains(local))
                .forEach(local -> orders.add(new AddLocalAddress(service, local)));
        Map<ServerAddress, ServerSettings> set = entry == null ? Map.of() : entry.servers;
        // Added first, so that a service is not without servers for a moment.
        aim.servers().forEach((server, settings) -> {
            ServerSettings present = set.get(server);
            if (present == null) {
                orders.add(new AddServer(service, server, settings));
            } else if (!present.equals(settings)) {
                orders.add(new EditServer(service, server, settings));
            }
        });
        set.keySet().stream().filter(server -> !aim.servers().containsKey(server))
                .forEach(server -> orders.add(new DeleteServer(service, server)));
        locals.stream().filter(local -> !aim.localAddresses().contains(local))
                .forEach(local -> orders.add(new DeleteLocalAddress(service, local)));
        return orders;
    }

    boolean has(Service service, ServerAddress server) {
        Entry entry = entries.get(service);
        return entry != null && entry.servers.containsKey(server);
    }

    List<Service> services() {
        return List.copyOf(entries.keySet());
    }

    /** What somebody else changed, a line each. */
    List<String> differences(Map<Service, Present> present) {
        List<String> lines = new ArrayList<>();
        entries.forEach((service, entry) -> {
            Present there = present.get(service);
            if (there == null) {
                lines.add("service " + service.name() + " was removed");
                return;
            }
            entry.servers.forEach((server, settings) -> {
                PresentServer one = there.servers().get(server);
                String name = "server " + Orders.text(server) + " of " + service.name();
                if (one == null) {
                    lines.add(name + " was removed");
                } else if (one.weight() != settings.weight()) {
                    lines.add(name + " has weight " + one.weight() + ", was set to " + settings.weight());
                }
            });
            entry.localAddresses.stream().filter(local -> !there.localAddresses().contains(local)).forEach(
                    local -> lines.add("local address " + local + " of " + service.name() + " was removed"));
            there.localAddresses().stream().filter(local -> !entry.localAddresses.contains(local)).forEach(
                    local -> lines.add("local address " + local + " of " + service.name() + " was added"));
            there.servers().keySet().stream().filter(server -> !entry.servers.containsKey(server)).forEach(
                    server -> lines.add("server " + Orders.text(server) + " of " + service.name() + " was added"));
        });
        return lines;
    }

    /** Notes what became of an order. */
    void settle(Order order, Result result) {
        switch (result) {
            case Done _,AlreadyThere _ -> done(order);
            case NotThere _ -> notThere(order);
            case Failed _ -> {
            }
        }
    }

    private void done(Order order) {
        switch (order) {
            case AddService add -> entries.put(add.service(), new Entry(add.settings()));
            case EditService edit -> entry(edit.service(), edit.settings()).settings = edit.settings();
            case DeleteService delete -> entries.remove(delete.service());
            case AddServer add -> servers(add.service()).put(add.server(), add.settings());
            case EditServer edit -> servers(edit.service()).put(edit.server(), edit.settings());
            case DeleteServer delete -> servers(delete.service()).remove(delete.server());
            case AddLocalAddress add -> localAddresses(add.service()).add(add.address());
            case DeleteLocalAddress delete -> localAddresses(delete.service()).remove(delete.address());
            case SetTimeouts _ -> {
            }
            case Flush _ -> entries.clear();
        }
    }

    /** Somebody removed what was to be changed: that it is changed is noted all the same, since it is theirs now. */
    private void notThere(Order order) {
        switch (order) {
            case DeleteService delete -> entries.remove(delete.service());
            case DeleteServer delete -> servers(delete.service()).remove(delete.server());
            case EditService edit -> entry(edit.service(), edit.settings()).settings = edit.settings();
            case EditServer edit -> servers(edit.service()).put(edit.server(), edit.settings());
            case DeleteLocalAddress delete -> localAddresses(delete.service()).remove(delete.address());
            case AddService _,AddServer _,AddLocalAddress _,SetTimeouts _,Flush _ -> {
            }
        }
    }

    private Set<IpAddress> localAddresses(Service service) {
        Entry entry = entries.get(service);
        return entry == null ? new HashSet<>() : entry.localAddresses;
    }

    private Entry entry(Service service, ServiceSettings settings) {
        return entries.computeIfAbsent(service, _ -> new Entry(settings));
    }

    /** Of a service that was not noted, nothing is. */
    private Map<ServerAddress, ServerSettings> servers(Service service) {
        Entry entry = entries.get(service);
        return entry == null ? new HashMap<>() : entry.servers;
    }
}
