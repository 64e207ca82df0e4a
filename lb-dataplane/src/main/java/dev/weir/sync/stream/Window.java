package dev.weir.sync.stream;

/**
 * What was told and is not known to have been applied: the connections of each batch, in order. Bounded: where it is full,
 * telling waits. One thread's.
 */
final class Window {
    /** Entries that a batch has at most. */
    static final int BATCH = 512;
    private static final int BATCHES = 1 << 10;

    private final long[] entries;
    private final long[] ends = new long[BATCHES];
    private long first;
    private long next;
    /** The number of the last batch that was applied, and of the last one told. */
    private long applied;
    private long told;

    /** @param size entries at most, a power of two */
    Window(int size) {
        entries = new long[size];
    }

    interface Unapplied {
        void entry(int table, int number);
    }

    /** Whether a whole batch more fits. */
    boolean hasRoom() {
        return entries.length - (next - first) >= BATCH && told - applied < BATCHES;
    }

    void add(int table, int number) {
        entries[(int) (next++ & entries.length - 1)] = (long) table << Integer.SIZE | number;
    }

    /** What was added since the last call is a batch. @return its number, from 1 */
    long close() {
        told++;
        ends[(int) (told % BATCHES)] = next;
        return told;
    }

    /** Batches up to this one were applied. @return false where there is no such batch */
    boolean applied(long batch) {
        if (batch < applied || batch > told) {
            return false;
        }
        if (batch > applied) {
            first = ends[(int) (batch % BATCHES)];
            applied = batch;
        }
        return true;
    }

    /** Tells of all entries that were not applied, and forgets them. */
    void drain(Unapplied taker) {
        for (; first < next; first++) {
            long entry = entries[(int) (first & entries.length - 1)];
            taker.entry((int) (entry >>> Integer.SIZE), (int) entry);
        }
        applied = told;
    }

    /** Entries that were told and not applied. */
    int size() {
        return (int) (next - first);
    }

    long lastTold() {
        return told;
    }

    long lastApplied() {
        return applied;
    }
}
