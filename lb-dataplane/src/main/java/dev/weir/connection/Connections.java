package dev.weir.connection;

import dev.weir.wire.IpAddress;
import dev.weir.wire.Transport;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one worker, outside the heap.
 *
 * <p>Contract: the worker that owns the table makes, changes and ends connections; any other thread may call
 * {@link #list} at any time, without a lock and without disturbing the owner. A connection is a number, the place of its
 * record, from 0; it stays the same until the connection ends. A record's stamp is even while the record stands, odd
 * while the owner makes or ends it: a reader that sees the same even stamp before and after has a whole copy.
 *
 * <pre>
 * record (128 bytes, the machine's byte order):
 *    0 client address (16)   16 virtual address (16)   32 server address (16)
 *   48 client port (2)   50 virtual port (2)   52 server port (2)   54 protocol (1)   55 state (1)
 *   56 flags (4)   60 server number (4)   64 deadline, ns (8)   72 timeout, s (4)   76 stamp (4)
 *   80 hop to server (4)   84 hop to client (4)   88 generation of the hops (4)
 *   92 checksum delta of the addresses (2)   94 of addresses and ports (2)
 *   96 timer: next (4)  100 previous (4)  104 slot (4)   108 packets in (4)
 *  112 the connection that controls it (4)  116 how many it controls (4)  120 reserved (8)
 * </pre>
 */
public final class Connections implements AutoCloseable {
    public static final int NONE = -1;
    /** Flags, as IPVS has them (linux/ip_vs.h). */
    public static final int FORWARDING_MASK = 7;
    public static final int MASQUERADED = 0;
    public static final int LOCAL_NODE = 1;
    public static final int TUNNEL = 2;
    public static final int DIRECT = 3;
    public static final int NO_OUTPUT = 0x80;
    public static final int INACTIVE = 0x100;
    /** Keeps a client with its server: no packet belongs to it, connections are made after it and it controls them. */
    public static final int TEMPLATE = 0x1000;
    public static final int ONE_PACKET = 0x2000;

    /** Of a template only: it is found no more, and stands until its time has come. */
    private static final int RETIRED = 0x4000_0000;
    private static final int RETIRED_PORT = 0xffff;
    /** Seconds that a connection lives on, time and again, while it controls others (ip_vs_conn_expire). */
    private static final int CONTROLLING = 60;

    private static final int RECORD = 128;
    private static final long SECOND = 1_000_000_000L;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final VarHandle STAMP = INT.varHandle();
    private static final int FREE = 1;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment records;
    private final TupleIndex index;
    private final TimerWheel wheel;
    private final int capacity;
    private int[] freed = new int[1024];
    private int freedCount;
    private volatile int highWater;
    private int count;

    /** Told of each connection whose time has come, just before its record goes. */
    public interface Expiry {
        void expired(int connection);
    }

    /**
     * @param capacity connections at most; memory is reserved now and touched as it is used
     * @param hashKey  a secret, so that nobody can choose tuples that collide
     * @param now      nanoseconds
     */
    public Connections(int capacity, long hashKey, long now) {
        this.capacity = capacity;
        records = arena.allocate((long) capacity * RECORD, 64);
        index = new TupleIndex(arena, capacity, hashKey, records, RECORD);
        wheel = new TimerWheel(this, now);
    }

    /**
     * Makes a connection and finds it a timer of {@code timeout} seconds.
     *
     * @return its number, or {@link #NONE} where the table is full
     */
    public int create(int protocol, long clientHigh, long clientLow, int clientPort, long virtualHigh, long virtualLow,
            int virtualPort, long serverHigh, long serverLow, int serverPort, int flags, int server, int timeout,
            long now) {
        int connection = freedCount > 0 ? freed[--freedCount] : highWater < capacity ? highWater : NONE;
        if (connection == NONE) {
            return NONE;
        }
        long at = (long) connection * RECORD;
        int stamp = records.get(INT, at + 76) | FREE;
        STAMP.setOpaque(records, at + 76, stamp);
        VarHandle.storeStoreFence();
        records.set(LONG, at, clientHigh);
        records.set(LONG, at + 8, clientLow);
        records.set(LONG, at + 16, virtualHigh);
        records.set(LONG, at + 24, virtualLow);
        records.set(LONG, at + 32, serverHigh);
        records.set(LONG, at + 40, serverLow);
        records.set(SHORT, at + 48, (short) clientPort);
        records.set(SHORT, at + 50, (short) virtualPort);
        records.set(SHORT, at + 52, (short) serverPort);
        records.set(BYTE, at + 54, (byte) protocol);
        records.set(BYTE, at + 55, (byte) 0);
        records.set(INT, at + 56, flags);
        records.set(INT, at + 60, server);
        records.set(INT, at + 80, NONE);
        records.set(INT, at + 84, NONE);
        records.set(INT, at + 108, 0);
        records.set(INT, at + 112, NONE);
        records.set(INT, at + 116, 0);
        timeout(connection, timeout);
        records.set(LONG, at + 64, now + timeout * SECOND);
        // Pairs with the acquire in list(): whoever sees this stamp sees the fields.
        STAMP.setRelease(records, at + 76, stamp + 1);
        if (connection == highWater) {
            highWater = connection + 1;
        }
        count++;
        if ((flags & TEMPLATE) != 0) {
            index.insert(TupleIndex.TEMPLATE, connection);
        } else {
            index.insert(TupleIndex.FROM_CLIENT, connection);
            if ((flags & FORWARDING_MASK) == MASQUERADED) {
                index.insert(TupleIndex.FROM_SERVER, connection);
            }
        }
        wheel.insert(connection);
        return connection;
    }

    /** Ends a connection that controls no other: its record and number may be used again at once. */
    public void remove(int connection) {
        wheel.remove(connection);
        unindex(connection);
        int control = control(connection);
        if (control != NONE) {
            controlled(control, controlled(control) - 1);
        }
        long at = (long) connection * RECORD;
        STAMP.setRelease(records, at + 76, records.get(INT, at + 76) + 1);
        count--;
        if (freedCount == freed.length) {
            freed = Arrays.copyOf(freed, freed.length * 2);
        }
        freed[freedCount++] = connection;
    }

    private void unindex(int connection) {
        int flags = flags(connection);
        if ((flags & TEMPLATE) == 0) {
            index.remove(TupleIndex.FROM_CLIENT, connection);
            if ((flags & FORWARDING_MASK) == MASQUERADED) {
                index.remove(TupleIndex.FROM_SERVER, connection);
            }
        } else if ((flags & RETIRED) == 0) {
            index.remove(TupleIndex.TEMPLATE, connection);
        }
    }

    /** The connection of a packet from its client; {@link #NONE} where there is none. */
    public int fromClient(int protocol, long clientHigh, long clientLow, int clientPort, long virtualHigh,
            long virtualLow, int virtualPort) {
        return index.find(TupleIndex.FROM_CLIENT, protocol, clientHigh, clientLow, clientPort, virtualHigh, virtualLow,
                virtualPort);
    }

    /** The masqueraded connection of a packet from its server. */
    public int fromServer(int protocol, long serverHigh, long serverLow, int serverPort, long clientHigh,
            long clientLow, int clientPort) {
        return index.find(TupleIndex.FROM_SERVER, protocol, clientHigh, clientLow, clientPort, serverHigh, serverLow,
                serverPort);
    }

    /** The template of a client, or of a network of clients; {@link #NONE} where there is none. */
    public int template(int protocol, long clientHigh, long clientLow, long virtualHigh, long virtualLow,
            int virtualPort) {
        return index.find(TupleIndex.TEMPLATE, protocol, clientHigh, clientLow, 0, virtualHigh, virtualLow,
                virtualPort);
    }

    /**
     * A template leads no new connection any more. It stands for those that it led, and its ports become 65535, so that
     * whoever lists it sees it (ip_vs_check_template).
     */
    public void retire(int template) {
        index.remove(TupleIndex.TEMPLATE, template);
        long at = (long) template * RECORD;
        int stamp = records.get(INT, at + 76);
        STAMP.setOpaque(records, at + 76, stamp | FREE);
        VarHandle.storeStoreFence();
        flags(template, flags(template) | RETIRED);
        records.set(SHORT, at + 50, (short) RETIRED_PORT);
        records.set(SHORT, at + 52, (short) RETIRED_PORT);
        STAMP.setRelease(records, at + 76, (stamp | FREE) + 1);
    }

    /** From now on {@code control} lives at least as long as {@code connection}. */
    public void controlledBy(int connection, int control) {
        records.set(INT, (long) connection * RECORD + 112, control);
        controlled(control, controlled(control) + 1);
    }

    /** The connection that controls it, or {@link #NONE}. */
    public int control(int connection) {
        return records.get(INT, (long) connection * RECORD + 112);
    }

    /** How many connections it controls. */
    public int controlled(int connection) {
        return records.get(INT, (long) connection * RECORD + 116);
    }

    private void controlled(int connection, int count) {
        records.set(INT, (long) connection * RECORD + 116, count);
    }

    /** The time of a connection that controls others has come: it gets more, and keeps that as its timeout. */
    long postpone(int connection, long now) {
        long deadline = now + CONTROLLING * SECOND;
        timeout(connection, CONTROLLING);
        records.set(LONG, (long) connection * RECORD + 64, deadline);
        return deadline;
    }

    /** One of the connections that a template led was answered: by this it says that its client is real. */
    public void assure(int template) {
        records.set(BYTE, (long) template * RECORD + 55, (byte) 1);
    }

    /** A packet came: the connection lives for its timeout from now. */
    public void touch(int connection, long now) {
        long at = (long) connection * RECORD;
        long deadline = now + records.get(INT, at + 72) * SECOND;
        records.set(LONG, at + 64, deadline);
        wheel.moved(connection, deadline);
    }

    /**
     * Ends what is due, at most {@code limit} looks at a call so that a worker never stalls.
     *
     * @return whether all that is due by {@code now} was done
     */
    public boolean expire(long now, int limit, Expiry expiry) {
        return wheel.advance(now, limit, expiry);
    }

    public int count() {
        return count;
    }

    /** Connections have had the numbers below this one so far. */
    public int numbers() {
        return highWater;
    }

    /** Whether a connection has this number, below {@link #numbers}. For the owner only. */
    public boolean stands(int connection) {
        return (records.get(INT, (long) connection * RECORD + 76) & FREE) == 0;
    }

    public int capacity() {
        return capacity;
    }

    /** A copy of every connection. Any thread; one that changes under way is as before or after, or left out. */
    public List<ConnectionEntry> list(long now) {
        List<ConnectionEntry> entries = new ArrayList<>();
        for (int connection = 0; connection < highWater; connection++) {
            ConnectionEntry entry = read(connection, now);
            if (entry != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private @Nullable ConnectionEntry read(int connection, long now) {
        long at = (long) connection * RECORD;
        for (int attempt = 0; attempt < 100; attempt++) {
            int stamp = (int) STAMP.getAcquire(records, at + 76);
            if ((stamp & FREE) != 0 || stamp == 0) {
                return null;
            }
            int protocol = protocol(connection);
            int flags = flags(connection);
            long left = Math.max(0, records.get(LONG, at + 64) - now);
            ConnectionEntry entry = new ConnectionEntry(protocol, left / SECOND, stateName(connection),
                    new IpAddress(records.get(LONG, at), records.get(LONG, at + 8)), clientPort(connection),
                    new IpAddress(virtualHigh(connection), virtualLow(connection)), virtualPort(connection),
                    new IpAddress(serverHigh(connection), serverLow(connection)), serverPort(connection),
                    (flags & TEMPLATE) != 0);
            VarHandle.acquireFence();
            if ((int) STAMP.getOpaque(records, at + 76) == stamp) {
                return (flags & ONE_PACKET) != 0 ? null : entry;
            }
        }
        return null;
    }

    private String stateName(int connection) {
        if ((flags(connection) & TEMPLATE) != 0) {
            return stateOrdinal(connection) == 0 ? "NONE" : "ASSURED";
        }
        return switch (protocol(connection)) {
            case Transport.TCP -> TcpState.of(stateOrdinal(connection)).name();
            case Transport.UDP -> "UDP";
            default -> "NONE";
        };
    }

    public int protocol(int connection) {
        return records.get(BYTE, (long) connection * RECORD + 54) & 0xff;
    }

    public TcpState tcpState(int connection) {
        return TcpState.of(stateOrdinal(connection));
    }

    private int stateOrdinal(int connection) {
        return records.get(BYTE, (long) connection * RECORD + 55);
    }

    public void tcpState(int connection, TcpState state) {
        records.set(BYTE, (long) connection * RECORD + 55, (byte) state.ordinal());
    }

    public int flags(int connection) {
        return records.get(INT, (long) connection * RECORD + 56);
    }

    public void flags(int connection, int value) {
        records.set(INT, (long) connection * RECORD + 56, value);
    }

    /** MASQUERADED, TUNNEL or DIRECT. */
    public int forwarding(int connection) {
        return flags(connection) & FORWARDING_MASK;
    }

    /** The number of its real server, see RealServer.id. */
    public int server(int connection) {
        return records.get(INT, (long) connection * RECORD + 60);
    }

    /** Seconds; in force from the next {@link #touch}. */
    public void timeout(int connection, int seconds) {
        records.set(INT, (long) connection * RECORD + 72, seconds);
    }

    public long clientHigh(int connection) {
        return records.get(LONG, (long) connection * RECORD);
    }

    public long clientLow(int connection) {
        return records.get(LONG, (long) connection * RECORD + 8);
    }

    public long virtualHigh(int connection) {
        return records.get(LONG, (long) connection * RECORD + 16);
    }

    public long virtualLow(int connection) {
        return records.get(LONG, (long) connection * RECORD + 24);
    }

    public long serverHigh(int connection) {
        return records.get(LONG, (long) connection * RECORD + 32);
    }

    public long serverLow(int connection) {
        return records.get(LONG, (long) connection * RECORD + 40);
    }

    public int clientPort(int connection) {
        return records.get(SHORT, (long) connection * RECORD + 48) & 0xffff;
    }

    public int virtualPort(int connection) {
        return records.get(SHORT, (long) connection * RECORD + 50) & 0xffff;
    }

    public int serverPort(int connection) {
        return records.get(SHORT, (long) connection * RECORD + 52) & 0xffff;
    }

    /** The next hop towards the server, a number of the engine's; {@link #NONE} before it was looked up. */
    public int hopToServer(int connection) {
        return records.get(INT, (long) connection * RECORD + 80);
    }

    public int hopToClient(int connection) {
        return records.get(INT, (long) connection * RECORD + 84);
    }

    /** The generation of routes for which both hops hold. */
    public int hopGeneration(int connection) {
        return records.get(INT, (long) connection * RECORD + 88);
    }

    public void hops(int connection, int toServer, int toClient, int generation) {
        long at = (long) connection * RECORD;
        records.set(INT, at + 80, toServer);
        records.set(INT, at + 84, toClient);
        records.set(INT, at + 88, generation);
    }

    /** What masquerading towards the server adds to a sum over the addresses; towards the client its complement. */
    public int addressDelta(int connection) {
        return records.get(SHORT, (long) connection * RECORD + 92) & 0xffff;
    }

    /** The same for addresses and ports. */
    public int tupleDelta(int connection) {
        return records.get(SHORT, (long) connection * RECORD + 94) & 0xffff;
    }

    public void deltas(int connection, int address, int tuple) {
        long at = (long) connection * RECORD;
        records.set(SHORT, at + 92, (short) address);
        records.set(SHORT, at + 94, (short) tuple);
    }

    public void countPacketIn(int connection) {
        long at = (long) connection * RECORD + 108;
        records.set(INT, at, records.get(INT, at) + 1);
    }

    long deadline(int connection) {
        return records.get(LONG, (long) connection * RECORD + 64);
    }

    int timerNext(int connection) {
        return records.get(INT, (long) connection * RECORD + 96);
    }

    void timerNext(int connection, int value) {
        records.set(INT, (long) connection * RECORD + 96, value);
    }

    int timerPrevious(int connection) {
        return records.get(INT, (long) connection * RECORD + 100);
    }

    void timerPrevious(int connection, int value) {
        records.set(INT, (long) connection * RECORD + 100, value);
    }

    int timerSlot(int connection) {
        return records.get(INT, (long) connection * RECORD + 104);
    }

    void timerSlot(int connection, int value) {
        records.set(INT, (long) connection * RECORD + 104, value);
    }

    /** Frees the memory; nobody may be reading. */
    @Override
    public void close() {
        arena.close();
    }
}
