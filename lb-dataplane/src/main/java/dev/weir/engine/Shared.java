package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.Timeouts;
import dev.weir.mark.MarkClassifier;
import dev.weir.mark.MarkRules;
import dev.weir.service.Services;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** What all workers of a director go by. The control thread changes it; each worker takes the newest once a burst. */
final class Shared {
    private static final long NEVER = Long.MIN_VALUE;

    private final Services services;
    private final List<String> interfaces;
    /** The control thread writes them; a worker, too, where {@link Defence} changes a mode. */
    private final AtomicReference<Settings> settings;
    private final List<Connections> tables = new CopyOnWriteArrayList<>();
    private volatile Timeouts timeouts = Timeouts.DEFAULT;
    private volatile MarkClassifier marks;
    private volatile boolean backup;
    /** Nanoseconds; {@link #NEVER}: not at all. */
    private volatile long stillUntil = NEVER;

    private final Synchronisation synchronisation;

    /** @param interfaces the names of those opened, as their {@link PortTable#place} counts them */
    Shared(Services services, List<String> interfaces, Settings settings, Synchronisation synchronisation) {
        this.services = services;
        this.synchronisation = synchronisation;
        this.interfaces = List.copyOf(interfaces);
        this.settings = new AtomicReference<>(settings);
        marks = new MarkClassifier(MarkRules.NONE, this.interfaces);
    }

    /** Another worker has its connections in this table. */
    void add(Connections table) {
        tables.add(table);
    }

    /** How many more connections fit, in all workers' tables. */
    long freeConnections() {
        long free = 0;
        for (int i = 0; i < tables.size(); i++) {
            free += tables.get(i).free();
        }
        return free;
    }

    Synchronisation synchronisation() {
        return synchronisation;
    }

    Services services() {
        return services;
    }

    Settings settings() {
        return settings.get();
    }

    void settings(Settings changed) {
        settings.set(changed);
    }

    /** A worker changed a mode; where the control thread changed the settings in this moment, its change stands. */
    void adjust(Settings from, Settings to) {
        settings.compareAndSet(from, to);
    }

    Timeouts timeouts() {
        return timeouts;
    }

    void timeouts(Timeouts changed) {
        timeouts = changed;
    }

    MarkClassifier marks() {
        return marks;
    }

    void marks(MarkRules changed) {
        marks = new MarkClassifier(changed, interfaces);
    }

    boolean backup() {
        return backup;
    }

    void backup(boolean running) {
        backup = running;
    }

    boolean keepsStill(long now) {
        long until = stillUntil;
        return until != NEVER && now - until < 0;
    }

    void stillUntil(long until) {
        stillUntil = until;
    }
}
