package dev.weir.sync.stream;

import dev.weir.connection.ConnectionCopy;
import dev.weir.sync.stream.RefusedException.Reason;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of what one other director tells: each connection is given on to this one's tables, and remembered by the
 * other's number for it, so that its end, and another's beginning under the same number, are exact. Nothing is ever left
 * out: where there is no room, a batch waits where it is. Belongs to one thread.
 */
final class Receiver implements AutoCloseable {
    private static final int GENERATIONS = 1 << 16;

    private final ConnectionTables tables;
    private final Entry entry = new Entry();
    private final ConnectionCopy old = new ConnectionCopy();
    private @Nullable KnownTuples known;
    private long incarnation;
    private int generation;
    /** Of the first table that is being told: it is to be compared with what was known. */
    private boolean comparing;
    private int comparedTable;
    private int comparedNumber;
    private boolean sessionBegins;
    private long received;
    private long applied;
    private long completedBy;
    private long told;
    private long ended;

    Receiver(ConnectionTables tables) {
        this.tables = tables;
    }

    /** A session begins with a director of this incarnation and so many tables. */
    void begin(long otherIncarnation, int otherTables) {
        KnownTuples before = known;
        if (before == null || incarnation != otherIncarnation || before.tables() != otherTables) {
            // It has begun anew, and knows nothing of what it told: what it told stays, and teaches it.
            if (before != null) {
                before.close();
            }
            known = new KnownTuples(otherTables);
            incarnation = otherIncarnation;
            applied = 0;
            completedBy = 0;
        }
        received = applied;
        comparing = false;
        sessionBegins = true;
    }

    /** The incarnation of the other director that {@link #applied} is of; 0: none. */
    long incarnation() {
        return incarnation;
    }

    /** The last of its batches that has been applied whole. */
    long applied() {
        return applied;
    }

    /** What was given may have come to where packets find it by now. */
    void settle() {
        if (applied != received && tables.isSettled()) {
            applied = received;
        }
    }

    /** Whether a whole first table has been applied since the other director knew us to know nothing. */
    boolean isComplete() {
        return completedBy != 0 && applied >= completedBy;
    }

    /** Connections told of so far, those again and again as often. */
    long told() {
        return told;
    }

    long ended() {
        return ended;
    }

    /**
     * Takes a batch, from behind its kind.
     *
     * @return false where there is no room for more: to be called again with the rest of it
     */
    boolean take(ByteBuffer batch, boolean first) throws RefusedException {
        KnownTuples tuples = known;
        if (tuples == null) {
            throw new RefusedException(Reason.MALFORMED);
        }
        int head = 1 + Long.BYTES;
        if (batch.limit() <= head) {
            throw new RefusedException(Reason.MALFORMED);
        }
        long number = batch.getLong(1);
        int flags = batch.get(head);
        if (first) {
            batchBegins(number, flags);
            batch.position(head + 1);
        }
        while (batch.hasRemaining()) {
            int at = batch.position();
            entry.read(batch);
            if (!give(tuples)) {
                batch.position(at);
                return false;
            }
        }
        if ((flags & Message.TABLE_ENDS) != 0) {
            if (!endForgotten(tuples)) {
                return false;
            }
            completedBy = number;
        }
        received = number;
        return true;
    }

    private void batchBegins(long number, int flags) throws RefusedException {
        if (sessionBegins ? number <= received : number != received + 1) {
            throw new RefusedException(Reason.MALFORMED);
        }
        sessionBegins = false;
        if ((flags & Message.TABLE_BEGINS) != 0) {
            generation = (generation + 1) % GENERATIONS;
            comparing = true;
            comparedTable = 0;
            comparedNumber = 0;
            completedBy = 0;
        } else if ((flags & Message.TABLE_ENDS) != 0 && !comparing) {
            throw new RefusedException(Reason.MALFORMED);
        }
    }

    private boolean give(KnownTuples tuples) throws RefusedException {
        if (entry.table >= tuples.tables() || entry.number < 0 || entry.number >= KnownTuples.MOST_NUMBERS) {
            throw new RefusedException(Reason.MALFORMED);
        }
        ConnectionCopy copy = entry.copy;
        boolean isKnown = tuples.isKnown(entry.table, entry.number);
        if (isKnown) {
            tuples.read(entry.table, entry.number, old);
            boolean same = entry.kind != Entry.ENDED && KnownTuples.sameTuple(old, copy);
            if (!same && !end(tuples, entry.table, entry.number)) {
                return false;
            }
            if (!same || entry.kind == Entry.RELEASED) {
                tuples.remove(entry.table, entry.number);
                isKnown = false;
            }
        }
        if (entry.kind != Entry.TOLD) {
            return true;
        }
        if (!tables.give(copy)) {
            return false;
        }
        told++;
        if (copy.held) {
            // What the other director holds for another is not its to end.
            tuples.remove(entry.table, entry.number);
        } else if (isKnown) {
            tuples.told(entry.table, entry.number, generation);
        } else {
            tuples.put(entry.table, entry.number, copy, generation);
        }
        return true;
    }

    private boolean end(KnownTuples tuples, int table, int number) {
        tuples.read(table, number, old);
        old.kind = ConnectionCopy.Kind.ENDED;
        if (!tables.give(old)) {
            return false;
        }
        ended++;
        return true;
    }

    /** What the same incarnation told once, and not now that it told all, is no more. */
    private boolean endForgotten(KnownTuples tuples) {
        for (; comparedTable < tuples.tables(); comparedTable++, comparedNumber = 0) {
            int numbers = tuples.numbers(comparedTable);
            for (; comparedNumber < numbers; comparedNumber++) {
                if (tuples.isKnown(comparedTable, comparedNumber)
                        && tuples.generation(comparedTable, comparedNumber) != generation) {
                    if (!end(tuples, comparedTable, comparedNumber)) {
                        return false;
                    }
                    tuples.remove(comparedTable, comparedNumber);
                }
            }
        }
        comparing = false;
        return true;
    }

    @Override
    public void close() {
        if (known != null) {
            known.close();
        }
    }
}
