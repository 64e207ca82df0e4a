package dev.weir.ipvsadm;

import dev.weir.connection.ConnectionEntry;
import dev.weir.connection.Timeouts;
import dev.weir.engine.Director;
import dev.weir.engine.LocalUse;
import dev.weir.engine.Settings;
import dev.weir.mark.MarkRules;
import dev.weir.service.Services;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A director that forwards nothing: what commands set is kept, and connections are those that a test puts there. */
public final class StillDirector implements Director {
    public final List<ConnectionEntry> connections = new ArrayList<>();
    public final List<LocalUse> localUse = new ArrayList<>();
    /** Addresses that the host does not bear. */
    public final Set<IpAddress> absent = new HashSet<>();
    private final Services services = new Services();
    private Timeouts timeouts = Timeouts.DEFAULT;
    private volatile Settings settings = Settings.DEFAULT;
    private MarkRules markRules = MarkRules.NONE;
    boolean backup;

    @Override
    public Services services() {
        return services;
    }

    @Override
    public Timeouts timeouts() {
        return timeouts;
    }

    @Override
    public void timeouts(Timeouts changed) {
        timeouts = changed;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public void settings(Settings changed) {
        settings = changed;
    }

    @Override
    public void backup(boolean running) {
        backup = running;
    }

    @Override
    public void takenOver(long until) {
        throw new UnsupportedOperationException("it has no packets");
    }

    @Override
    public MarkRules markRules() {
        return markRules;
    }

    @Override
    public void markRules(MarkRules changed) {
        markRules = changed;
    }

    @Override
    public List<ConnectionEntry> connections() {
        return connections;
    }

    @Override
    public List<LocalUse> localUse() {
        return localUse;
    }

    @Override
    public boolean bears(IpAddress address) {
        return !absent.contains(address);
    }

    @Override
    public int connectionCount() {
        return connections().size();
    }

    @Override
    public int connectionTableSize() {
        return 4096;
    }
}
