package dev.weir.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * One of an AF_XDP socket's rings, of which the kernel has the other end. Entries are written before the producer's index
 * is released and read after it was acquired; the consumer's index in the same way tells which entries may be written
 * again. Indexes run on through 32 bits; one thread has our end.
 *
 * <pre>
 *   fill, completion   address in the UMEM (64)
 *   receive, transmit  address (64)   length (32)   options (32): 1 where the frame goes on in the next entry
 * </pre>
 */
final class XdpRing {
    private static final VarHandle INDEX = JAVA_INT.varHandle();
    private static final int NEED_WAKEUP = 1;
    /** XDP_PKT_CONTD. */
    private static final int CONTINUED = 1;

    private final MemorySegment map;
    private final long producerAt;
    private final long consumerAt;
    private final long flagsAt;
    private final long entriesAt;
    private final int entryLength;
    private final int size;
    private int producer;
    private int consumer;

    /**
     * @param offsets     struct xdp_ring_offset: where producer, consumer, entries and flags stand
     * @param entryLength 8 or 16
     * @param size        a power of two
     */
    XdpRing(MemorySegment map, MemorySegment offsets, int entryLength, int size) {
        this.map = map;
        producerAt = offsets.get(JAVA_LONG, 0);
        consumerAt = offsets.get(JAVA_LONG, 8);
        entriesAt = offsets.get(JAVA_LONG, 16);
        flagsAt = offsets.get(JAVA_LONG, 24);
        this.entryLength = entryLength;
        this.size = size;
        producer = (int) INDEX.getAcquire(map, producerAt);
        consumer = (int) INDEX.getAcquire(map, consumerAt);
    }

    /** How many entries we may write. For the producer. */
    int room() {
        int room = size - (producer - consumer);
        return room > 0 ? room : refreshedRoom();
    }

    private int refreshedRoom() {
        // Pairs with the kernel's release of its consumer index, after it has read the entries.
        consumer = (int) INDEX.getAcquire(map, consumerAt);
        return size - (producer - consumer);
    }

    /** How many entries the kernel has not taken yet. For the producer. */
    int waiting() {
        return size - refreshedRoom();
    }

    /** How many frames they are, of which the last, or only, piece is such an entry. */
    int waitingFrames() {
        int frames = 0;
        for (int i = producer - waiting(); i != producer; i++) {
            frames += (map.get(JAVA_INT, at(i) + 12) & CONTINUED) == 0 ? 1 : 0;
        }
        return frames;
    }

    /** Where the next entry is written. */
    private long next() {
        return at(producer++);
    }

    /** Writes an address where there is {@link #room}; the kernel sees it after {@link #publish}. */
    void put(long address) {
        map.set(JAVA_LONG, next(), address);
    }

    void put(long address, int length, boolean continued) {
        long entry = next();
        map.set(JAVA_LONG, entry, address);
        map.set(JAVA_INT, entry + 8, length);
        map.set(JAVA_INT, entry + 12, continued ? CONTINUED : 0);
    }

    void publish() {
        // Pairs with the kernel's acquire of the producer index: it sees the entries, and what was written to frames.
        INDEX.setRelease(map, producerAt, producer);
    }

    /** How many entries have come that were not taken; more may have, unless it is 0. For the consumer. */
    int come() {
        int come = producer - consumer;
        return come > 0 ? come : allCome();
    }

    /** How many entries have come by now that were not taken. For the consumer. */
    int allCome() {
        // Pairs with the kernel's release of its producer index, after it has written entries and frames.
        producer = (int) INDEX.getAcquire(map, producerAt);
        return producer - consumer;
    }

    /** The address of the {@code i}th entry that has come. */
    long address(int i) {
        return map.get(JAVA_LONG, entry(i));
    }

    int length(int i) {
        return map.get(JAVA_INT, entry(i) + 8);
    }

    /** Whether the frame goes on in the next entry. */
    boolean isContinued(int i) {
        return (map.get(JAVA_INT, entry(i) + 12) & CONTINUED) != 0;
    }

    private long entry(int i) {
        return at(consumer + i);
    }

    private long at(int index) {
        return entriesAt + (long) (index & size - 1) * entryLength;
    }

    void taken(int count) {
        consumer += count;
        // Pairs with the kernel's acquire of the consumer index: it writes entries anew only after we have read them.
        INDEX.setRelease(map, consumerAt, consumer);
    }

    /** The kernel does not look at the ring by itself now; a system call makes it do so. */
    boolean needsWakeup() {
        return ((int) INDEX.getAcquire(map, flagsAt) & NEED_WAKEUP) != 0;
    }

}
