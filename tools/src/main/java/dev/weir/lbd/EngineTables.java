package dev.weir.lbd;

import dev.weir.connection.ConnectionCopy;
import dev.weir.engine.Synchronisation;
import dev.weir.sync.stream.ConnectionTables;
import java.util.function.IntConsumer;

/** The engines' connections for Weir's own synchronisation. */
public final class EngineTables implements ConnectionTables {
    private final Synchronisation synchronisation;

    public EngineTables(Synchronisation synchronisation) {
        this.synchronisation = synchronisation;
    }

    @Override
    public int tables() {
        return synchronisation.tables();
    }

    @Override
    public int workers() {
        return synchronisation.workers();
    }

    @Override
    public int steering() {
        return synchronisation.steering();
    }

    @Override
    public int numbers(int table) {
        return synchronisation.numbers(table);
    }

    @Override
    public int count() {
        return synchronisation.count();
    }

    @Override
    public void note(boolean changes) {
        synchronisation.note(changes);
    }

    @Override
    public void takeChanges(int table, IntConsumer taker) {
        synchronisation.takeChanges(table, taker);
    }

    @Override
    public boolean read(int table, int number, ConnectionCopy into, long now) {
        return synchronisation.read(table, number, into, now);
    }

    @Override
    public boolean give(ConnectionCopy copy) {
        return synchronisation.give(copy);
    }

    @Override
    public boolean isSettled() {
        return synchronisation.isSettled();
    }
}
