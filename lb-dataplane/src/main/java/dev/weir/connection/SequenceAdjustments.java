package dev.weir.connection;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * By how much the sequence numbers of TCP connections differ on both sides of the director, for those few whose payload
 * changes length on its way (struct ip_vs_seq). A connection refers to its entry by number. Belongs to the owner of the
 * connections.
 *
 * <pre>
 * entry (32 bytes, the machine's byte order):
 *    0 what clients send: initial sequence number, delta, previous delta (4 each)   12 what servers send, likewise
 *   24 state of the application that changes the payload (4)   28 a sequence number that it remembers (4)
 * </pre>
 *
 * Segments that begin after the initial sequence number are shifted by delta, those before by the previous delta.
 */
public final class SequenceAdjustments {
    /** No entry. */
    public static final int NONE = 0;
    /** The two halves of a connection. */
    public static final int FROM_CLIENT = 0;
    public static final int FROM_SERVER = 12;

    private static final int ENTRY = 32;
    private static final int INITIAL = 0;
    private static final int DELTA = 4;
    private static final int PREVIOUS = 8;
    private static final int STATE = 24;
    private static final int MARK = 28;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final MemorySegment entries;
    private final int capacity;
    private int highWater = 1;
    /** The first of the entries given back, each of which names the next. */
    private int freed = NONE;

    SequenceAdjustments(Arena arena, int capacity) {
        entries = arena.allocate((capacity + 1L) * ENTRY, 64);
        this.capacity = capacity;
    }

    /** @return a fresh entry, or {@link #NONE} where all are in use */
    int take() {
        int entry = freed;
        if (entry != NONE) {
            freed = entries.get(INT, (long) entry * ENTRY);
        } else if (highWater <= capacity) {
            entry = highWater++;
        } else {
            return NONE;
        }
        entries.asSlice((long) entry * ENTRY, ENTRY).fill((byte) 0);
        return entry;
    }

    void free(int entry) {
        entries.set(INT, (long) entry * ENTRY, freed);
        freed = entry;
    }

    /** The sequence number, as its sender counts, of the last segment that changed its length. */
    public int initial(int entry, int half) {
        return entries.get(INT, (long) entry * ENTRY + half + INITIAL);
    }

    /** Bytes that the stream has grown by, in all. */
    public int delta(int entry, int half) {
        return entries.get(INT, (long) entry * ENTRY + half + DELTA);
    }

    /** The same before the last change. */
    public int previous(int entry, int half) {
        return entries.get(INT, (long) entry * ENTRY + half + PREVIOUS);
    }

    /**
     * A segment grew by {@code by} bytes (nf_ct_seqadj_set). One that is sent again, or is older than the last that
     * changed, changes nothing.
     */
    public void changed(int entry, int half, int sequence, int by) {
        int delta = delta(entry, half);
        if (delta == previous(entry, half) || sequence - initial(entry, half) > 0) {
            long at = (long) entry * ENTRY + half;
            entries.set(INT, at + INITIAL, sequence);
            entries.set(INT, at + PREVIOUS, delta);
            entries.set(INT, at + DELTA, delta + by);
        }
    }

    /** What the application wrote down, 0 at first. */
    public int state(int entry) {
        return entries.get(INT, (long) entry * ENTRY + STATE);
    }

    public void state(int entry, int value) {
        entries.set(INT, (long) entry * ENTRY + STATE, value);
    }

    public int mark(int entry) {
        return entries.get(INT, (long) entry * ENTRY + MARK);
    }

    public void mark(int entry, int value) {
        entries.set(INT, (long) entry * ENTRY + MARK, value);
    }
}
