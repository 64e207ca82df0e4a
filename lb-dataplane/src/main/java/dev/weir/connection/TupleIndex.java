package dev.weir.connection;

import static dev.weir.connection.ConnectionRecords.BYTE;
import static dev.weir.connection.ConnectionRecords.CLIENT_LOW;
import static dev.weir.connection.ConnectionRecords.CLIENT_PORT;
import static dev.weir.connection.ConnectionRecords.ENGINE_DATA;
import static dev.weir.connection.ConnectionRecords.INT;
import static dev.weir.connection.ConnectionRecords.LONG;
import static dev.weir.connection.ConnectionRecords.PROTOCOL;
import static dev.weir.connection.ConnectionRecords.RECORD;
import static dev.weir.connection.ConnectionRecords.SERVER;
import static dev.weir.connection.ConnectionRecords.SERVER_PORT;
import static dev.weir.connection.ConnectionRecords.SHORT;
import static dev.weir.connection.ConnectionRecords.VIRTUAL;
import static dev.weir.connection.ConnectionRecords.VIRTUAL_PORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Finds a connection by what stands in a packet: by client and virtual address, or by client and server address; and
 * templates by what they stand for. Open addressing with linear probing over slots of eight bytes, at most half full: the
 * upper half of a slot is the tuple's hash, so a record is looked at only where the hashes agree; the lower half is the
 * record's number, shifted for the kind of key, plus one. Only the owner of the connections reads or writes it.
 */
final class TupleIndex {
    static final int FROM_CLIENT = 0;
    static final int FROM_SERVER = 1;
    /** As FROM_CLIENT, but of templates: no packet finds one, whatever its ports. */
    static final int TEMPLATE = 2;
    /** As TEMPLATE, of templates that stand for a persistence engine's data as well. */
    static final int ENGINE = 3;
    private static final int KIND_BITS = 3;
    private static final int KIND_MASK = 7;
    /** Where the far side's address and port stand in a record, for each kind of key. */
    private static final int[] ADDRESS = {VIRTUAL, SERVER, VIRTUAL, VIRTUAL};
    private static final int[] PORT = {VIRTUAL_PORT, SERVER_PORT, VIRTUAL_PORT, VIRTUAL_PORT};

    private final MemorySegment slots;
    private final int mask;
    private final long key;
    private final MemorySegment records;
    private final EngineData engineData;

    TupleIndex(Arena arena, int capacity, long key, MemorySegment records, EngineData engineData) {
        // Two keys a connection, half full.
        int size = Math.max(1024, Integer.highestOneBit(Math.max(1, capacity - 1)) << 3);
        slots = arena.allocate((long) size * Long.BYTES, 64);
        mask = size - 1;
        this.key = key;
        this.records = records;
        this.engineData = engineData;
    }

    int find(int kind, int protocol, long clientHigh, long clientLow, int clientPort, long farHigh, long farLow,
            int farPort) {
        int hash = hash(kind, protocol, clientHigh, clientLow, clientPort, farHigh, farLow, farPort);
        int slot = hash & mask;
        while (true) {
            long entry = slots.get(LONG, (long) slot * Long.BYTES);
            if (entry == 0) {
                return Connections.NONE;
            }
            if (agrees(entry, hash, kind)) {
                int connection = number(entry);
                if (isTuple(connection, kind, protocol, clientHigh, clientLow, clientPort, farHigh, farLow, farPort)) {
                    return connection;
                }
            }
            slot = slot + 1 & mask;
        }
    }

    /** A template of kind ENGINE by its tuple, without a client's port, and by {@code length} bytes of data. */
    int find(int protocol, long clientHigh, long clientLow, long farHigh, long farLow, int farPort, MemorySegment data,
            long at, int length) {
        int tuple = hash(ENGINE, protocol, clientHigh, clientLow, 0, farHigh, farLow, farPort);
        int hash = withData(tuple, engineData.hash(data, at, length));
        int slot = hash & mask;
        while (true) {
            long entry = slots.get(LONG, (long) slot * Long.BYTES);
            if (entry == 0) {
                return Connections.NONE;
            }
            if (agrees(entry, hash, ENGINE)) {
                int template = number(entry);
                if (isTuple(template, ENGINE, protocol, clientHigh, clientLow, 0, farHigh, farLow, farPort)
                        && engineData.equal(entryOf(template), data, at, length)) {
                    return template;
                }
            }
            slot = slot + 1 & mask;
        }
    }

    private static boolean agrees(long entry, int hash, int kind) {
        return (int) (entry >>> 32) == hash && ((int) entry - 1 & KIND_MASK) == kind;
    }

    private static int number(long entry) {
        return (int) entry - 1 >>> KIND_BITS;
    }

    private boolean isTuple(int connection, int kind, int protocol, long clientHigh, long clientLow, int clientPort,
            long farHigh, long farLow, int farPort) {
        long at = (long) connection * RECORD;
        return records.get(LONG, at + CLIENT_LOW) == clientLow && records.get(LONG, at) == clientHigh
                && records.get(LONG, at + ADDRESS[kind] + 8) == farLow
                && records.get(LONG, at + ADDRESS[kind]) == farHigh
                && (records.get(SHORT, at + CLIENT_PORT) & 0xffff) == clientPort
                && (records.get(SHORT, at + PORT[kind]) & 0xffff) == farPort
                && (records.get(BYTE, at + PROTOCOL) & 0xff) == protocol;
    }

    /** Where several connections have the same tuple the newest is found, and after its end the one before it. */
    void insert(int kind, int connection) {
        int hash = hash(kind, connection);
        int slot = hash & mask;
        long carried = entry(hash, kind, connection);
        for (long there = slots.get(LONG, (long) slot * Long.BYTES); there != 0; there = slots.get(LONG,
                (long) slot * Long.BYTES)) {
            if ((int) (there >>> 32) == hash) {
                slots.set(LONG, (long) slot * Long.BYTES, carried);
                carried = there;
            }
            slot = slot + 1 & mask;
        }
        slots.set(LONG, (long) slot * Long.BYTES, carried);
    }

    /** Takes an entry out and closes the gap, so that no probe ever meets a tombstone. */
    void remove(int kind, int connection) {
        int hash = hash(kind, connection);
        long wanted = entry(hash, kind, connection);
        int gap = hash & mask;
        while (slots.get(LONG, (long) gap * Long.BYTES) != wanted) {
            gap = gap + 1 & mask;
        }
        int slot = gap;
        while (true) {
            slot = slot + 1 & mask;
            long entry = slots.get(LONG, (long) slot * Long.BYTES);
            if (entry == 0) {
                break;
            }
            int home = (int) (entry >>> 32) & mask;
            if ((slot - home & mask) >= (slot - gap & mask)) {
                slots.set(LONG, (long) gap * Long.BYTES, entry);
                gap = slot;
            }
        }
        slots.set(LONG, (long) gap * Long.BYTES, 0L);
    }

    private static long entry(int hash, int kind, int connection) {
        return (long) hash << 32 | (connection << KIND_BITS | kind) + 1 & 0xffff_ffffL;
    }

    private int hash(int kind, int connection) {
        long at = (long) connection * RECORD;
        int tuple = hash(kind, records.get(BYTE, at + PROTOCOL) & 0xff, records.get(LONG, at),
                records.get(LONG, at + CLIENT_LOW),
                records.get(SHORT, at + CLIENT_PORT) & 0xffff, records.get(LONG, at + ADDRESS[kind]),
                records.get(LONG, at + ADDRESS[kind] + 8), records.get(SHORT, at + PORT[kind]) & 0xffff);
        return kind == ENGINE ? withData(tuple, engineData.hash(entryOf(connection))) : tuple;
    }

    private int entryOf(int template) {
        return records.get(INT, (long) template * RECORD + ENGINE_DATA);
    }

    private int withData(int tuple, long data) {
        long mixed = fold(tuple ^ key, data ^ Long.rotateLeft(key, 19));
        return (int) (mixed ^ mixed >>> 32);
    }

    private int hash(int kind, int protocol, long clientHigh, long clientLow, int clientPort, long farHigh, long farLow,
            int farPort) {
        long rest = (long) clientPort << 32 | (long) farPort << 16 | protocol << KIND_BITS | kind;
        long mixed = fold(clientHigh ^ key, farHigh ^ Long.rotateLeft(key, 19));
        mixed = fold(clientLow ^ mixed ^ key, farLow ^ Long.rotateLeft(key, 31) ^ 0x9e3779b97f4a7c15L);
        mixed = fold(rest ^ mixed, key ^ 0xd6e8feb86659fd93L);
        return (int) (mixed ^ mixed >>> 32);
    }

    /** Both halves of a 128-bit product, xored: every bit of either factor reaches every bit of the result. */
    static long fold(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }
}
