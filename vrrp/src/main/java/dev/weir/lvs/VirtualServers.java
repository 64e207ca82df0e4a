package dev.weir.lvs;

import dev.weir.check.CheckKey;
import dev.weir.check.Checked;
import dev.weir.check.Wanted;
import dev.weir.conf.Configuration;
import dev.weir.conf.Definitions.Lvs;
import dev.weir.conf.Definitions.LvsTimeouts;
import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.lvs.Balancer.Done;
import dev.weir.lvs.Balancer.Failed;
import dev.weir.lvs.Balancer.Flush;
import dev.weir.lvs.Balancer.Order;
import dev.weir.lvs.Balancer.Present;
import dev.weir.lvs.Balancer.PresentServer;
import dev.weir.lvs.Balancer.Result;
import dev.weir.lvs.Balancer.ServerAddress;
import dev.weir.lvs.Balancer.ServerSettings;
import dev.weir.lvs.Balancer.SetTimeouts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All virtual servers of a configuration: what happens to them in, orders to the dataplane and notices out. No thread, no
 * clock, no socket; Lvs runs it. Who gets a {@link Step} carries its orders out and says by {@link #settled} what
 * became of them.
 */
final class VirtualServers {
    private static final long SLOW_START_STEP = TimeUnit.SECONDS.toNanos(1);

    private final Map<String, Pool> pools = new LinkedHashMap<>();
    private final Map<CheckKey, Place> places = new HashMap<>();
    private final Ledger ledger = new Ledger();
    private final List<Notice> notices = new ArrayList<>();
    private @Nullable LvsTimeouts timeouts;
    private boolean begun;
    /** Orders that failed, and were not made good since. */
    private long failed;
    private long mended;
    private long nextSlowStep = Long.MAX_VALUE;

    /** What follows from something that happened. */
    record Step(List<Order> orders, List<Notice> notices) {
        boolean isEmpty() {
            return orders.isEmpty() && notices.isEmpty();
        }
    }

    private record Place(Pool pool, Member member, Member.Standing standing) {
    }

    /** Goes over to a configuration; what is as before stays untouched. */
    Step configure(Configuration configuration, Moment now) {
        Lvs settings = configuration.lvs();
        Map<String, VirtualServer> wanted = new LinkedHashMap<>();
        configuration.servers().forEach(server -> wanted.putIfAbsent(server.id(), server));
        pools.forEach((id, pool) -> {
            if (!wanted.containsKey(id)) {
                pool.remove(lifetime(pool, settings, now));
            }
        });
        wanted.forEach((id, server) -> {
            Pool pool = pools.computeIfAbsent(id, _ -> new Pool(server, notices::add, now));
            pool.configure(server, lifetime(pool, settings, now));
        });
        places.clear();
        pools.values().forEach(pool -> pool.members().forEach(member -> member.checks()
                .forEach((key, standing) -> places.put(key, new Place(pool, member, standing)))));
        List<Order> orders = new ArrayList<>();
        if (!begun && settings.flush()) {
            orders.add(new Flush());
        }
        begun = true;
        if (!settings.timeouts().equals(timeouts)) {
            timeouts = settings.timeouts();
            orders.add(new SetTimeouts(timeouts.tcp(), timeouts.tcpFin(), timeouts.udp()));
        }
        orders.addAll(orders(services(pools.values()), now));
        pools.values().removeIf(Pool::over);
        return step(orders);
    }

    private Pool.Lifetime lifetime(Pool pool, Lvs settings, Moment now) {
        return new Pool.Lifetime(now, settings.drain().toNanos(), settings.initNotifies(), settings.checkerMails(),
                server -> isSet(pool, server));
    }

    private boolean isSet(Pool pool, ServerAddress server) {
        return pool.conf().services().stream().anyMatch(service -> ledger.has(service, server));
    }

    /** A check ran. */
    Step checked(Checked checked, Moment now) {
        Place place = places.get(checked.key());
        if (place == null || !place.pool().checked(place.member(), place.standing(), checked, now)) {
            return step(List.of());
        }
        return changed(place.pool(), now);
    }

    /** An operator said something of a server; null: it is as the file has it again. */
    Step hand(Pool pool, Member member, @Nullable Hand said, Moment now) {
        pool.hand(member, said, now);
        return changed(pool, now);
    }

    private Step changed(Pool pool, Moment now) {
        return step(orders(services(List.of(pool)), now));
    }

    /** What only time brings: weights that grow, and servers that have no connections any more or whose time is up. */
    Step tick(Map<Service, Present> present, Moment now) {
        Set<Pool> changed = new LinkedHashSet<>();
        for (Pool pool : pools.values()) {
            for (Member member : pool.draining()) {
                if (now.nanos() >= member.drainDeadline() || connections(pool, member, present) == 0) {
                    notices.add(new Notice.Remark("real server " + member.conf().name(pool.conf()) + " of "
                            + pool.conf().name() + " has left with " + connections(pool, member, present)
                            + " connections"));
                    pool.drained(member);
                    changed.add(pool);
                }
            }
        }
        if (now.nanos() >= nextSlowStep) {
            nextSlowStep = Long.MAX_VALUE;
            changed.addAll(pools.values());
        }
        Step step = step(orders(services(changed), now));
        pools.values().removeIf(Pool::over);
        return step;
    }

    /** Whether {@link #tick} has anything to wait for. */
    boolean waits() {
        return nextSlowStep != Long.MAX_VALUE || pools.values().stream().anyMatch(pool -> !pool.draining().isEmpty());
    }

    private static long connections(Pool pool, Member member, Map<Service, Present> present) {
        return pool.conf().services().stream().mapToLong(service -> {
            Present there = present.get(service);
            PresentServer server = there == null ? null : there.servers().get(member.address());
            return server == null ? 0 : server.active() + server.inactive();
        }).sum();
    }

    /** What could not be set is tried again, where its service is still there: what operators removed stays away. */
    Step mend(Map<Service, Present> present, Moment now) {
        if (failed == 0) {
            return step(List.of());
        }
        failed = 0;
        Set<Service> there = new LinkedHashSet<>(services(pools.values()));
        there.removeIf(service -> ledger.services().contains(service) && !present.containsKey(service));
        return step(orders(there, now));
    }

    /** The daemon ends: all services go, and with omega it is told. */
    Step stop() {
        pools.values().forEach(Pool::stop);
        pools.clear();
        places.clear();
        return step(List.copyOf(orders(new LinkedHashSet<>(ledger.services()), Moment.now())));
    }

    /**
     * What became of the orders of a step.
     *
     * @param mending whether it was one of {@link #mend}
     */
    void settled(List<Order> orders, List<Result> results, boolean mending) {
        for (int i = 0; i < orders.size(); i++) {
            ledger.settle(orders.get(i), results.get(i));
            boolean missing = results.get(i) instanceof Balancer.NotThere
                    && orders.get(i) instanceof Balancer.AddServer;
            if (results.get(i) instanceof Failed || missing) {
                failed++;
            } else if (mending && results.get(i) instanceof Done) {
                mended++;
            }
        }
    }

    /** What is otherwise in the dataplane than it was set, a line each. */
    List<String> differences(Map<Service, Present> present) {
        return ledger.differences(present);
    }

    /** Orders that failed and wait to be tried again. */
    long failed() {
        return failed;
    }

    /** Orders that succeeded only when they were tried again. */
    long mended() {
        return mended;
    }

    Collection<Pool> pools() {
        return pools.values();
    }

    List<Wanted> checks() {
        return pools.values().stream().flatMap(pool -> pool.checks().stream()).toList();
    }

    private Step step(List<Order> orders) {
        Step step = new Step(orders, List.copyOf(notices));
        notices.clear();
        return step;
    }

    /** Of these pools, and those that were set and nobody wants any more. */
    private Set<Service> services(Collection<Pool> of) {
        Set<Service> services = new LinkedHashSet<>(ledger.services());
        if (of.size() < pools.size()) {
            services.clear();
        }
        of.forEach(pool -> services.addAll(pool.conf().services()));
        return services;
    }

    private List<Order> orders(Collection<Service> services, Moment now) {
        Map<Service, List<Pool>> owners = new HashMap<>();
        pools.values().stream().filter(pool -> !pool.over()).forEach(pool -> pool.conf().services()
                .forEach(service -> owners.computeIfAbsent(service, _ -> new ArrayList<>()).add(pool)));
        List<Order> orders = new ArrayList<>();
        for (Service service : services) {
            orders.addAll(ledger.towards(service, aim(service, owners.getOrDefault(service, List.of()), now.nanos())));
        }
        boolean slow = pools.values().stream()
                .anyMatch(pool -> pool.members().stream().anyMatch(member -> member.startsSlowly(now.nanos())));
        nextSlowStep = slow ? Math.min(nextSlowStep, now.nanos() + SLOW_START_STEP) : Long.MAX_VALUE;
        return orders;
    }

    /** Of several that have the same service the first says how it is, and all have their servers in it. */
    private Ledger.@Nullable Aim aim(Service service, List<Pool> owners, long now) {
        if (owners.isEmpty()) {
            return null;
        }
        Map<ServerAddress, ServerSettings> servers = new LinkedHashMap<>();
        for (Pool pool : owners) {
            pool.servers(now, server -> ledger.has(service, server)).forEach(servers::putIfAbsent);
        }
        return new Ledger.Aim(owners.getFirst().settings(), servers);
    }
}
