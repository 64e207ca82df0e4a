package dev.weir.connection;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * By how much the sequence numbers of TCP connections differ on both sides of the director, for those whose payload
 * changes length on its way, or whose server must not get their own (struct ip_vs_seq). A connection refers to its entry by number. Belongs to the owner of the
 * connections.
 *
 * <pre>
 * entry (40 bytes, the machine's byte order):
 *    0 what clients send: initial sequence number, delta, previous delta (4 each)   12 what servers send, likewise
 *   24 state of the application that changes the payload (4)   28 a sequence number that it remembers (4)
 *   32 under FULLNAT: how the connection begins (4)   36 by how much its SYN is shifted (4)
 * </pre>
 *
 * Segments that begin after the initial sequence number are shifted by delta, those before by the previous delta.
 */
public final class SequenceAdjustments {
    /** The two halves of a connection. */
    public static final int FROM_CLIENT = 0;
    public static final int FROM_SERVER = 12;

    /** The first words of an entry, which are about sequence numbers. */
    static final int SEQUENCE_WORDS = 6;
    private static final int ENTRY = 40;
    private static final int INITIAL = 0;
    private static final int DELTA = 4;
    private static final int PREVIOUS = 8;
    private static final int STATE = 24;
    private static final int MARK = 28;
    private static final int BEGINNING = 32;
    private static final int SYN_SHIFT = 36;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final Entries entries;

    SequenceAdjustments(Arena arena, int capacity) {
        entries = new Entries(arena, capacity, ENTRY);
    }

    /** A fresh entry: there are as many as connections. */
    int take() {
        int entry = entries.take();
        entries.block(entry).asSlice(entries.place(entry), ENTRY).fill((byte) 0);
        return entry;
    }

    void free(int entry) {
        entries.release(entry);
    }

    /** Copies an entry; a thread that is not the owner's may find none, and the connection's stamp will say so. */
    void copy(int entry, int[] to) {
        MemorySegment block = entries.find(entry);
        for (int i = 0; block != null && i < to.length; i++) {
            to[i] = block.get(INT, entries.place(entry) + (long) i * Integer.BYTES);
        }
    }

    /** The owner: the entry becomes what another director said. */
    void restore(int entry, int[] from, int words) {
        for (int i = 0; i < words; i++) {
            set(entry, i * Integer.BYTES, from[i]);
        }
    }

    private int get(int entry, int field) {
        return entries.block(entry).get(INT, entries.place(entry) + field);
    }

    private void set(int entry, int field, int value) {
        entries.block(entry).set(INT, entries.place(entry) + field, value);
    }

    /** The sequence number, as its sender counts, of the last segment that changed its length. */
    public int initial(int entry, int half) {
        return get(entry, half + INITIAL);
    }

    /** Bytes that the stream has grown by, in all. */
    public int delta(int entry, int half) {
        return get(entry, half + DELTA);
    }

    /** The same before the last change. */
    public int previous(int entry, int half) {
        return get(entry, half + PREVIOUS);
    }

    /**
     * A segment grew by {@code by} bytes (nf_ct_seqadj_set). One that is sent again, or is older than the last that
     * changed, changes nothing.
     */
    public void changed(int entry, int half, int sequence, int by) {
        int delta = delta(entry, half);
        if (delta == previous(entry, half) || sequence - initial(entry, half) > 0) {
            set(entry, half + INITIAL, sequence);
            set(entry, half + PREVIOUS, delta);
            set(entry, half + DELTA, delta + by);
        }
    }

    /** From now on its numbers are shifted by {@code delta} after the sequence number {@code initial}, by {@code previous} before. */
    public void shift(int entry, int half, int initial, int delta, int previous) {
        set(entry, half + INITIAL, initial);
        set(entry, half + DELTA, delta);
        set(entry, half + PREVIOUS, previous);
    }

    /** What the application wrote down, 0 at first. */
    public int state(int entry) {
        return get(entry, STATE);
    }

    public void state(int entry, int value) {
        set(entry, STATE, value);
    }

    public int mark(int entry) {
        return get(entry, MARK);
    }

    public void mark(int entry, int value) {
        set(entry, MARK, value);
    }

    /** What FULLNAT wrote down of how the connection begins, 0 at first. */
    public int beginning(int entry) {
        return get(entry, BEGINNING);
    }

    public void beginning(int entry, int value) {
        set(entry, BEGINNING, value);
    }

    /** By how much FULLNAT shifts the client's SYN. */
    public int synShift(int entry) {
        return get(entry, SYN_SHIFT);
    }

    public void synShift(int entry, int value) {
        set(entry, SYN_SHIFT, value);
    }
}
