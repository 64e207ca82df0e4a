package dev.weir.engine;

import dev.weir.connection.ConnectionEntry;
import dev.weir.connection.Timeouts;
import dev.weir.mark.MarkRules;
import dev.weir.port.Port;
import dev.weir.route.Routes;
import dev.weir.service.Counters;
import dev.weir.service.Services;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A director: the engines of all its workers, and what they share. Each {@link #engine} belongs to its worker's thread;
 * all else here any thread may call.
 */
public final class Engines implements Director, AutoCloseable {
    /** Rows of the kernel's connection table by default (conn_tab_bits 12), which ipvsadm shows as "size". */
    private static final int KERNEL_TABLE_SIZE = 4096;
    private static final long SECOND = 1_000_000_000L;

    private final Shared shared;
    private final @Nullable SharedTemplates templates;
    private final List<Engine> engines = new ArrayList<>();

    /**
     * @param services that count for as many workers
     * @param workers  what each of them receives on and sends by, at least one
     * @param now      nanoseconds, of the clock that {@link Engine#process} will be told
     */
    public Engines(Services services, Routes routes, List<WorkerPorts> workers, EngineOptions options, long now) {
        shared = new Shared(services, workers.getFirst().ports().stream().map(Port::name).toList(),
                Settings.DEFAULT.with(Sysctl.PMTU_DISC, options.pathMtuDiscovery() ? 1 : 0));
        if (services.workers() != workers.size()) {
            throw new IllegalArgumentException("services that " + services.workers() + " workers count for, not "
                    + workers.size());
        }
        EngineOptions share = options.of(workers.size());
        templates = workers.size() == 1 ? null : new SharedTemplates(shared, options, share.connections(), now);
        for (int worker = 0; worker < workers.size(); worker++) {
            engines.add(new Engine(shared, templates, worker, routes, workers.get(worker), share, now));
        }
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
        if (templates != null) {
            templates.close();
        }
    }
}
