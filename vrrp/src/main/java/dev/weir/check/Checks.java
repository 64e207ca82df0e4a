package dev.weir.check;

import dev.weir.bfd.SessionStates;
import dev.weir.check.Course.Beginning;
import dev.weir.check.Running.Shared;
import dev.weir.conf.Configuration;
import dev.weir.conf.HealthCheck.Path;
import dev.weir.notify.ScriptRunner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** All checks that are wanted, each on a virtual thread of its own. */
public final class Checks implements AutoCloseable {
    /** What a check that is removed may need to give up its question. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final RandomGenerator random;
    private final Factory factory;
    private final Lateness lateness = new Lateness();
    private final Shared shared;
    private final Map<CheckKey, Running> running = new HashMap<>();
    private volatile Set<String> suspended = Set.of();
    private boolean closed;

    /**
     * What checks need of others, who own it.
     *
     * @param path     null where there is no dataplane
     * @param sessions that BFD_CHECKs follow
     * @param random   of warmup
     */
    public record Surroundings(ScriptRunner runner, @Nullable VipPath path, SessionStates sessions,
            RandomGenerator random) {
    }

    /** @param listener called from virtual threads, for each check from one at a time; must not block */
    public Checks(Surroundings surroundings, Consumer<Checked> listener) {
        this.random = surroundings.random();
        this.factory = new Factory(surroundings);
        this.shared = new Shared(listener, () -> suspended, lateness);
    }

    /** Makes what runs what is wanted: checks with equal keys go on, perhaps at another pace. */
    public synchronized void configure(List<Wanted> wanted, Configuration configuration) {
        if (closed) {
            return;
        }
        factory.configure(wanted, configuration);
        Map<CheckKey, Running> past = new HashMap<>(running);
        Map<List<String>, Boolean> standing = standing(past);
        List<Running> begun = new ArrayList<>();
        running.clear();
        for (Wanted one : wanted) {
            if (running.containsKey(one.key())) {
                continue; // the very same check is there
            }
            Running present = past.remove(one.key());
            List<Object> parts = parts(one, configuration);
            if (present != null && present.parts().equals(parts)) {
                running.put(one.key(), present);
                continue;
            }
            Running next = new Running(one, parts, factory.make(one, configuration),
                    present == null ? course(one, standing.getOrDefault(server(one), false)) : present.course(), shared,
                    present);
            running.put(one.key(), next);
            begun.add(next);
            if (present != null) {
                present.stop();
            }
        }
        past.values().forEach(Running::stop);
        begun.forEach(Running::start);
    }

    /** All that makes a check another than it was. */
    private static List<Object> parts(Wanted wanted, Configuration configuration) {
        List<Object> parts = new ArrayList<>(Factory.parts(wanted, configuration));
        parts.add(wanted.check());
        if (wanted.check().connection().path() == Path.VIP) {
            parts.add(wanted.service());
            parts.add(wanted.server().method());
        }
        return parts;
    }

    /** Of each server that was checked before, whether all its checks say up. */
    private static Map<List<String>, Boolean> standing(Map<CheckKey, Running> past) {
        Map<List<String>, Boolean> standing = new HashMap<>();
        past.values().forEach(check -> standing.merge(server(check.wanted()), check.isUp(), Boolean::logicalAnd));
        return standing;
    }

    private static List<String> server(Wanted wanted) {
        return List.of(wanted.key().service(), wanted.key().server());
    }

    /** @param up whether it joins other checks of its server that all say up */
    private Course course(Wanted wanted, boolean up) {
        return new Course(wanted.check(), up ? Beginning.UP : Beginning.UNKNOWN, System.nanoTime(),
                random.nextDouble());
    }

    /** Checks of these virtual servers, by their names, rest from now on, and no others. */
    public void suspend(Set<String> services) {
        suspended = Set.copyOf(services);
    }

    public synchronized int running() {
        return running.size();
    }

    /** How many have run. */
    public long runs() {
        return lateness.runs();
    }

    /** How many have begun more than a tenth of a second late. */
    public long late() {
        return lateness.late();
    }

    /** How late they began, in lines for an operator. */
    public String lateness() {
        return lateness.text();
    }

    /** Runs and their lateness count from now on. */
    public void clearLateness() {
        lateness.clear();
    }

    @Override
    public synchronized void close() {
        closed = true;
        running.values().forEach(Running::stop);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (Running check : running.values()) {
                check.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running.clear();
        factory.close();
    }
}
