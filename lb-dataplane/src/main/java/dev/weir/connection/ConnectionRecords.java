package dev.weir.connection;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The connections' records, field by field. Who may write is said at {@link Connections}.
 *
 * <pre>
 * record (128 bytes, the machine's byte order):
 *    0 client address (16)   16 virtual address (16)   32 server address (16)
 *   48 client port (2)   50 virtual port (2)   52 server port (2)   54 protocol (1)   55 state (1)
 *   56 flags (4)   60 server number (4)   64 deadline, ns (8)   72 timeout, s (4)   76 stamp (4)
 *   80 hop to server (4)   84 hop to client (4)   88 generation of the hops (4)
 *   92 checksum delta of the addresses (2)   94 of addresses and ports (2)
 *   96 timer: next (4)  100 previous (4)  104 slot (4)   108 packets in (4)
 *  112 the connection that controls it (4)  116 how many it controls (4)  120 its sequence adjustment (4)
 *  124 the entry of {@link EngineData} that it stands for (4)
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
    public static final int NO_OUTPUT = 0x80;
    public static final int INACTIVE = 0x100;
    /** Its client's port is not known before the first packet; it is 0 until then. */
    public static final int NO_CLIENT_PORT = 0x800;
    /** Keeps a client with its server: no packet belongs to it, connections are made after it and it controls them. */
    public static final int TEMPLATE = 0x1000;
    public static final int ONE_PACKET = 0x2000;

    /** Bytes that a connection takes. */
    public static final int RECORD_LENGTH = 128;
    static final int RECORD = RECORD_LENGTH;
    static final int CLIENT_LOW = 8;
    static final int VIRTUAL = 16;
    static final int VIRTUAL_LOW = 24;
    static final int SERVER = 32;
    static final int SERVER_LOW = 40;
    static final int CLIENT_PORT = 48;
    static final int VIRTUAL_PORT = 50;
    static final int SERVER_PORT = 52;
    static final int PROTOCOL = 54;
    static final int STATE = 55;
    static final int FLAGS = 56;
    static final int SERVER_NUMBER = 60;
    static final int DEADLINE = 64;
    static final int TIMEOUT = 72;
    static final int STAMP = 76;
    static final int HOP_TO_SERVER = 80;
    static final int HOP_TO_CLIENT = 84;
    static final int HOP_GENERATION = 88;
    static final int ADDRESS_DELTA = 92;
    static final int TUPLE_DELTA = 94;
    static final int TIMER_NEXT = 96;
    static final int TIMER_PREVIOUS = 100;
    static final int TIMER_SLOT = 104;
    static final int PACKETS_IN = 108;
    static final int CONTROL = 112;
    static final int CONTROLLED = 116;
    static final int ENGINE_DATA = 124;
    static final int ADJUSTMENT = 120;
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    final MemorySegment records;

    ConnectionRecords(MemorySegment records) {
        this.records = records;
    }

    /** The connection that controls it, or {@link #NONE}. */
    public int control(int connection) {
        return records.get(INT, (long) connection * RECORD + CONTROL);
    }

    /** How many connections it controls. */
    public int controlled(int connection) {
        return records.get(INT, (long) connection * RECORD + CONTROLLED);
    }

    void controlled(int connection, int count) {
        records.set(INT, (long) connection * RECORD + CONTROLLED, count);
    }

    /** The entry of what a persistence engine took from its first packet, of a template only; or {@link #NONE}. */
    int engineData(int connection) {
        return records.get(INT, (long) connection * RECORD + ENGINE_DATA);
    }

    /** Its entry in {@link SequenceAdjustments}, whose NONE is that of nearly all. */
    public int adjustment(int connection) {
        return records.get(INT, (long) connection * RECORD + ADJUSTMENT);
    }

    public int protocol(int connection) {
        return records.get(BYTE, (long) connection * RECORD + PROTOCOL) & 0xff;
    }

    public State state(int connection) {
        return State.of(records.get(BYTE, (long) connection * RECORD + STATE));
    }

    public void state(int connection, State state) {
        records.set(BYTE, (long) connection * RECORD + STATE, (byte) state.ordinal());
    }

    public int flags(int connection) {
        return records.get(INT, (long) connection * RECORD + FLAGS);
    }

    public void flags(int connection, int value) {
        records.set(INT, (long) connection * RECORD + FLAGS, value);
    }

    /** MASQUERADED, TUNNEL or DIRECT. */
    public int forwarding(int connection) {
        return flags(connection) & FORWARDING_MASK;
    }

    /** The number of its real server, see RealServer.id. */
    public int server(int connection) {
        return records.get(INT, (long) connection * RECORD + SERVER_NUMBER);
    }

    /** Seconds; in force from the next {@link Connections#touch}. */
    public void timeout(int connection, int seconds) {
        records.set(INT, (long) connection * RECORD + TIMEOUT, seconds);
    }

    public long clientHigh(int connection) {
        return records.get(LONG, (long) connection * RECORD);
    }

    public long clientLow(int connection) {
        return records.get(LONG, (long) connection * RECORD + CLIENT_LOW);
    }

    public long virtualHigh(int connection) {
        return records.get(LONG, (long) connection * RECORD + VIRTUAL);
    }

    public long virtualLow(int connection) {
        return records.get(LONG, (long) connection * RECORD + VIRTUAL_LOW);
    }

    public long serverHigh(int connection) {
        return records.get(LONG, (long) connection * RECORD + SERVER);
    }

    public long serverLow(int connection) {
        return records.get(LONG, (long) connection * RECORD + SERVER_LOW);
    }

    public int clientPort(int connection) {
        return records.get(SHORT, (long) connection * RECORD + CLIENT_PORT) & 0xffff;
    }

    public int virtualPort(int connection) {
        return records.get(SHORT, (long) connection * RECORD + VIRTUAL_PORT) & 0xffff;
    }

    public int serverPort(int connection) {
        return records.get(SHORT, (long) connection * RECORD + SERVER_PORT) & 0xffff;
    }

    /** The next hop towards the server, a number of the engine's; {@link #NONE} before it was looked up. */
    public int hopToServer(int connection) {
        return records.get(INT, (long) connection * RECORD + HOP_TO_SERVER);
    }

    public int hopToClient(int connection) {
        return records.get(INT, (long) connection * RECORD + HOP_TO_CLIENT);
    }

    /** The generation of routes for which both hops hold. */
    public int hopGeneration(int connection) {
        return records.get(INT, (long) connection * RECORD + HOP_GENERATION);
    }

    public void hops(int connection, int toServer, int toClient, int generation) {
        long at = (long) connection * RECORD;
        records.set(INT, at + HOP_TO_SERVER, toServer);
        records.set(INT, at + HOP_TO_CLIENT, toClient);
        records.set(INT, at + HOP_GENERATION, generation);
    }

    /** What masquerading towards the server adds to a sum over the addresses; towards the client its complement. */
    public int addressDelta(int connection) {
        return records.get(SHORT, (long) connection * RECORD + ADDRESS_DELTA) & 0xffff;
    }

    /** The same for addresses and ports. */
    public int tupleDelta(int connection) {
        return records.get(SHORT, (long) connection * RECORD + TUPLE_DELTA) & 0xffff;
    }

    public void deltas(int connection, int address, int tuple) {
        long at = (long) connection * RECORD;
        records.set(SHORT, at + ADDRESS_DELTA, (short) address);
        records.set(SHORT, at + TUPLE_DELTA, (short) tuple);
    }

    /** Packets that its client sent. */
    public int packetsIn(int connection) {
        return records.get(INT, (long) connection * RECORD + PACKETS_IN);
    }

    public void countPacketIn(int connection) {
        long at = (long) connection * RECORD + PACKETS_IN;
        records.set(INT, at, records.get(INT, at) + 1);
    }

    long deadline(int connection) {
        return records.get(LONG, (long) connection * RECORD + DEADLINE);
    }

    int timerNext(int connection) {
        return records.get(INT, (long) connection * RECORD + TIMER_NEXT);
    }

    void timerNext(int connection, int value) {
        records.set(INT, (long) connection * RECORD + TIMER_NEXT, value);
    }

    int timerPrevious(int connection) {
        return records.get(INT, (long) connection * RECORD + TIMER_PREVIOUS);
    }

    void timerPrevious(int connection, int value) {
        records.set(INT, (long) connection * RECORD + TIMER_PREVIOUS, value);
    }

    int timerSlot(int connection) {
        return records.get(INT, (long) connection * RECORD + TIMER_SLOT);
    }

    void timerSlot(int connection, int value) {
        records.set(INT, (long) connection * RECORD + TIMER_SLOT, value);
    }
}
