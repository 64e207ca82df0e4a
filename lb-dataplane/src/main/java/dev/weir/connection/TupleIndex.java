package dev.weir.connection;

import static dev.weir.connection.ConnectionRecords.CLIENT_HASH;
import static dev.weir.connection.ConnectionRecords.LONG;
import static dev.weir.connection.ConnectionRecords.SERVER_HASH;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Finds a connection by what stands in a packet: by client and virtual address, or by server and whom it answers to; and
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

    private final MemorySegment slots;
    private final int mask;
    private final TupleHash hash;
    private final ConnectionRecords connections;
    private final EngineData engineData;

    TupleIndex(Arena arena, int capacity, long key, ConnectionRecords connections, EngineData engineData) {
        // Two keys a connection, half full.
        int size = Math.max(1024, Integer.highestOneBit(Math.max(1, capacity - 1)) << 3);
        slots = arena.allocate((long) size * Long.BYTES, 64);
        mask = size - 1;
        hash = new TupleHash(key);
        this.connections = connections;
        this.engineData = engineData;
    }

    /** The hash of a packet that goes from one endpoint to another, for {@link #find}. */
    int hash(int protocol, long sourceHigh, long sourceLow, int sourcePort, long destinationHigh, long destinationLow,
            int destinationPort) {
        return hash.of(protocol, sourceHigh, sourceLow, sourcePort, destinationHigh, destinationLow, destinationPort);
    }

    /** Where the look-up of this hash begins, and what stands there. */
    long first(int hash) {
        return slots.get(LONG, (long) (hash & mask) * Long.BYTES);
    }

    /** The same of an entry of a connection, with what stands behind: both are read where it is taken out. */
    long first(int kind, int connection) {
        int hash = kept(kind, connection);
        return first(hash) + first(hash + 1);
    }

    /** A connection that the look-up of this hash will look at; {@link Connections#NONE} where there is none. */
    int candidate(int hash) {
        int slot = hash & mask;
        while (true) {
            long entry = slots.get(LONG, (long) slot * Long.BYTES);
            if (entry == 0) {
                return Connections.NONE;
            }
            if ((int) (entry >>> 32) == hash) {
                return number(entry);
            }
            slot = slot + 1 & mask;
        }
    }

    /**
     * The connection of a packet, in one walk for both directions: before one that the packet is a request of comes one
     * that it is an answer of.
     *
     * @return the connection, doubled, plus one where it is an answer; {@link Connections#NONE} where there is none
     */
    int find(int hash, int protocol, long sourceHigh, long sourceLow, int sourcePort, long destinationHigh,
            long destinationLow, int destinationPort) {
        int slot = hash & mask;
        while (true) {
            long entry = slots.get(LONG, (long) slot * Long.BYTES);
            if (entry == 0) {
                return Connections.NONE;
            }
            if ((int) (entry >>> 32) == hash) {
                int connection = number(entry);
                int kind = kind(entry);
                if (kind == FROM_CLIENT && connections.isTuple(connection, false, protocol, sourceHigh, sourceLow,
                        sourcePort, destinationHigh, destinationLow, destinationPort)) {
                    return connection << 1;
                }
                if (kind == FROM_SERVER && connections.isTuple(connection, true, protocol, destinationHigh,
                        destinationLow, destinationPort, sourceHigh, sourceLow, sourcePort)) {
                    return connection << 1 | 1;
                }
            }
            slot = slot + 1 & mask;
        }
    }

    /** By one kind of key. */
    int findKind(int kind, int protocol, long clientHigh, long clientLow, int clientPort, long farHigh, long farLow,
            int farPort) {
        int tuple = hash(kind, protocol, clientHigh, clientLow, clientPort, farHigh, farLow, farPort);
        int slot = tuple & mask;
        while (true) {
            long entry = slots.get(LONG, (long) slot * Long.BYTES);
            if (entry == 0) {
                return Connections.NONE;
            }
            if (agrees(entry, tuple, kind) && connections.isTuple(number(entry), kind == FROM_SERVER, protocol,
                    clientHigh, clientLow, clientPort, farHigh, farLow, farPort)) {
                return number(entry);
            }
            slot = slot + 1 & mask;
        }
    }

    /** A template of kind ENGINE by its tuple, without a client's port, and by {@code length} bytes of data. */
    int find(int protocol, long clientHigh, long clientLow, long farHigh, long farLow, int farPort, MemorySegment data,
            long at, int length) {
        int tuple = hash(ENGINE, protocol, clientHigh, clientLow, 0, farHigh, farLow, farPort);
        int wanted = hash.with(tuple, engineData.hash(data, at, length));
        int slot = wanted & mask;
        while (true) {
            long entry = slots.get(LONG, (long) slot * Long.BYTES);
            if (entry == 0) {
                return Connections.NONE;
            }
            if (agrees(entry, wanted, ENGINE)) {
                int template = number(entry);
                if (connections.isTuple(template, false, protocol, clientHigh, clientLow, 0, farHigh, farLow, farPort)
                        && engineData.equal(connections.engineData(template), data, at, length)) {
                    return template;
                }
            }
            slot = slot + 1 & mask;
        }
    }

    private static boolean agrees(long entry, int hash, int kind) {
        return (int) (entry >>> 32) == hash && kind(entry) == kind;
    }

    private static int kind(long entry) {
        return (int) entry - 1 & KIND_MASK;
    }

    private static int number(long entry) {
        return (int) entry - 1 >>> KIND_BITS;
    }

    /**
     * Where several connections have the same tuple the newest is found, and after its end the one before it. Of entries
     * with one hash those of kind FROM_SERVER stand first, so that a packet's walk ends with the first that it fits.
     */
    void insert(int kind, int connection) {
        int hash = hash(kind, connection);
        connections.rest(connection, kind == FROM_SERVER ? SERVER_HASH : CLIENT_HASH, hash);
        int slot = hash & mask;
        long carried = entry(hash, kind, connection);
        for (long there = slots.get(LONG, (long) slot * Long.BYTES); there != 0; there = slots.get(LONG,
                (long) slot * Long.BYTES)) {
            if ((int) (there >>> 32) == hash && (kind(there) != FROM_SERVER || kind(carried) == FROM_SERVER)) {
                slots.set(LONG, (long) slot * Long.BYTES, carried);
                carried = there;
            }
            slot = slot + 1 & mask;
        }
        slots.set(LONG, (long) slot * Long.BYTES, carried);
    }

    /** Takes an entry out and closes the gap, so that no probe ever meets a tombstone. */
    void remove(int kind, int connection) {
        int hash = kept(kind, connection);
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

    /** The hash of an entry, as it was when that was inserted. */
    private int kept(int kind, int connection) {
        return connections.rest(connection, kind == FROM_SERVER ? SERVER_HASH : CLIENT_HASH);
    }

    private int hash(int kind, int connection) {
        boolean server = kind == FROM_SERVER;
        int tuple = hash(kind, connections.protocol(connection),
                server ? connections.peerHigh(connection) : connections.clientHigh(connection),
                server ? connections.peerLow(connection) : connections.clientLow(connection),
                server ? connections.peerPort(connection) : connections.clientPort(connection),
                server ? connections.serverHigh(connection) : connections.virtualHigh(connection),
                server ? connections.serverLow(connection) : connections.virtualLow(connection),
                server ? connections.serverPort(connection) : connections.virtualPort(connection));
        return kind == ENGINE ? hash.with(tuple, engineData.hash(connections.engineData(connection))) : tuple;
    }

    /** Both directions of a packet have one hash; templates have others. */
    private int hash(int kind, int protocol, long clientHigh, long clientLow, int clientPort, long farHigh, long farLow,
            int farPort) {
        int rest = kind == FROM_SERVER || kind == FROM_CLIENT ? protocol : kind << 8 | protocol;
        return hash.of(rest, clientHigh, clientLow, clientPort, farHigh, farLow, farPort);
    }
}
