package dev.weir.sync.stream;

import dev.weir.connection.ConnectionCopy;
import java.util.function.IntConsumer;

/** This director's connections, as the stream sees them. All methods are called by the stream's thread alone. */
public interface ConnectionTables {
    /** How many tables there are; a connection has a number in one of them. At most 255. */
    int tables();

    /** How many workers there are, at most 254. */
    int workers();

    /** Some number of how frames are divided among workers: of directors that have the same, as many workers divide equally. */
    int steering();

    /** Connections of a table have the numbers below this one so far. */
    int numbers(int table);

    /** How many connections there are. */
    int count();

    /** From now on changes are noted, or no more. */
    void note(boolean changes);

    /** The numbers of a table's connections that were made, changed or ended since the last call. */
    void takeChanges(int table, IntConsumer taker);

    /**
     * What a connection is now.
     *
     * @param now nanoseconds
     * @return false where none has this number that others may be told of
     */
    boolean read(int table, int number, ConnectionCopy into, long now);

    /** Takes in what another director tells; false where there is no room now. The copy may be used anew afterwards. */
    boolean give(ConnectionCopy copy);

    /** Whether all that was given has come to where packets find it. */
    boolean isSettled();
}
