package dev.weir.sync.stream;

import dev.weir.connection.ConnectionCopy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What one other director is told of this one's connections: to a director that knows nothing all, templates first; then
 * what changed, read anew when its turn comes, so that however much changes no queue grows; and, before half of the time
 * that a connection was last told to live has gone, that it lives on, if packets came. Belongs to one thread.
 */
final class Teller {
    /** Entries that may be on their way. */
    static final int WINDOW = 1 << 16;
    /** Due times and such are counted in eighths of a second. */
    private static final long TICK = TimeUnit.SECONDS.toNanos(1) / 8;
    private static final int TICKS_A_SECOND = 8;
    /** Never looked at again earlier than that, in ticks. */
    private static final int SOONEST = 2;
    /** What waits for packets is looked at so often, in ticks. */
    private static final int WAITING = 4;
    private static final int TABLE_HEAD = 1 + Long.BYTES + 1;

    private final ConnectionTables tables;
    private final Worth worth;
    private final long base;
    private final Window window = new Window(WINDOW);
    private final List<Memory> memories = new ArrayList<>();
    private final ConnectionCopy copy = new ConnectionCopy();
    private Walk walk = Walk.NOTHING;
    private int walkTable;
    private int walkNumber;
    private boolean walkBegins;
    private boolean tellsHeld;
    /** The batch that ended the first table; 0: it has not ended yet. */
    private long walkEnd;
    private int markedTable;
    private int markedNumber;
    private int sweptTable;
    private int sweptNumber;
    /** All that had changed by then has been applied. */
    private long appliedUpTo;
    /** All that had changed by then is in batches up to {@link #coveringBatch}. */
    private long coveredUpTo;
    private long coveringBatch;
    private long takenAt;

    /** How far the first table has come. */
    private enum Walk {
        /** The other director knows nothing, and nobody asks. */
        NOTHING, TEMPLATES, CONNECTIONS, DONE
    }

    Teller(ConnectionTables tables, Worth worth, long now) {
        this.tables = tables;
        this.worth = worth;
        base = now - 2 * TICK;
        for (int i = 0; i < tables.tables(); i++) {
            memories.add(new Memory());
        }
    }

    /** A connection was made, changed or ended. */
    void changed(int table, int number) {
        if (walk != Walk.NOTHING) {
            Memory memory = memories.get(table);
            memory.grow(number + 1);
            memory.mark(number);
        }
    }

    /** All changes up to now were told to {@link #changed}. */
    void taken(long now) {
        takenAt = now;
        if (isComplete() && marked() == 0 && window.size() == 0) {
            appliedUpTo = now;
        }
    }

    /**
     * The other director listens, and knows nothing, or what it knows is not known.
     *
     * @param stranger whether it has begun anew since: it may have lost what it told this one
     */
    void begin(boolean stranger, long now) {
        tellsHeld = stranger || tellsHeld && !isComplete();
        memories.forEach(Memory::forget);
        window.drain((table, number) -> {
        });
        walk = Walk.TEMPLATES;
        walkTable = 0;
        walkNumber = 0;
        walkBegins = true;
        walkEnd = 0;
        appliedUpTo = now;
        takenAt = now;
        coveringBatch = window.lastTold();
        coveredUpTo = now;
    }

    /**
     * The other director listens again, and has applied batches up to this one.
     *
     * @return false where that does not say what it knows, so that all is to be told anew by {@link #begin}
     */
    boolean resume(long batch) {
        boolean complete = walk == Walk.DONE && batch >= walkEnd;
        if (!complete || !window.applied(batch)) {
            return false;
        }
        window.drain((table, number) -> {
            memories.get(table).told(number, Memory.PERHAPS);
            memories.get(table).mark(number);
        });
        return true;
    }

    /** The other director has applied batches up to this one; false where it cannot have. */
    boolean applied(long batch) {
        if (!window.applied(batch)) {
            return false;
        }
        if (batch >= coveringBatch) {
            appliedUpTo = coveredUpTo;
        }
        return true;
    }

    /**
     * Writes a batch.
     *
     * @param into room for {@link Channel#LONGEST}
     * @return whether there was something to tell, and room in the window
     */
    boolean batch(ByteBuffer into, long now) {
        if (walk == Walk.NOTHING || !window.hasRoom()) {
            return false;
        }
        int begun = into.position();
        into.put(Message.BATCH).putLong(window.lastTold() + 1).put((byte) 0);
        int count = marked(into, begun, 0, now);
        if (walk != Walk.DONE) {
            count = walk(into, begun, count, now);
        }
        boolean ends = walk == Walk.DONE && walkEnd == 0;
        if (count == 0 && !walkBegins && !ends) {
            into.position(begun);
            return false;
        }
        into.put(begun + TABLE_HEAD - 1,
                (byte) ((walkBegins ? Message.TABLE_BEGINS : 0) | (ends ? Message.TABLE_ENDS : 0)));
        walkBegins = false;
        long batch = window.close();
        if (ends) {
            walkEnd = batch;
        }
        if (marked() == 0 && coveringBatch <= window.lastApplied()) {
            coveringBatch = batch;
            coveredUpTo = takenAt;
        }
        return true;
    }

    private static boolean isFull(ByteBuffer into, int begun, int count) {
        return Channel.LONGEST - (into.position() - begun) < Entry.LONGEST || count == Window.BATCH;
    }

    /** Changes have at most half of a batch while the first table is told, so that neither waits for the other. */
    private int marked(ByteBuffer into, int begun, int counted, long now) {
        int count = counted;
        int most = walk == Walk.DONE ? Window.BATCH : Window.BATCH / 2;
        for (int turns = 0; turns <= memories.size() && marked() > 0;) {
            if (isFull(into, begun, count) || count >= most
                    || walk != Walk.DONE && into.position() - begun > Channel.LONGEST / 2) {
                return count;
            }
            int number = memories.get(markedTable).takeMarked(markedNumber);
            if (number < 0) {
                markedTable = (markedTable + 1) % memories.size();
                markedNumber = 0;
                turns++;
            } else {
                markedNumber = number + 1;
                count += tell(markedTable, number, into, now);
            }
        }
        return count;
    }

    private int walk(ByteBuffer into, int begun, int counted, long now) {
        int count = counted;
        while (!isFull(into, begun, count)) {
            if (walkNumber >= tables.numbers(walkTable)) {
                walkNumber = 0;
                if (++walkTable == tables.tables()) {
                    walkTable = 0;
                    walk = walk == Walk.TEMPLATES ? Walk.CONNECTIONS : Walk.DONE;
                    if (walk == Walk.DONE) {
                        return count;
                    }
                }
            } else {
                count += first(walkTable, walkNumber++, into, now);
            }
        }
        return count;
    }

    /** A director that begins is told what others told this one, too: they may be gone, or it may be they. */
    private int first(int table, int number, ByteBuffer into, long now) {
        Memory memory = memories.get(table);
        memory.grow(number + 1);
        if (memory.told(number) != 0 || !tables.read(table, number, copy, now)
                || copy.isTemplate() != (walk == Walk.TEMPLATES)) {
            return 0;
        }
        if (!copy.held) {
            return tell(table, number, into, now);
        }
        if (!tellsHeld) {
            return 0;
        }
        Entry.put(Entry.TOLD, table, number, copy, into);
        window.add(table, number);
        return 1;
    }

    private int tell(int table, int number, ByteBuffer into, long now) {
        Memory memory = memories.get(table);
        boolean known = memory.told(number) != 0;
        if (!tables.read(table, number, copy, now)) {
            return end(table, number, into);
        }
        if (copy.held) {
            return release(table, number, into);
        }
        if (known ? !worth.follows(copy) : worth.of(copy) != Worth.Verdict.TELL) {
            int count = end(table, number, into);
            memory.due(number, worth.of(copy) == Worth.Verdict.LOOK_AGAIN ? ticks(now) + WAITING : 0);
            return count;
        }
        Entry.put(Entry.TOLD, table, number, copy, into);
        window.add(table, number);
        memory.told(number, ticks(now));
        memory.due(number, ticks(now) + lookAfter(copy));
        return 1;
    }

    /** Nothing where the other director does not know it. */
    private int end(int table, int number, ByteBuffer into) {
        Memory memory = memories.get(table);
        memory.due(number, 0);
        if (memory.told(number) == 0) {
            return 0;
        }
        Entry.putEnd(table, number, into);
        window.add(table, number);
        memory.told(number, 0);
        return 1;
    }

    /** The number means a connection now that is another director's: that which it meant, or one after that. */
    private int release(int table, int number, ByteBuffer into) {
        Memory memory = memories.get(table);
        memory.due(number, 0);
        if (memory.told(number) == 0) {
            return 0;
        }
        Entry.put(Entry.RELEASED, table, number, copy, into);
        window.add(table, number);
        memory.told(number, 0);
        return 1;
    }

    /** Half of what is left of a connection's time, in ticks. */
    private static int lookAfter(ConnectionCopy of) {
        long left = (long) of.timeout * TICKS_A_SECOND - of.age / TICK;
        return (int) Math.max(SOONEST, left / 2);
    }

    private int ticks(long now) {
        return (int) ((now - base) / TICK);
    }

    /** Looks at so many numbers for what is due; called all the time, so that each number is looked at several times a second. */
    void sweep(int count, long now) {
        if (walk == Walk.NOTHING) {
            return;
        }
        int ticks = ticks(now);
        for (int i = 0; i < count; i++) {
            Memory memory = memories.get(sweptTable);
            if (sweptNumber >= memory.size()) {
                sweptNumber = 0;
                sweptTable = (sweptTable + 1) % memories.size();
                continue;
            }
            int due = memory.due(sweptNumber);
            if (due != 0 && due <= ticks) {
                look(memory, ticks, now);
            }
            sweptNumber++;
        }
    }

    private void look(Memory memory, int ticks, long now) {
        int told = memory.told(sweptNumber);
        boolean silent = told > Memory.PERHAPS && tables.read(sweptTable, sweptNumber, copy, now) && !copy.held
                && copy.age / TICK >= ticks - told;
        if (silent) {
            memory.due(sweptNumber, ticks + lookAfter(copy));
        } else {
            memory.due(sweptNumber, 0);
            memory.mark(sweptNumber);
        }
    }

    /** Numbers in all tables. */
    int size() {
        return memories.stream().mapToInt(Memory::size).sum();
    }

    private int marked() {
        int marked = 0;
        for (int i = 0; i < memories.size(); i++) {
            marked += memories.get(i).marked();
        }
        return marked;
    }

    /** Connections that the other director has applied. */
    int applied() {
        return Math.max(0, memories.stream().mapToInt(Memory::known).sum() - window.size());
    }

    /** Connections that it is to know, as far as that is known. */
    int wanted() {
        int known = memories.stream().mapToInt(Memory::known).sum();
        return isComplete() ? known + Math.min(marked(), tables.count()) : Math.max(known, tables.count());
    }

    /** Whether the whole first table has been applied. */
    boolean isComplete() {
        return walk == Walk.DONE && walkEnd != 0 && window.lastApplied() >= walkEnd;
    }

    /** Nanoseconds by which the other director is behind. */
    long behind(long now) {
        return isComplete() && marked() == 0 && window.size() == 0 ? 0 : Math.max(0, now - appliedUpTo);
    }
}
