package dev.weir.connection;

import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * The connections' records, field by field. Who may write is said at {@link Connections}. What the packets of an IPv4
 * connection need stands in one cache line; the next is touched where a connection begins, ends or changes its state, and
 * by packets under FULLNAT.
 *
 * <pre>
 * record (128 bytes, the machine's byte order):
 *    0 client address (4)   4 virtual address (4)   8 server address (4)
 *   12 client port (2)   14 virtual port (2)   16 server port (2)   18 protocol (1)   19 state (1)
 *   20 flags (4)   24 server number (4)   28 timeout, s (4)   32 deadline, ns (8)
 *   40 hop to server (4)   44 hop to client (4)   48 generation of the hops (4)
 *   52 checksum delta of the addresses (2)   54 of addresses and ports (2)   56 packets in (4)   60 stamp (4)
 *
 *   64 timer: next (4)   68 previous (4)   72 the connection that controls it (4)   76 how many it controls (4)
 *   80 its sequence adjustment, or a template's entry of {@link EngineData} (4)
 *   84 its wide addresses, or an IPv4 connection's local address (4)   88 half-open: next (4)   92 previous (4)
 *   108 hash of its entry in the index that a client's packet finds, or a template's (4)   112 that a server's finds (4)
 *   under FULLNAT: 96 local port (4)   100 what the server acknowledged last (4)
 *   104 the server's first sequence number after its SYN (4)
 *
 * wide addresses (64 bytes), where not all are IPv4 addresses:
 *    0 client (16)   16 virtual (16)   32 server (16)   48 local (16)
 * </pre>
 */
public abstract class ConnectionRecords {
    public static final int NONE = -1;
    /** Flags, as IPVS has them (linux/ip_vs.h). */
    public static final int FORWARDING_MASK = 7;
    public static final int MASQUERADED = 0;
    public static final int TUNNEL = 2;
    public static final int DIRECT = 3;
    /** To no server but where the client wanted, past a cache that there is none of (cache_bypass). */
    public static final int BYPASS = 4;
    /** Both ends are rewritten (--fullnat); not a value of IPVS, but of those that have the mode. */
    public static final int FULL_NAT = 5;
    /** Another director told of it. */
    public static final int SYNCED = 0x20;
    public static final int NO_OUTPUT = 0x80;
    public static final int INACTIVE = 0x100;
    /** Its client's port is not known before the first packet; it is 0 until then. */
    public static final int NO_CLIENT_PORT = 0x800;
    /** Keeps a client with its server: no packet belongs to it, connections are made after it and it controls them. */
    public static final int TEMPLATE = 0x1000;
    public static final int ONE_PACKET = 0x2000;
    /** Its client's packets bear the client's address, see {@link #serversFirst}; not a flag of IPVS. */
    public static final int TOA = 0x0200_0000;
    /** Another director told of it by Weir's stream, and no packet of it came here yet; not a flag of IPVS. */
    public static final int HELD = 0x0400_0000;
    /** The state that was told last, see {@link dev.weir.connection.State#number}: four bits; not a flag of IPVS. */
    private static final int TOLD_STATE = 16;
    private static final int TOLD_STATE_MASK = 0xf << TOLD_STATE;
    /** A value of {@link #serversFirst}. */
    public static final int UNANSWERED = 1;
    /** The flags that IPVS knows. */
    public static final int IPVS_FLAGS = 0xffff;
    /** It stands with its client's home, though by its client's port it is another worker's; not a flag of IPVS. */
    public static final int AT_HOME = 0x0800_0000;
    /** Its sequence numbers are adjusted; not a flag of IPVS. */
    public static final int ADJUSTED = 0x1000_0000;
    /** It has wide addresses. */
    static final int WIDE = 0x2000_0000;

    /** Bytes that an IPv4 connection takes: its record, and two entries of an index that is half full. */
    public static final int BYTES = 160;
    static final int RECORD = 128;
    static final int CLIENT = 0;
    static final int VIRTUAL = 4;
    static final int SERVER = 8;
    static final int CLIENT_PORT = 12;
    static final int VIRTUAL_PORT = 14;
    static final int SERVER_PORT = 16;
    static final int PROTOCOL = 18;
    static final int STATE = 19;
    static final int FLAGS = 20;
    static final int SERVER_NUMBER = 24;
    static final int TIMEOUT = 28;
    static final int DEADLINE = 32;
    static final int HOP_TO_SERVER = 40;
    static final int HOP_TO_CLIENT = 44;
    static final int HOP_GENERATION = 48;
    static final int ADDRESS_DELTA = 52;
    static final int TUPLE_DELTA = 54;
    static final int PACKETS_IN = 56;
    static final int STAMP = 60;

    static final int TIMER_NEXT = 64;
    static final int TIMER_PREVIOUS = 68;
    static final int CONTROL = 72;
    static final int CONTROLLED = 76;
    static final int EXTRA = 80;
    static final int WIDE_ADDRESSES = 84;
    static final int HALF_OPEN_NEXT = 88;
    static final int HALF_OPEN_PREVIOUS = 92;
    static final int LOCAL_PORT = 96;
    static final int CLIENT_HASH = 108;
    static final int SERVER_HASH = 112;
    private static final int ACKNOWLEDGED = 100;
    private static final int SERVERS_FIRST = 104;

    private static final int WIDE_ENTRY = 64;
    private static final int WIDE_VIRTUAL = 16;
    private static final int WIDE_SERVER = 32;
    private static final int WIDE_LOCAL = 48;

    // All fields are aligned; with these layouts no access checks it.
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private static final VarHandle PACKETS_IN_HANDLE = ValueLayout.JAVA_INT.varHandle();

    /**
     * All memory, by address. A bounded segment is asked at each access for its class, its length and its arena, which took a
     * tenth of a packet's time; what keeps an access in bounds here is {@link #at}, which the compiler asks once a connection.
     */
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    final int capacity;
    private final long base;
    private final Entries wide;

    ConnectionRecords(Arena arena, int capacity) {
        this.capacity = capacity;
        base = arena.allocate((long) capacity * RECORD, RECORD).address();
        wide = new Entries(arena, capacity, WIDE_ENTRY);
    }

    /** Where a record begins in {@link #MEMORY}. @throws IndexOutOfBoundsException where there is no such record */
    final long at(int connection) {
        return base + (long) Objects.checkIndex(connection, capacity) * RECORD;
    }

    /** A field of the second line. */
    int rest(int connection, int field) {
        return MEMORY.get(INT, at(connection) + field);
    }

    void rest(int connection, int field, int value) {
        MEMORY.set(INT, at(connection) + field, value);
    }

    /** @return the flags, with {@link #WIDE} where it is so */
    int addresses(int connection, int flags, long clientHigh, long clientLow, long virtualHigh, long virtualLow,
            long serverHigh, long serverLow) {
        long at = at(connection);
        MEMORY.set(INT, at + CLIENT, (int) clientLow);
        MEMORY.set(INT, at + VIRTUAL, (int) virtualLow);
        MEMORY.set(INT, at + SERVER, (int) serverLow);
        if (IpAddress.isV4(clientHigh, clientLow) && IpAddress.isV4(virtualHigh, virtualLow)
                && IpAddress.isV4(serverHigh, serverLow)) {
            rest(connection, WIDE_ADDRESSES, NONE);
            return flags;
        }
        int entry = wide.take();
        rest(connection, WIDE_ADDRESSES, entry);
        MemorySegment block = wide.block(entry);
        long place = wide.place(entry);
        block.set(LONG, place, clientHigh);
        block.set(LONG, place + 8, clientLow);
        block.set(LONG, place + WIDE_VIRTUAL, virtualHigh);
        block.set(LONG, place + WIDE_VIRTUAL + 8, virtualLow);
        block.set(LONG, place + WIDE_SERVER, serverHigh);
        block.set(LONG, place + WIDE_SERVER + 8, serverLow);
        return flags | WIDE;
    }

    /** The local address, of the server's family. */
    void localAddress(int connection, long high, long low) {
        if ((flags(connection) & WIDE) == 0) {
            rest(connection, WIDE_ADDRESSES, (int) low);
            return;
        }
        int entry = rest(connection, WIDE_ADDRESSES);
        MemorySegment block = wide.block(entry);
        long place = wide.place(entry) + WIDE_LOCAL;
        block.set(LONG, place, high);
        block.set(LONG, place + 8, low);
    }

    void releaseAddresses(int connection) {
        if ((flags(connection) & WIDE) != 0) {
            wide.release(rest(connection, WIDE_ADDRESSES));
        }
    }

    private long high(int connection, int wideField) {
        return (flags(connection) & WIDE) == 0 ? 0 : wide(connection, wideField);
    }

    private long low(int connection, int field, int wideField) {
        return (flags(connection) & WIDE) == 0
                ? IpAddress.mapped(MEMORY.get(INT, at(connection) + field))
                : wide(connection, wideField + 8);
    }

    /** A reader that races with the connection's end may find no entry; its stamp will say so. */
    private long wide(int connection, int field) {
        int entry = rest(connection, WIDE_ADDRESSES);
        MemorySegment block = wide.find(entry);
        return block == null ? 0 : block.get(LONG, wide.place(entry) + field);
    }

    /** Whether a connection with these flags leads to a server that is addressed itself, and answers through the director. */
    public static boolean translates(int flags) {
        int method = flags & FORWARDING_MASK;
        return method == MASQUERADED || method == FULL_NAT;
    }

    /**
     * Whether the connection has this client, and this virtual address; or else whom its server answers to, the client or
     * under FULLNAT the local address, and this server.
     */
    boolean isTuple(int connection, boolean server, int protocol, long clientHigh, long clientLow, int clientPort,
            long farHigh, long farLow, int farPort) {
        long at = at(connection);
        int flags = MEMORY.get(INT, at + FLAGS);
        if ((flags & WIDE) != 0 || server && (flags & FORWARDING_MASK) == FULL_NAT) {
            return isOtherTuple(connection, server, protocol, clientHigh, clientLow, clientPort, farHigh, farLow,
                    farPort);
        }
        boolean same = server
                ? MEMORY.get(INT, at + CLIENT) == (int) clientLow && MEMORY.get(INT, at + SERVER) == (int) farLow
                        && MEMORY.get(SHORT, at + CLIENT_PORT) == (short) clientPort
                        && MEMORY.get(SHORT, at + SERVER_PORT) == (short) farPort
                : MEMORY.get(LONG, at + CLIENT) == Bytes.sideBySide((int) clientLow, (int) farLow)
                        && MEMORY.get(INT, at + CLIENT_PORT) == Bytes.sideBySide((short) clientPort, (short) farPort);
        return same && MEMORY.get(BYTE, at + PROTOCOL) == (byte) protocol && IpAddress.isV4(clientHigh, clientLow)
                && IpAddress.isV4(farHigh, farLow);
    }

    /** By itself, so that the compiler takes the other into the look-up. */
    private boolean isOtherTuple(int connection, boolean server, int protocol, long clientHigh, long clientLow,
            int clientPort, long farHigh, long farLow, int farPort) {
        return server && isFullNat(connection)
                ? isLocalTuple(connection, protocol, clientHigh, clientLow, clientPort, farHigh, farLow, farPort)
                : isWideTuple(connection, server, protocol, clientHigh, clientLow, clientPort, farHigh, farLow,
                        farPort);
    }

    private boolean isLocalTuple(int connection, int protocol, long localHigh, long localLow, int localPort,
            long serverHigh, long serverLow, int serverPort) {
        if ((flags(connection) & WIDE) == 0) {
            long at = at(connection);
            return MEMORY.get(INT, at + SERVER) == (int) serverLow
                    && MEMORY.get(SHORT, at + SERVER_PORT) == (short) serverPort
                    && rest(connection, LOCAL_PORT) == localPort
                    && rest(connection, WIDE_ADDRESSES) == (int) localLow
                    && MEMORY.get(BYTE, at + PROTOCOL) == (byte) protocol && IpAddress.isV4(localHigh, localLow)
                    && IpAddress.isV4(serverHigh, serverLow);
        }
        return localPort(connection) == localPort && serverPort(connection) == serverPort
                && serverLow(connection) == serverLow && localLow(connection) == localLow
                && protocol(connection) == protocol && serverHigh(connection) == serverHigh
                && localHigh(connection) == localHigh;
    }

    private boolean isWideTuple(int connection, boolean server, int protocol, long clientHigh, long clientLow,
            int clientPort, long farHigh, long farLow, int farPort) {
        return clientLow(connection) == clientLow && clientPort(connection) == clientPort
                && (server
                        ? serverLow(connection) == farLow && serverPort(connection) == farPort
                                && serverHigh(connection) == farHigh
                        : virtualLow(connection) == farLow && virtualPort(connection) == farPort
                                && virtualHigh(connection) == farHigh)
                && clientHigh(connection) == clientHigh && protocol(connection) == protocol;
    }

    /** The connection that controls it, or {@link #NONE}. */
    public int control(int connection) {
        return rest(connection, CONTROL);
    }

    /** How many connections it controls. */
    public int controlled(int connection) {
        return rest(connection, CONTROLLED);
    }

    /** The entry of what a persistence engine took from its first packet, of a template only; or {@link #NONE}. */
    int engineData(int connection) {
        return (flags(connection) & TEMPLATE) != 0 ? rest(connection, EXTRA) : NONE;
    }

    /** Its entry in {@link SequenceAdjustments}, where it is {@link #ADJUSTED}. */
    public int adjustment(int connection) {
        return rest(connection, EXTRA);
    }

    public int protocol(int connection) {
        return MEMORY.get(BYTE, at(connection) + PROTOCOL) & 0xff;
    }

    public State state(int connection) {
        return State.of(stateNumber(connection));
    }

    /** The ordinal of its state. */
    public int stateNumber(int connection) {
        return MEMORY.get(BYTE, at(connection) + STATE);
    }

    public int flags(int connection) {
        return MEMORY.get(INT, at(connection) + FLAGS);
    }

    public void flags(int connection, int value) {
        MEMORY.set(INT, at(connection) + FLAGS, value);
    }

    /** The number of the state that others know of; 0 at first. */
    public int toldState(int connection) {
        return (flags(connection) & TOLD_STATE_MASK) >>> TOLD_STATE;
    }

    public void toldState(int connection, int number) {
        flags(connection, flags(connection) & ~TOLD_STATE_MASK | number << TOLD_STATE);
    }

    /** MASQUERADED, TUNNEL, DIRECT, BYPASS or FULL_NAT. */
    public int forwarding(int connection) {
        return flags(connection) & FORWARDING_MASK;
    }

    /** The number of its real server, see RealServer.id. */
    public int server(int connection) {
        return MEMORY.get(INT, at(connection) + SERVER_NUMBER);
    }

    /** Seconds; in force from the next {@link Connections#touch}. */
    public void timeout(int connection, int seconds) {
        MEMORY.set(INT, at(connection) + TIMEOUT, seconds);
    }

    /** Seconds that it lives without a packet. */
    public int timeout(int connection) {
        return MEMORY.get(INT, at(connection) + TIMEOUT);
    }

    public long clientHigh(int connection) {
        return high(connection, 0);
    }

    public long clientLow(int connection) {
        return low(connection, CLIENT, 0);
    }

    public long virtualHigh(int connection) {
        return high(connection, WIDE_VIRTUAL);
    }

    public long virtualLow(int connection) {
        return low(connection, VIRTUAL, WIDE_VIRTUAL);
    }

    public long serverHigh(int connection) {
        return high(connection, WIDE_SERVER);
    }

    public long serverLow(int connection) {
        return low(connection, SERVER, WIDE_SERVER);
    }

    /** The director's end towards the server, under FULLNAT only. */
    public long localHigh(int connection) {
        return high(connection, WIDE_LOCAL);
    }

    public long localLow(int connection) {
        return (flags(connection) & WIDE) == 0
                ? IpAddress.mapped(rest(connection, WIDE_ADDRESSES))
                : wide(connection, WIDE_LOCAL + 8);
    }

    /** 0 of a connection that has none: it is not under FULLNAT. */
    public int localPort(int connection) {
        return rest(connection, LOCAL_PORT);
    }

    /** Whom its server answers to: its client, or under FULLNAT its local address. */
    long peerHigh(int connection) {
        return isFullNat(connection) ? localHigh(connection) : clientHigh(connection);
    }

    long peerLow(int connection) {
        return isFullNat(connection) ? localLow(connection) : clientLow(connection);
    }

    int peerPort(int connection) {
        return isFullNat(connection) ? localPort(connection) : clientPort(connection);
    }

    /** Whether it is under FULLNAT, and its client and server are of different families. */
    public boolean isAcrossFamilies(int connection) {
        return (flags(connection) & (FORWARDING_MASK | WIDE)) == (FULL_NAT | WIDE)
                && IpAddress.isV4(clientHigh(connection), clientLow(connection)) != IpAddress
                        .isV4(serverHigh(connection), serverLow(connection));
    }

    public boolean isFullNat(int connection) {
        return forwarding(connection) == FULL_NAT;
    }

    /** Under FULLNAT the number in the server's stream's other direction that it expects next, as it said last; 0 at first. */
    public int acknowledged(int connection) {
        return rest(connection, ACKNOWLEDGED);
    }

    public void acknowledged(int connection, int number) {
        rest(connection, ACKNOWLEDGED, number);
    }

    /**
     * Under FULLNAT, for as long as its client's packets bear the client's address (TOA): the sequence number of the server's
     * first byte after its SYN, or {@link #UNANSWERED} before that came. Else 0.
     */
    public int serversFirst(int connection) {
        return rest(connection, SERVERS_FIRST);
    }

    public void serversFirst(int connection, int number) {
        rest(connection, SERVERS_FIRST, number);
    }

    public int clientPort(int connection) {
        return MEMORY.get(SHORT, at(connection) + CLIENT_PORT) & 0xffff;
    }

    public int virtualPort(int connection) {
        return MEMORY.get(SHORT, at(connection) + VIRTUAL_PORT) & 0xffff;
    }

    public int serverPort(int connection) {
        return MEMORY.get(SHORT, at(connection) + SERVER_PORT) & 0xffff;
    }

    /** The next hop towards the server, a number of the engine's, good in its {@link #hopGeneration}. */
    public int hopToServer(int connection) {
        return MEMORY.get(INT, at(connection) + HOP_TO_SERVER);
    }

    public int hopToClient(int connection) {
        return MEMORY.get(INT, at(connection) + HOP_TO_CLIENT);
    }

    /** The generation of routes for which both hops hold; {@link #NONE} before they were looked up. */
    public int hopGeneration(int connection) {
        return MEMORY.get(INT, at(connection) + HOP_GENERATION);
    }

    public void hops(int connection, int toServer, int toClient, int generation) {
        long at = at(connection);
        MEMORY.set(INT, at + HOP_TO_SERVER, toServer);
        MEMORY.set(INT, at + HOP_TO_CLIENT, toClient);
        MEMORY.set(INT, at + HOP_GENERATION, generation);
    }

    /** What masquerading towards the server adds to a sum over the addresses; towards the client its complement. */
    public int addressDelta(int connection) {
        return MEMORY.get(SHORT, at(connection) + ADDRESS_DELTA) & 0xffff;
    }

    /** The same for addresses and ports. */
    public int tupleDelta(int connection) {
        return MEMORY.get(SHORT, at(connection) + TUPLE_DELTA) & 0xffff;
    }

    public void deltas(int connection, int address, int tuple) {
        long at = at(connection);
        MEMORY.set(SHORT, at + ADDRESS_DELTA, (short) address);
        MEMORY.set(SHORT, at + TUPLE_DELTA, (short) tuple);
    }

    /** Packets that its client sent. */
    public int packetsIn(int connection) {
        return MEMORY.get(INT, at(connection) + PACKETS_IN);
    }

    public void countPacketIn(int connection) {
        long at = at(connection) + PACKETS_IN;
        MEMORY.set(INT, at, MEMORY.get(INT, at) + 1);
    }

    /** The same of a template, which several workers may count for. @return how many there are now */
    public int countedPacketIn(int template) {
        return (int) PACKETS_IN_HANDLE.getAndAdd(MEMORY, at(template) + PACKETS_IN, 1) + 1;
    }

    /** Nanoseconds. */
    long deadline(int connection) {
        return MEMORY.get(LONG, at(connection) + DEADLINE);
    }
}
