package dev.weir.lvs;

import dev.weir.bfd.SessionStates;
import dev.weir.check.Checked;
import dev.weir.check.Checks;
import dev.weir.check.VipPath;
import dev.weir.conf.Configuration;
import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.lvs.Balancer.Failed;
import dev.weir.lvs.Balancer.Order;
import dev.weir.lvs.Balancer.Result;
import dev.weir.lvs.Operator.Answer;
import dev.weir.lvs.Operator.ServiceStatus;
import dev.weir.lvs.VirtualServers.Step;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The virtual servers of a keepalived.conf on this host: their checks, and what follows. One thread owns all of it; its
 * methods are for any other thread, and may wait.
 */
public final class Lvs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lvs.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** How often it is looked whether draining servers have connections, and weights have to grow. */
    private static final long TICK_MILLISECONDS = 500;
    /** How often what could not be set is tried again. */
    private static final int MEND_SECONDS = 10;

    private final Balancer balancer;
    private final VirtualServers servers = new VirtualServers();
    private final Checks checks;
    private final Teller teller;
    private final ScheduledExecutorService thread = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().name("virtual-servers").daemon().factory());
    private final Queue<Checked> outcomes = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private Set<IpAddress> elsewhere = Set.of();
    private Set<String> suspended = Set.of();

    /**
     * @param runner   of scripts, the caller's
     * @param fifos    the caller's
     * @param vipPath  for check_path vip, or null where there is none
     * @param sessions that BFD_CHECKs follow
     */
    public record Surroundings(Balancer balancer, ScriptRunner runner, Fifos fifos, @Nullable VipPath vipPath,
            SessionStates sessions) {
    }

    private Lvs(Surroundings surroundings) {
        balancer = surroundings.balancer();
        teller = new Teller(surroundings.runner(), surroundings.fifos());
        checks = new Checks(new Checks.Surroundings(surroundings.runner(), surroundings.vipPath(),
                surroundings.sessions(), RandomGenerator.getDefault()), this::checked);
    }

    /** When it returns, services are set, and checks have begun. */
    public static Lvs start(Configuration configuration, Surroundings surroundings) {
        Lvs lvs = new Lvs(surroundings);
        lvs.reload(configuration);
        lvs.every(TICK_MILLISECONDS, lvs::tick);
        lvs.every(TimeUnit.SECONDS.toMillis(MEND_SECONDS), () -> lvs.mend());
        return lvs;
    }

    private void every(long milliseconds, Runnable task) {
        Future<?> _ = thread.scheduleWithFixedDelay(guarded(task), milliseconds, milliseconds, TimeUnit.MILLISECONDS);
    }

    /** A task that fails is told of, and the next ones run. */
    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("virtual servers: a task failed", e);
            }
        };
    }

    /**
     * Goes over to another configuration; what is as before goes on as if nothing had been.
     *
     * @return what was done, a line each
     */
    public List<String> reload(Configuration configuration) {
        return ask(() -> {
            teller.configure(configuration);
            servers.configure(configuration, Moment.now());
            List<String> actions = new ArrayList<>(carryOut(false));
            actions.addAll(mend());
            checks.configure(servers.checks(), configuration);
            suspend();
            return actions;
        });
    }

    /** Which virtual addresses are another director's now: under ha_suspend their servers are not checked. Does not wait. */
    public void elsewhere(Set<IpAddress> addresses) {
        submit(() -> {
            elsewhere = Set.copyOf(addresses);
            suspend();
        });
    }

    private void suspend() {
        Set<String> rest = new HashSet<>();
        for (Pool pool : servers.pools()) {
            VirtualServer conf = pool.conf();
            if (conf.haSuspend() && conf.services().stream()
                    .allMatch(service -> service instanceof AtAddress at && elsewhere.contains(at.address()))) {
                rest.add(conf.id());
            }
        }
        if (!rest.equals(suspended)) {
            suspended = rest;
            checks.suspend(rest);
        }
    }

    /** Many may wait by the time the thread comes to them: what follows is then done at once. */
    private void checked(Checked checked) {
        outcomes.add(checked);
        if (!woken.getAndSet(true)) {
            submit(this::judge);
        }
    }

    private void judge() {
        woken.set(false);
        Moment now = Moment.now();
        for (Checked checked = outcomes.poll(); checked != null; checked = outcomes.poll()) {
            servers.checked(checked, now);
        }
        carryOut(false);
    }

    private void tick() {
        if (servers.waits()) {
            servers.tick(balancer.present(), Moment.now());
            carryOut(false);
        }
    }

    private List<String> mend() {
        if (servers.failed() == 0) {
            return List.of();
        }
        servers.mend(balancer.present());
        return carryOut(true);
    }

    private List<String> carryOut(boolean mending) {
        Step step = servers.step(Moment.now());
        List<Order> orders = step.orders();
        List<String> actions = new ArrayList<>();
        if (!orders.isEmpty()) {
            List<Result> results = balancer.carryOut(orders);
            servers.settled(orders, results, mending);
            for (int i = 0; i < orders.size(); i++) {
                if (results.get(i) instanceof Failed failed) {
                    LOG.warn("{} failed: {}; it is tried again every {} s", Orders.text(orders.get(i)), failed.why(),
                            MEND_SECONDS);
                }
                actions.add(Orders.text(orders.get(i), results.get(i)));
            }
        }
        step.notices().forEach(teller::tell);
        return actions;
    }

    /** What is known of all virtual servers. */
    public List<ServiceStatus> status() {
        return ask(() -> Statuses.of(servers.pools(), balancer.present(), suspended));
    }

    /** What somebody else changed in the dataplane, a line each. */
    public List<String> differences() {
        return ask(() -> servers.differences(balancer.present()));
    }

    /** Orders that succeeded only when they were tried again. */
    public long mended() {
        return ask(servers::mended);
    }

    /** As {@link Operator#drain}. */
    public Answer drain(ServerPattern which, @Nullable Duration limit) {
        return hand(which, (_, now) -> new Hand.Drained(
                limit == null ? Long.MAX_VALUE : now.nanos() + limit.toNanos(), false, now.wall()));
    }

    /** As {@link Operator#disable}. */
    public Answer disable(ServerPattern which) {
        return hand(which, (_, now) -> new Hand.Disabled(now.wall()));
    }

    /** As {@link Operator#enable}. */
    public Answer enable(ServerPattern which) {
        return hand(which, (_, _) -> null);
    }

    /** As {@link Operator#weight}. */
    public Answer weight(ServerPattern which, int weight) {
        return hand(which, (member, now) -> new Hand.Weight(weight, member.conf().weight(), now.wall()));
    }

    /** What is said of one server. */
    private interface Saying {
        @Nullable
        Hand of(Member member, Moment now);
    }

    private Answer hand(ServerPattern which, Saying saying) {
        return ask(() -> {
            List<Operator.Change> changes = new ArrayList<>();
            Moment now = Moment.now();
            for (Pool pool : List.copyOf(servers.pools())) {
                for (Member member : List.copyOf(pool.members())) {
                    if (which.matches(pool.conf(), member.conf()) && !member.leaving()) {
                        servers.hand(pool, member, saying.of(member, now), now);
                        carryOut(false);
                        changes.add(new Operator.Change(pool.conf().name(), member.conf().name(pool.conf()),
                                Statuses.inWords(pool, member)));
                    }
                }
            }
            return changes.isEmpty()
                    ? Answer.refused("no real server is " + which + "; lb-ctl status lists them")
                    : new Answer(changes, null);
        });
    }

    private void submit(Runnable task) {
        try {
            thread.execute(guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("the daemon ends; a task less", e);
        }
    }

    private <T> T ask(Callable<T> question) {
        try {
            return thread.submit(question).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("virtual servers: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("virtual servers: no answer within " + PATIENCE.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Checks end, services go, and where it is wanted somebody is told; that takes some seconds at most. */
    @Override
    public void close() {
        checks.close();
        try {
            ask(() -> {
                servers.stop();
                return carryOut(false);
            });
        } catch (IllegalStateException e) {
            LOG.warn("virtual servers are not taken off in order", e);
        }
        thread.shutdown();
        teller.close();
    }
}
