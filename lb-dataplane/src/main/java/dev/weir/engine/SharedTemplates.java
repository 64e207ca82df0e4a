package dev.weir.engine;

import dev.weir.connection.ConnectionEntry;
import dev.weir.connection.Connections;
import dev.weir.sys.HugePageArena;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The templates of several workers, in a table of their own. Whoever has the lock may read and write it; it is had for as
 * long as one connection takes to begin or end. The first worker lets templates end when their time has come. Any thread
 * may list and count.
 */
final class SharedTemplates {
    /** Looked at in one call at most, so that no worker waits long. */
    private static final int STEPS = 64;
    private static final int SPINS = 256;

    private final ReentrantLock lock = new ReentrantLock();
    private final Connections table;
    private final Tracker tracker;
    private final LostConnections lost;
    private final Defence defence;
    private final Telling telling;

    SharedTemplates(Shared director, EngineOptions options, int capacity, long now) {
        table = new Connections(new HugePageArena(), capacity, options.hashKey(), now);
        Templates own = new Templates(table, director.services(), null);
        tracker = new Tracker(table, own, director.services(), 0, Homes.alone());
        Synchronisation synchronisation = director.synchronisation();
        telling = new Telling(table, own, tracker, synchronisation, synchronisation.link(0));
        lost = new LostConnections(table, tracker, director.services().deletions());
        defence = new Defence(table, tracker, director, options.hashKey());
    }

    /** Looks for a while first, which is longer than it is had. May be taken again by who has it. */
    void lock() {
        for (int spins = 0; spins < SPINS; spins++) {
            if (lock.tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        // The one that has it may wait for this very core.
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    Connections table() {
        return table;
    }

    Tracker tracker() {
        return tracker;
    }

    /** Between two bursts of the first worker. */
    void tick(Shared director, Settings settings, long now) {
        lock();
        try {
            tracker.begin(director.timeouts(), settings, now);
            Synchronisation synchronisation = director.synchronisation();
            table.noteChanges(synchronisation.changes(synchronisation.tables() - 1));
            telling.begin(settings, now);
            table.expire(now, STEPS, telling);
            lost.expire(director.services().deletions(), settings.expireNodestConn());
            defence.dropEntries(now);
        } finally {
            unlock();
        }
    }

    /** A second has passed. */
    void second(Settings settings) {
        lock();
        try {
            defence.update(settings);
            defence.second();
        } finally {
            unlock();
        }
    }

    List<ConnectionEntry> list(long now) {
        return table.list(now);
    }

    void close() {
        table.close();
    }
}
