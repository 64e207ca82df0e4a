package dev.weir.connection;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a persistence engine took from a packet, for each template made by one (pe_data): a SIP call's Call-ID. An entry
 * is a number that stands in its template's record; there are never more of them than templates.
 *
 * <pre>
 * entry (256 bytes):  0 length (1)   1 data (255)
 * </pre>
 */
final class EngineData {
    static final int NONE = Entries.NONE;
    private static final int ENTRY = 256;
    private static final int DATA = 1;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private final Entries entries;
    private final long key;

    /**
     * @param capacity entries at most
     * @param key      a secret, so that nobody can choose data that collide
     */
    EngineData(Arena arena, int capacity, long key) {
        entries = new Entries(arena, capacity, ENTRY);
        this.key = key;
    }

    /**
     * Copies what stands at {@code at}.
     *
     * @param length 1 to 255
     * @return the entry, or {@link #NONE} where there are as many as may be
     */
    int store(MemorySegment from, long at, int length) {
        int entry = entries.take();
        if (entry != NONE) {
            MemorySegment block = entries.block(entry);
            block.set(BYTE, entries.place(entry), (byte) length);
            MemorySegment.copy(from, at, block, entries.place(entry) + DATA, length);
        }
        return entry;
    }

    void release(int entry) {
        entries.release(entry);
    }

    boolean equal(int entry, MemorySegment data, long at, int length) {
        MemorySegment block = entries.block(entry);
        long place = entries.place(entry);
        return length(block, place) == length && MemorySegment.mismatch(block, place + DATA, place + DATA + length,
                data, at, at + length) < 0;
    }

    long hash(int entry) {
        MemorySegment block = entries.block(entry);
        long place = entries.place(entry);
        return hash(block, place + DATA, length(block, place));
    }

    long hash(MemorySegment data, long at, int length) {
        long mixed = key ^ length;
        int done = 0;
        for (; done + Long.BYTES <= length; done += Long.BYTES) {
            mixed = TupleHash.fold(mixed ^ data.get(LONG, at + done), key ^ 0xd6e8feb86659fd93L);
        }
        long rest = 0;
        for (; done < length; done++) {
            rest = rest << Byte.SIZE | data.get(BYTE, at + done) & 0xff;
        }
        return TupleHash.fold(mixed ^ rest, key ^ 0x9e3779b97f4a7c15L);
    }

    /** A copy of an entry, a character a byte, for whoever lists; null where it is none. */
    @Nullable
    String text(int entry) {
        MemorySegment block = entries.find(entry);
        if (block == null) {
            return null;
        }
        long place = entries.place(entry);
        byte[] bytes = block.asSlice(place + DATA, length(block, place)).toArray(BYTE);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Copies an entry to the start of an array of 255; any thread. @return its length, 0 where it is none */
    int copy(int entry, byte[] to) {
        MemorySegment block = entries.find(entry);
        if (block == null) {
            return 0;
        }
        long place = entries.place(entry);
        int length = length(block, place);
        MemorySegment.copy(block, BYTE, place + DATA, to, 0, length);
        return length;
    }

    private static int length(MemorySegment block, long place) {
        return block.get(BYTE, place) & 0xff;
    }
}
