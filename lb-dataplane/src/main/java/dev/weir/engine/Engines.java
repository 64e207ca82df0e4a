package dev.weir.engine;

import dev.weir.connection.ConnectionEntry;
import dev.weir.connection.Timeouts;
import dev.weir.mark.MarkRules;
import dev.weir.port.CrossingPort;
import dev.weir.port.Port;
import dev.weir.route.Routes;
import dev.weir.service.Counters;
import dev.weir.service.Services;
import dev.weir.wire.ClientHash;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * A director: the engines of all its workers, and what they share. Each {@link #engine} belongs to its worker's thread;
 * all else here any thread may call.
 */
public final class Engines implements Director, AutoCloseable {
    /** Rows of the kernel's connection table by default (conn_tab_bits 12), which ipvsadm shows as "size". */
    private static final int KERNEL_TABLE_SIZE = 4096;
    private static final long SECOND = 1_000_000_000L;
    /** Bytes of frames that may wait for one worker, shared by those they come from. */
    private static final int CROSSINGS = 8 << 20;
    private static final int LEAST_CROSSING = 1 << 20;

    private final Shared shared;
    private final @Nullable SharedTemplates templates;
    private final List<Engine> engines = new ArrayList<>();
    /** What each worker receives on. */
    private final List<List<Port>> receiving = new ArrayList<>();
    /** From the first worker to the second. */
    private final @Nullable CrossingPort[][] crossings;
    private final Routes routes;
    private volatile Arrivals arrivals = to -> {
    };

    /** Told, in another thread, that there is something for a worker, who may sleep. */
    @FunctionalInterface
    public interface Arrivals {
        /** @param worker from 0 */
        void at(int worker);
    }

    /**
     * @param services that count for as many workers
     * @param workers  what each of them receives on and sends by, at least one
     * @param now      nanoseconds, of the clock that {@link Engine#process} will be told
     */
    public Engines(Services services, Routes routes, List<WorkerPorts> workers, EngineOptions options, long now) {
        this.routes = routes;
        ClientHash hash = clientHash(options, workers.size());
        shared = new Shared(services, workers.getFirst().ports().stream().map(Port::name).toList(),
                Settings.DEFAULT.with(Sysctl.PMTU_DISC, options.pathMtuDiscovery() ? 1 : 0),
                new Synchronisation(services, hash, workers.size(), to -> arrivals.at(to)));
        if (services.workers() != workers.size()) {
            throw new IllegalArgumentException("services that " + services.workers() + " workers count for, not "
                    + workers.size());
        }
        EngineOptions share = options.of(workers.size());
        templates = workers.size() == 1 ? null : new SharedTemplates(shared, options, share.connections(), now);
        crossings = crossings(workers.size());
        AtomicIntegerArray homes = Homes.counts();
        for (int worker = 0; worker < workers.size(); worker++) {
            Member member = new Member(worker, hash.byFlow() && workers.size() > 1, new Steering(hash, worker),
                    new Homes(hash, worker, homes), new OtherWorkers(crossings[worker], to -> arrivals.at(to)));
            engines.add(new Engine(shared, templates, member, routes, workers.get(worker), share, now));
            receiving.add(receiving(workers.get(worker).ports(), member));
        }
        if (templates != null) {
            shared.synchronisation().add(templates.table(), share.connections());
        }
    }

    private static @Nullable CrossingPort[][] crossings(int workers) {
        @Nullable
        CrossingPort[][] made = new @Nullable CrossingPort[workers][workers];
        for (int from = 0; from < workers; from++) {
            for (int to = 0; to < workers; to++) {
                if (from != to) {
                    made[from][to] = new CrossingPort("from worker " + from + " to " + to,
                            Math.max(LEAST_CROSSING, Integer.highestOneBit(CROSSINGS / (workers - 1))));
                }
            }
        }
        return made;
    }

    private List<Port> receiving(List<Port> ports, Member member) {
        if (crossings.length == 1) {
            return ports;
        }
        List<Port> all = new ArrayList<>();
        for (Port port : ports) {
            all.add(new SteeredPort(port, services(), member.steering(), engines.get(member.worker()).counters(),
                    member.others()));
        }
        for (@Nullable
        CrossingPort[] from : crossings) {
            CrossingPort crossing = from[member.worker()];
            if (crossing != null) {
                all.add(crossing);
            }
        }
        return List.copyOf(all);
    }

    /** By what a program in the kernel may steer frames to workers ({@link Steering} corrects it where it errs). */
    public static ClientHash clientHash(EngineOptions options, int workers) {
        return new ClientHash(options.steeringKey(), workers, options.byFlow());
    }

    /** How many workers there are. */
    public int workers() {
        return engines.size();
    }

    /** What a worker's thread receives on: of several workers also what others pass on to it. */
    public List<Port> receiving(int worker) {
        return receiving.get(worker);
    }

    /** Whether others have passed on something that a worker has not received yet. Its thread may ask. */
    public boolean hasArrivals(int worker) {
        for (@Nullable
        CrossingPort[] from : crossings) {
            CrossingPort crossing = from[worker];
            if (crossing != null && !crossing.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether there is something for a worker that none of its ports' descriptors shows: such frames, or other directors'
     * connections. Its thread may ask.
     */
    public boolean hasWork(int worker) {
        return hasArrivals(worker) || shared.synchronisation().hasGiven(worker);
    }

    /** @param listener told from now on of frames that workers have for each other, and of other directors' connections */
    public void onArrival(Arrivals listener) {
        arrivals = listener;
    }

    /** For who keeps other directors informed. */
    public Synchronisation synchronisation() {
        return shared.synchronisation();
    }

    /** What one worker has counted up to this moment. */
    public FrameCounters counters(int worker) {
        return FrameCounters.sum(List.of(engines.get(worker).counters()));
    }

    /** @param worker from 0 */
    public Engine engine(int worker) {
        return engines.get(worker);
    }

    /** What all workers have counted up to this moment. */
    public FrameCounters counters() {
        return FrameCounters.sum(engines.stream().map(Engine::counters).toList());
    }

    /** Received frames that are neither sent nor dropped yet: fragments, and frames that wait for a neighbour. */
    public int waiting() {
        return engines.stream().mapToInt(Engine::waiting).sum();
    }

    /**
     * What happens to services with time: rates are measured unless run_estimation forbids it, removed servers forgotten.
     * Whoever owns the clock calls it every {@link Counters#RATE_INTERVAL_SECONDS}, in a thread other than a worker's.
     */
    public void estimate() {
        if (settings().runEstimation()) {
            services().measureRates();
        }
        services().forgetRemoved();
    }

    @Override
    public Services services() {
        return shared.services();
    }

    @Override
    public Timeouts timeouts() {
        return shared.timeouts();
    }

    @Override
    public void timeouts(Timeouts changed) {
        shared.timeouts(changed);
    }

    @Override
    public Settings settings() {
        return shared.settings();
    }

    @Override
    public void settings(Settings changed) {
        services().schedulers().lblcExpiration(changed.lblcExpiration() * SECOND);
        services().schedulers().lblcrExpiration(changed.lblcrExpiration() * SECOND);
        shared.settings(changed);
    }

    @Override
    public void backup(boolean running) {
        shared.backup(running);
    }

    @Override
    public void takenOver(long until) {
        shared.stillUntil(until);
    }

    @Override
    public MarkRules markRules() {
        return shared.marks().rules();
    }

    @Override
    public void markRules(MarkRules changed) {
        shared.marks(changed);
    }

    @Override
    public List<ConnectionEntry> connections() {
        List<ConnectionEntry> entries = new ArrayList<>();
        if (templates != null) {
            entries.addAll(templates.list(engines.getFirst().now()));
        }
        engines.forEach(engine -> entries.addAll(engine.connections()));
        return entries;
    }

    @Override
    public List<LocalUse> localUse() {
        return engines.stream().flatMap(engine -> engine.localUse().stream()).toList();
    }

    @Override
    public boolean bears(IpAddress address) {
        return routes.isLocal(0, address.high(), address.low());
    }

    @Override
    public int connectionCount() {
        return (templates == null ? 0 : templates.table().count())
                + engines.stream().mapToInt(Engine::connectionCount).sum();
    }

    @Override
    public int connectionTableSize() {
        return KERNEL_TABLE_SIZE;
    }

    /** Frees all memory; no thread may use the engines any more. */
    @Override
    public void close() {
        engines.forEach(Engine::close);
        for (@Nullable
        CrossingPort[] from : crossings) {
            for (CrossingPort crossing : from) {
                if (crossing != null) {
                    crossing.close();
                }
            }
        }
        if (templates != null) {
            templates.close();
        }
    }
}
