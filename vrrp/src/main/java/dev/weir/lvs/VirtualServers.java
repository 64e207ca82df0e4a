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
import dev.weir.wire.IpAddress;
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
 * clock, no socket; {@link Lvs} runs it. Things may happen one after the other before a {@link Step} is asked for; who gets
 * it carries its orders out and says by {@link #settled} what became of them.
 */
final class VirtualServers {
    private static final long SLOW_START_STEP = TimeUnit.SECONDS.toNanos(1);

    private final Map<String, Pool> pools = new LinkedHashMap<>();
    private final Map<Service, List<Pool>> owners = new HashMap<>();
    private final Map<CheckKey, Place> places = new HashMap<>();
    private final Ledger ledger = new Ledger();
    private final List<Notice> notices = new ArrayList<>();
    /** Of which something has changed that the dataplane does not know. */
    private final Set<Service> changed = new LinkedHashSet<>();
    private final Set<Pool> startingSlowly = new LinkedHashSet<>();
    private final List<Order> before = new ArrayList<>();
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
    void configure(Configuration configuration, Moment now) {
        Lvs settings = configuration.lvs();
        Map<String, VirtualServer> wanted = new LinkedHashMap<>();
        configuration.servers().forEach(server -> wanted.putIfAbsent(server.id(), server));
        changed.addAll(ledger.services());
        pools.forEach((id, pool) -> {
            if (!wanted.containsKey(id)) {
                pool.remove(lifetime(pool, settings, now));
            }
        });
        wanted.forEach((id, server) -> {
            Pool pool = pools.computeIfAbsent(id, _ -> new Pool(server, notices::add, now));
            pool.configure(server, lifetime(pool, settings, now));
            changed.addAll(server.services());
        });
        forgetWhatIsOver();
        if (!begun && settings.flush()) {
            before.add(new Flush());
        }
        begun = true;
        if (!settings.timeouts().equals(timeouts)) {
            timeouts = settings.timeouts();
            before.add(new SetTimeouts(timeouts.tcp(), timeouts.tcpFin(), timeouts.udp()));
        }
    }

    private void forgetWhatIsOver() {
        pools.values().removeIf(Pool::over);
        owners.clear();
        places.clear();
        for (Pool pool : pools.values()) {
            pool.conf().services()
                    .forEach(service -> owners.computeIfAbsent(service, _ -> new ArrayList<>()).add(pool));
            pool.members().forEach(member -> member.checks()
                    .forEach((key, standing) -> places.put(key, new Place(pool, member, standing))));
        }
    }

    private Pool.Lifetime lifetime(Pool pool, Lvs settings, Moment now) {
        return new Pool.Lifetime(now, settings.drain().toNanos(), settings.initNotifies(), settings.checkerMails(),
                member -> pool.conf().services().stream()
                        .anyMatch(service -> ledger.has(service, member.addressIn(service))));
    }

    /** A check ran. */
    void checked(Checked checked, Moment now) {
        Place place = places.get(checked.key());
        if (place != null && place.pool().checked(place.member(), place.standing(), checked, now)) {
            changed(place.pool());
        }
    }

    /** An operator said something of a server; null: it is as the file has it again. */
    void hand(Pool pool, Member member, @Nullable Hand said, Moment now) {
        pool.hand(member, said, now);
        changed(pool);
    }

    private void changed(Pool pool) {
        changed.addAll(pool.conf().services());
    }

    /** What only time brings: weights that grow, and servers that have no connections any more or whose time is up. */
    void tick(Map<Service, Present> present, Moment now) {
        boolean over = false;
        for (Pool pool : pools.values()) {
            for (Member member : pool.draining()) {
                long connections = connections(pool, member, present);
                if (now.nanos() >= member.drainDeadline() || connections == 0) {
                    notices.add(new Notice.Remark("real server " + member.conf().name(pool.conf()) + " of "
                            + pool.conf().name() + " has left with " + connections + " connections"));
                    pool.drained(member);
                    changed(pool);
                    over |= pool.over();
                }
            }
        }
        if (over) {
            forgetWhatIsOver();
        }
        if (now.nanos() >= nextSlowStep) {
            nextSlowStep = Long.MAX_VALUE;
            startingSlowly.forEach(this::changed);
        }
    }

    /** What follows from all that happened since the last step. */
    Step step(Moment now) {
        List<Order> orders = new ArrayList<>(before);
        before.clear();
        changed.forEach(service -> orders.addAll(ledger.towards(service, aim(service, now.nanos()))));
        growing(now.nanos());
        changed.clear();
        Step step = new Step(orders, List.copyOf(notices));
        notices.clear();
        return step;
    }

    private void growing(long now) {
        changed.stream().flatMap(service -> owners.getOrDefault(service, List.of()).stream())
                .filter(pool -> pool.startsSlowly(now)).forEach(startingSlowly::add);
        startingSlowly.removeIf(pool -> !pool.startsSlowly(now));
        nextSlowStep = startingSlowly.isEmpty() ? Long.MAX_VALUE : Math.min(nextSlowStep, now + SLOW_START_STEP);
    }

    /** Whether {@link #tick} has anything to wait for. */
    boolean waits() {
        return nextSlowStep != Long.MAX_VALUE || pools.values().stream().anyMatch(pool -> !pool.draining().isEmpty());
    }

    private static long connections(Pool pool, Member member, Map<Service, Present> present) {
        return pool.conf().services().stream().mapToLong(service -> {
            Present there = present.get(service);
            PresentServer server = there == null ? null : there.servers().get(member.addressIn(service));
            return server == null ? 0 : server.active() + server.inactive();
        }).sum();
    }

    /** What could not be set is tried again, where its service is still there: what operators removed stays away. */
    void mend(Map<Service, Present> present) {
        if (failed > 0) {
            failed = 0;
            changed.addAll(owners.keySet());
            Set<Service> set = Set.copyOf(ledger.services());
            changed.removeIf(service -> set.contains(service) && !present.containsKey(service));
        }
    }

    /** The daemon ends: all services go, and with omega it is told. */
    void stop() {
        pools.values().forEach(Pool::stop);
        pools.clear();
        owners.clear();
        places.clear();
        changed.addAll(ledger.services());
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
                    && (orders.get(i) instanceof Balancer.AddServer
                            || orders.get(i) instanceof Balancer.AddLocalAddress);
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

    /** Of several that have the same service the first says how it is, and all have their servers and local addresses in it. */
    private Ledger.@Nullable Aim aim(Service service, long now) {
        List<Pool> pools = owners.get(service);
        if (pools == null) {
            return null;
        }
        Map<ServerAddress, ServerSettings> servers = new LinkedHashMap<>();
        for (Pool pool : pools) {
            pool.servers(service, now, server -> ledger.has(service, server)).forEach(servers::putIfAbsent);
        }
        Set<IpAddress> localAddresses = new LinkedHashSet<>();
        pools.forEach(pool -> localAddresses.addAll(pool.conf().fullNat().localAddresses()));
        return new Ledger.Aim(pools.getFirst().settings(), servers, localAddresses);
    }
}
