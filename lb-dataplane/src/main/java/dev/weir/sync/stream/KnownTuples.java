package dev.weir.sync.stream;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which connection another director means by each of its numbers. A connection is known by one number at most: where it
 * is told of under another one, the first means nothing any more. Outside the heap are 16 bytes for each number, 32 more for each
 * of a block in which an IPv6 address was seen; in the heap 8 to 16 for the index. Memory comes in blocks as numbers are named. One thread's.
 *
 * <pre>
 * slot:
 *    0 client, IPv4 (4)   4 virtual address, IPv4 (4)   8 client port (2)   10 virtual port (2)
 *   12 protocol (1)   13 traits (1)   14 generation (2)
 * wide slot: 0 client (16)   16 virtual address (16)
 * </pre>
 */
final class KnownTuples implements AutoCloseable {
    /** More numbers than this no table has. */
    static final int MOST_NUMBERS = 1 << 26;
    private static final int BLOCK_BITS = 12;
    private static final int BLOCK = 1 << BLOCK_BITS;
    private static final int SLOT = 16;
    private static final int WIDE_SLOT = 32;
    private static final int VIRTUAL = 4;
    private static final int CLIENT_PORT = 8;
    private static final int VIRTUAL_PORT = 10;
    private static final int PROTOCOL = 12;
    private static final int TRAITS = 13;
    private static final int GENERATION = 14;
    private static final int PRESENT = 1;
    private static final int WIDE = 2;
    private static final int TEMPLATE = 4;
    private static final int ENGINE_DATA = 8;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfChar CHAR = ValueLayout.JAVA_CHAR_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final int FIRST_INDEX = 1 << 10;
    /** 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4). */
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;
    private static final int NONE = -1;

    private final Arena arena = Arena.ofShared();
    /** For each table the numbers of its blocks, and 1; 0: it has none such yet. */
    private final List<int[]> tables = new ArrayList<>();
    private final List<MemorySegment> blocks = new ArrayList<>();
    private final List<@Nullable MemorySegment> wideBlocks = new ArrayList<>();
    private final Map<Integer, byte[]> engineData = new HashMap<>();
    /** The places of known slots by their tuples, and 1; 0: free. Open addressing, half full at most. */
    private int[] index = new int[FIRST_INDEX];
    private int known;
    private final ConnectionCopy other = new ConnectionCopy();

    KnownTuples(int tables) {
        for (int i = 0; i < tables; i++) {
            this.tables.add(new int[0]);
        }
    }

    int tables() {
        return tables.size();
    }

    /** Numbers of a table that may be known are below this one. */
    int numbers(int table) {
        return tables.get(table).length << BLOCK_BITS;
    }

    /** A slot's place among all, or {@link #NONE}. */
    private int place(int table, int number) {
        int[] of = tables.get(table);
        int block = number >>> BLOCK_BITS;
        return block < of.length && of[block] != 0 ? of[block] - 1 << BLOCK_BITS | number & BLOCK - 1 : NONE;
    }

    private MemorySegment block(int place) {
        return blocks.get(place >>> BLOCK_BITS);
    }

    private static long slot(int place) {
        return (long) (place & BLOCK - 1) * SLOT;
    }

    private static long wideSlot(int place) {
        return (long) (place & BLOCK - 1) * WIDE_SLOT;
    }

    private int traits(int place) {
        return block(place).get(BYTE, slot(place) + TRAITS);
    }

    /** Whether a connection is known by that number. */
    boolean isKnown(int table, int number) {
        int place = place(table, number);
        return place != NONE && traits(place) != 0;
    }

    /** The generation of one that is known. */
    int generation(int table, int number) {
        int place = place(table, number);
        return block(place).get(CHAR, slot(place) + GENERATION);
    }

    /** The tuple of one that is known. */
    void read(int table, int number, ConnectionCopy into) {
        read(place(table, number), into);
    }

    private void read(int place, ConnectionCopy into) {
        MemorySegment block = block(place);
        long at = slot(place);
        int traits = traits(place);
        into.protocol = block.get(BYTE, at + PROTOCOL) & 0xff;
        into.flags = (traits & TEMPLATE) != 0 ? Connections.TEMPLATE : 0;
        into.clientPort = block.get(CHAR, at + CLIENT_PORT);
        into.virtualPort = block.get(CHAR, at + VIRTUAL_PORT);
        MemorySegment wide = (traits & WIDE) == 0 ? null : wideBlocks.get(place >>> BLOCK_BITS);
        if (wide != null) {
            long wideAt = wideSlot(place);
            into.clientHigh = wide.get(LONG, wideAt);
            into.clientLow = wide.get(LONG, wideAt + 8);
            into.virtualHigh = wide.get(LONG, wideAt + 16);
            into.virtualLow = wide.get(LONG, wideAt + 24);
        } else {
            into.clientHigh = 0;
            into.clientLow = IpAddress.mapped(block.get(INT, at));
            into.virtualHigh = 0;
            into.virtualLow = IpAddress.mapped(block.get(INT, at + VIRTUAL));
        }
        into.v6 = !IpAddress.isV4(into.clientHigh, into.clientLow);
        byte[] data = (traits & ENGINE_DATA) == 0 ? null : engineData.get(place);
        into.engineDataLength = 0;
        if (data != null) {
            into.engineDataLength = data.length;
            System.arraycopy(data, 0, into.engineData, 0, data.length);
        }
    }

    /** From now on the number, which means none, means this connection, and no other number does. */
    void put(int table, int number, ConnectionCopy copy, int generation) {
        int at = find(copy);
        if (index[at] != 0) {
            clear(index[at] - 1, at);
        }
        int place = make(table, number);
        boolean isWide = copy.v6 || !IpAddress.isV4(copy.virtualHigh, copy.virtualLow);
        if (isWide) {
            wide(place, copy);
        }
        MemorySegment block = block(place);
        long slot = slot(place);
        block.set(INT, slot, (int) copy.clientLow);
        block.set(INT, slot + VIRTUAL, (int) copy.virtualLow);
        block.set(CHAR, slot + CLIENT_PORT, (char) copy.clientPort);
        block.set(CHAR, slot + VIRTUAL_PORT, (char) copy.virtualPort);
        block.set(BYTE, slot + PROTOCOL, (byte) copy.protocol);
        block.set(BYTE, slot + TRAITS, (byte) (PRESENT | (isWide ? WIDE : 0) | (copy.isTemplate() ? TEMPLATE : 0)
                | (copy.engineDataLength > 0 ? ENGINE_DATA : 0)));
        if (copy.engineDataLength > 0) {
            engineData.put(place, Arrays.copyOf(copy.engineData, copy.engineDataLength));
        }
        told(table, number, generation);
        if (2 * ++known > index.length) {
            grow();
        }
        index[find(copy)] = place + 1;
    }

    /** The connection that a number means was told of again. */
    void told(int table, int number, int generation) {
        int place = place(table, number);
        block(place).set(CHAR, slot(place) + GENERATION, (char) generation);
    }

    private int make(int table, int number) {
        int[] of = tables.get(table);
        int block = number >>> BLOCK_BITS;
        if (block >= of.length) {
            of = Arrays.copyOf(of, block + 1);
            tables.set(table, of);
        }
        if (of[block] == 0) {
            blocks.add(arena.allocate((long) BLOCK * SLOT, Long.BYTES));
            wideBlocks.add(null);
            of[block] = blocks.size();
        }
        return place(table, number);
    }

    private void wide(int place, ConnectionCopy copy) {
        int block = place >>> BLOCK_BITS;
        MemorySegment wide = wideBlocks.get(block);
        if (wide == null) {
            wide = arena.allocate((long) BLOCK * WIDE_SLOT, Long.BYTES);
            wideBlocks.set(block, wide);
        }
        long at = wideSlot(place);
        wide.set(LONG, at, copy.clientHigh);
        wide.set(LONG, at + 8, copy.clientLow);
        wide.set(LONG, at + 16, copy.virtualHigh);
        wide.set(LONG, at + 24, copy.virtualLow);
    }

    /** From now on the number means no connection. */
    void remove(int table, int number) {
        if (isKnown(table, number)) {
            int place = place(table, number);
            read(place, other);
            clear(place, find(other));
        }
    }

    private void clear(int place, int at) {
        engineData.remove(place);
        block(place).set(BYTE, slot(place) + TRAITS, (byte) 0);
        known--;
        // Those behind it that would stand before it move up (Knuth, Algorithm R).
        int free = at;
        for (int i = next(at); index[i] != 0; i = next(i)) {
            read(index[i] - 1, other);
            int home = home(other);
            if ((i - home & index.length - 1) >= (i - free & index.length - 1)) {
                index[free] = index[i];
                free = i;
            }
        }
        index[free] = 0;
    }

    /** Where the tuple stands in the index, or would. */
    private int find(ConnectionCopy copy) {
        int at = home(copy);
        while (index[at] != 0) {
            read(index[at] - 1, other);
            if (sameTuple(copy, other)) {
                return at;
            }
            at = next(at);
        }
        return at;
    }

    private int next(int at) {
        return at + 1 & index.length - 1;
    }

    private int home(ConnectionCopy copy) {
        long hash = copy.clientLow * GOLDEN + copy.clientHigh;
        hash = (hash ^ hash >>> 29) * GOLDEN + copy.virtualLow + copy.virtualHigh;
        hash = (hash ^ hash >>> 31) * GOLDEN
                + ((long) copy.clientPort << 24 | (long) copy.virtualPort << 8 | copy.protocol);
        hash = (hash ^ hash >>> 30) * GOLDEN + (copy.isTemplate() ? 1 : 0);
        for (int i = 0; i < copy.engineDataLength; i++) {
            hash = hash * GOLDEN + copy.engineData[i];
        }
        return (int) (hash * GOLDEN >>> Integer.SIZE) & index.length - 1;
    }

    private void grow() {
        int[] before = index;
        index = new int[2 * before.length];
        for (int entry : before) {
            if (entry != 0) {
                read(entry - 1, other);
                int at = home(other);
                while (index[at] != 0) {
                    at = next(at);
                }
                index[at] = entry;
            }
        }
    }

    /** Whether both are of one connection, whatever else they say. */
    static boolean sameTuple(ConnectionCopy one, ConnectionCopy other) {
        return one.clientLow == other.clientLow && one.clientPort == other.clientPort
                && one.virtualPort == other.virtualPort && one.virtualLow == other.virtualLow
                && one.protocol == other.protocol && one.isTemplate() == other.isTemplate()
                && one.clientHigh == other.clientHigh && one.virtualHigh == other.virtualHigh
                && Arrays.equals(one.engineData, 0, one.engineDataLength, other.engineData, 0,
                        other.engineDataLength);
    }

    @Override
    public void close() {
        arena.close();
    }
}
