package dev.weir.sync.stream;

import java.util.Arrays;

/**
 * What one other director knows of one table, by the connections' numbers: whether it knows the connection and since when, when to
 * look at it again, and whether there is something to tell. Grows with the table. One thread's.
 */
final class Memory {
    /** The other director may or may not know it. */
    static final int PERHAPS = 1;
    private static final int FIRST_SIZE = 1024;

    private int[] told = new int[0];
    private int[] due = new int[0];
    private long[] dirty = new long[0];
    private int known;
    private int dirtyCount;

    /** There are numbers below this one. */
    void grow(int numbers) {
        if (numbers > told.length) {
            int size = Math.max(Math.max(FIRST_SIZE, numbers), told.length + (told.length >> 1));
            int whole = size + Long.SIZE - 1 & -Long.SIZE;
            told = Arrays.copyOf(told, whole);
            due = Arrays.copyOf(due, whole);
            dirty = Arrays.copyOf(dirty, whole / Long.SIZE);
        }
    }

    int size() {
        return told.length;
    }

    /** When it was told last; 0: the other director does not know it. */
    int told(int number) {
        return told[number];
    }

    void told(int number, int when) {
        known += (when == 0 ? 0 : 1) - (told[number] == 0 ? 0 : 1);
        told[number] = when;
    }

    /** When to look at it again; 0: never. */
    int due(int number) {
        return due[number];
    }

    void due(int number, int when) {
        due[number] = when;
    }

    void mark(int number) {
        long bit = 1L << number;
        int word = number / Long.SIZE;
        if ((dirty[word] & bit) == 0) {
            dirty[word] |= bit;
            dirtyCount++;
        }
    }

    /** Takes the mark of the first marked number from {@code from} on. @return that number, or -1 where none is marked */
    int takeMarked(int from) {
        if (dirtyCount == 0) {
            return -1;
        }
        int word = from / Long.SIZE;
        long bits = word < dirty.length ? dirty[word] & -1L << from : 0;
        while (bits == 0) {
            if (++word >= dirty.length) {
                return -1;
            }
            bits = dirty[word];
        }
        dirty[word] &= ~Long.lowestOneBit(bits);
        dirtyCount--;
        return word * Long.SIZE + Long.numberOfTrailingZeros(bits);
    }

    /** How many numbers the other director knows connections of. */
    int known() {
        return known;
    }

    int marked() {
        return dirtyCount;
    }

    /** The other director knows nothing. */
    void forget() {
        Arrays.fill(told, 0);
        Arrays.fill(due, 0);
        Arrays.fill(dirty, 0);
        known = 0;
        dirtyCount = 0;
    }
}
