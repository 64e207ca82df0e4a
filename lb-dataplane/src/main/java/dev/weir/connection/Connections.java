package dev.weir.connection;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one worker, outside the heap.
 *
 * <p>Contract: the worker that owns the table makes, changes and ends connections; any other thread may call
 * {@link #list} and {@link #count} at any time, without a lock and without disturbing the owner. A connection is a number, the place of its
 * record, from 0; it stays the same until the connection ends. A record's stamp is even while the record stands, odd
 * while the owner makes or ends it: a reader that sees the same even stamp before and after has a whole copy. What a packet
 * changes of a connection that stands (state, deadline, counts) changes no stamp; each of these is read whole, but for
 * itself. bench/jcstress has the tests of all that.
 */
public final class Connections extends ConnectionLookup implements AutoCloseable {
    private static final int RETIRED_PORT = 0xffff;
    /** Seconds that a connection lives on, time and again, while it controls others (ip_vs_conn_expire). */
    private static final int CONTROLLING = 60;

    static final long SECOND = 1_000_000_000L;
    static final VarHandle STAMP_HANDLE = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle COUNT;
    static final int FREE = 1;

    private final Arena arena;
    private final SequenceAdjustments adjustments;
    private final TimerWheel wheel;
    private final ConnectionReader reader;
    private final HalfOpenList halfOpen = new HalfOpenList(this);
    private boolean hasLocal;
    /** The first of the numbers given back, each of which names the next. */
    private int freed = NONE;
    private volatile int highWater;
    /** Null where nobody wants to know. */
    private @Nullable ChangeMap changes;
    /** See {@link #toldEnd}; null before it is needed. Volatile, since a table of templates has several who read it. */
    private volatile int @Nullable [] toldEnds;
    /** Changed by {@link #counted} alone. */
    private int count;
    private int toldClock;

    static {
        try {
            COUNT = MethodHandles.lookup().findVarHandle(Connections.class, "count", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Told of each connection whose time has come, just before its record goes. */
    public interface Expiry {
        void expired(int connection);

        /**
         * Its time has come, but it controls others, and lives on for their sake.
         *
         * @param now nanoseconds
         */
        default void postponed(int connection, long now) {
        }
    }

    /** In memory of the JVM's choosing. */
    public Connections(int capacity, long hashKey, long now) {
        this(Arena.ofShared(), capacity, hashKey, now);
    }

    /**
     * @param arena    where it all stands, closed with it; any thread may use it
     * @param capacity connections at most; memory is reserved now
     * @param hashKey  a secret, so that nobody can choose tuples that collide
     * @param now      nanoseconds
     */
    public Connections(Arena arena, int capacity, long hashKey, long now) {
        super(arena, capacity, hashKey);
        this.arena = arena;
        adjustments = new SequenceAdjustments(arena, capacity);
        wheel = new TimerWheel(this, now);
        reader = new ConnectionReader(this, engineData);
    }

    /**
     * Makes a connection and finds it a timer of {@code timeout} seconds.
     *
     * @return its number, or {@link #NONE} where the table is full
     */
    public int create(int protocol, long clientHigh, long clientLow, int clientPort, long virtualHigh, long virtualLow,
            int virtualPort, long serverHigh, long serverLow, int serverPort, int flags, int server, int timeout,
            long now) {
        return create(protocol, clientHigh, clientLow, clientPort, virtualHigh, virtualLow, virtualPort, serverHigh,
                serverLow, serverPort, flags, server, timeout, EngineData.NONE, now);
    }

    /**
     * Makes a template that stands for {@code length} bytes of a persistence engine's data, 1 to 255, too.
     *
     * @return its number, or {@link #NONE} where the table is full
     */
    public int createTemplate(int protocol, long clientHigh, long clientLow, long virtualHigh, long virtualLow,
            int virtualPort, long serverHigh, long serverLow, int serverPort, int flags, int server, int timeout,
            MemorySegment data, long at, int length, long now) {
        int entry = engineData.store(data, at, length);
        if (entry == EngineData.NONE) {
            return NONE;
        }
        int template = create(protocol, clientHigh, clientLow, 0, virtualHigh, virtualLow, virtualPort, serverHigh,
                serverLow, serverPort, flags | TEMPLATE, server, timeout, entry, now);
        if (template == NONE) {
            engineData.release(entry);
        }
        return template;
    }

    private int create(int protocol, long clientHigh, long clientLow, int clientPort, long virtualHigh, long virtualLow,
            int virtualPort, long serverHigh, long serverLow, int serverPort, int flags, int server, int timeout,
            int engineEntry, long now) {
        int connection = take();
        if (connection == NONE) {
            return NONE;
        }
        long at = at(connection);
        int stamp = MEMORY.get(INT, at + STAMP) | FREE;
        STAMP_HANDLE.setOpaque(MEMORY, at + STAMP, stamp);
        VarHandle.storeStoreFence();
        int marked = addresses(connection, flags, clientHigh, clientLow, virtualHigh, virtualLow, serverHigh,
                serverLow);
        MEMORY.set(SHORT, at + CLIENT_PORT, (short) clientPort);
        MEMORY.set(SHORT, at + VIRTUAL_PORT, (short) virtualPort);
        MEMORY.set(SHORT, at + SERVER_PORT, (short) serverPort);
        MEMORY.set(BYTE, at + PROTOCOL, (byte) protocol);
        State first = (flags & TEMPLATE) != 0 ? State.TEMPLATE_NONE : State.first(protocol);
        MEMORY.set(BYTE, at + STATE, (byte) first.ordinal());
        MEMORY.set(INT, at + FLAGS, marked);
        MEMORY.set(INT, at + SERVER_NUMBER, server);
        MEMORY.set(INT, at + HOP_GENERATION, NONE);
        MEMORY.set(INT, at + PACKETS_IN, 0);
        rest(connection, CONTROL, NONE);
        rest(connection, CONTROLLED, 0);
        rest(connection, EXTRA, engineEntry);
        rest(connection, LOCAL_PORT, 0);
        timeout(connection, timeout);
        MEMORY.set(LONG, at + DEADLINE, now + timeout * SECOND);
        toldEnd(connection, toldClock);
        // Pairs with the acquire in ConnectionReader: whoever sees this stamp sees the fields.
        STAMP_HANDLE.setRelease(MEMORY, at + STAMP, stamp + 1);
        if (connection == highWater) {
            highWater = connection + 1;
        }
        counted(1);
        expected += (flags & NO_CLIENT_PORT) != 0 ? 1 : 0;
        index(connection);
        wheel.insert(connection);
        note(connection);
        return connection;
    }

    private int take() {
        if (freed == NONE) {
            return highWater < capacity ? highWater : NONE;
        }
        int connection = freed;
        freed = rest(connection, TIMER_NEXT);
        return connection;
    }

    /** Ends a connection that controls no other: its record and number may be used again at once. */
    public void remove(int connection) {
        wheel.remove(connection);
        unindex(connection);
        int control = control(connection);
        if (control != NONE) {
            rest(control, CONTROLLED, controlled(control) - 1);
        }
        if (state(connection).halfOpen()) {
            halfOpen.remove(connection);
        }
        int flags = flags(connection);
        expected -= (flags & NO_CLIENT_PORT) != 0 ? 1 : 0;
        long at = at(connection);
        STAMP_HANDLE.setOpaque(MEMORY, at + STAMP, MEMORY.get(INT, at + STAMP) + 1);
        // What is freed from here on may be another connection's before that one has a stamp: no reader takes it for this one's.
        VarHandle.storeStoreFence();
        if ((flags & ADJUSTED) != 0) {
            adjustments.free(adjustment(connection));
        } else if (engineData(connection) != EngineData.NONE) {
            engineData.release(engineData(connection));
        }
        releaseAddresses(connection);
        counted(-1);
        rest(connection, TIMER_NEXT, freed);
        freed = connection;
        note(connection);
    }

    /**
     * From now on a connection under FULLNAT, which had none, has this end towards its server, and answers are found.
     *
     * @param port 1 to 65535
     */
    public void local(int connection, long high, long low, int port) {
        unindex(connection);
        long at = at(connection);
        int stamp = MEMORY.get(INT, at + STAMP);
        STAMP_HANDLE.setOpaque(MEMORY, at + STAMP, stamp | FREE);
        VarHandle.storeStoreFence();
        hasLocal = true;
        localAddress(connection, high, low);
        rest(connection, LOCAL_PORT, port);
        acknowledged(connection, 0);
        serversFirst(connection, 0);
        STAMP_HANDLE.setRelease(MEMORY, at + STAMP, (stamp | FREE) + 1);
        index(connection);
        note(connection);
    }

    /** Whether any connection had such an end ever. For the owner only. */
    public boolean hasLocal() {
        return hasLocal;
    }

    /** The first packet of a connection that awaited one came (ip_vs_conn_fill_cport). */
    public void clientPort(int connection, int port) {
        unindex(connection);
        long at = at(connection);
        int stamp = MEMORY.get(INT, at + STAMP);
        STAMP_HANDLE.setOpaque(MEMORY, at + STAMP, stamp | FREE);
        VarHandle.storeStoreFence();
        MEMORY.set(SHORT, at + CLIENT_PORT, (short) port);
        flags(connection, flags(connection) & ~NO_CLIENT_PORT);
        STAMP_HANDLE.setRelease(MEMORY, at + STAMP, (stamp | FREE) + 1);
        expected--;
        index(connection);
        note(connection);
    }

    /**
     * A template leads no new connection any more. It stands for those that it led, and its ports become 65535, so that
     * whoever lists it sees it (ip_vs_check_template).
     */
    public void retire(int template) {
        index.remove(templateKind(template), template);
        long at = at(template);
        int stamp = MEMORY.get(INT, at + STAMP);
        STAMP_HANDLE.setOpaque(MEMORY, at + STAMP, stamp | FREE);
        VarHandle.storeStoreFence();
        flags(template, flags(template) | RETIRED);
        MEMORY.set(SHORT, at + VIRTUAL_PORT, (short) RETIRED_PORT);
        MEMORY.set(SHORT, at + SERVER_PORT, (short) RETIRED_PORT);
        STAMP_HANDLE.setRelease(MEMORY, at + STAMP, (stamp | FREE) + 1);
        note(template);
    }

    /** By how much sequence numbers differ on both sides of the director. */
    public SequenceAdjustments adjustments() {
        return adjustments;
    }

    /** From now on the connection has a sequence adjustment. */
    public void adjust(int connection) {
        rest(connection, EXTRA, adjustments.take());
        flags(connection, flags(connection) | ADJUSTED);
    }

    /** From now on {@code control} lives at least as long as {@code connection}. */
    public void controlledBy(int connection, int control) {
        rest(connection, CONTROL, control);
        rest(control, CONTROLLED, controlled(control) + 1);
    }

    /** From now on something controls the connection that is not in this table, or, with {@link #NONE}, nothing does. */
    public void control(int connection, int control) {
        rest(connection, CONTROL, control);
    }

    /** A connection controls so many more that are not in this table, or fewer. */
    public void controls(int connection, int by) {
        rest(connection, CONTROLLED, controlled(connection) + by);
    }

    /** The time of a connection that controls others has come: it gets more, and keeps that as its timeout. */
    void postpone(int connection, long now) {
        timeout(connection, CONTROLLING);
        MEMORY.set(LONG, at(connection) + DEADLINE, now + CONTROLLING * SECOND);
    }

    /** From now on the connection is in this state. */
    public void state(int connection, State state) {
        boolean was = state(connection).halfOpen();
        MEMORY.set(BYTE, at(connection) + STATE, (byte) state.ordinal());
        if (was != state.halfOpen()) {
            if (was) {
                halfOpen.remove(connection);
            } else {
                halfOpen.add(connection);
            }
        }
        note(connection);
    }

    /** The connection that has been half-open for longest; {@link #NONE} where none is. */
    public int oldestHalfOpen() {
        return halfOpen.oldest();
    }

    /** One of the connections that a template led was answered: by this it says that its client is real. */
    public void assure(int template) {
        state(template, State.TEMPLATE_ASSURED);
    }

    /** A packet came: the connection lives for its timeout from now. */
    public void touch(int connection, long now) {
        touch(connection, MEMORY.get(INT, at(connection) + TIMEOUT), now);
    }

    /** A packet came: the connection lives for so many seconds from now, its timeout from here on. */
    public void touch(int connection, int seconds, long now) {
        long at = at(connection);
        long before = MEMORY.get(LONG, at + DEADLINE);
        long deadline = now + seconds * SECOND;
        MEMORY.set(INT, at + TIMEOUT, seconds);
        MEMORY.set(LONG, at + DEADLINE, deadline);
        if (deadline < before) {
            wheel.earlier(connection);
        }
    }

    /**
     * Ends what is due, at most {@code limit} looks at a call so that a worker never stalls.
     *
     * @return whether all that is due by {@code now} was done
     */
    public boolean expire(long now, int limit, Expiry expiry) {
        return wheel.advance(now, limit, expiry);
    }

    /** Opaque: one writer, and other readers need no order, only whole values. */
    private void counted(int change) {
        COUNT.setOpaque(this, count + change);
    }

    /** Any thread. */
    public int count() {
        return (int) COUNT.getOpaque(this);
    }

    /** How many more fit. Any thread. */
    public int free() {
        return capacity - count();
    }

    /** Whether a template's client has proved that it is real, see {@link #assure}. */
    public boolean isAssured(int template) {
        return state(template) == State.TEMPLATE_ASSURED;
    }

    /** Nanoseconds since the last packet. */
    public long idle(int connection, long now) {
        return now - (deadline(connection) - MEMORY.get(INT, at(connection) + TIMEOUT) * SECOND);
    }

    /** Connections have had the numbers below this one so far. */
    public int numbers() {
        return highWater;
    }

    /** A number that is another once the connection has ended. For the owner only. */
    public int stamp(int connection) {
        return MEMORY.get(INT, at(connection) + STAMP);
    }

    /** Whether a connection has this number, below {@link #numbers}. For the owner only. */
    public boolean stands(int connection) {
        return (MEMORY.get(INT, at(connection) + STAMP) & FREE) == 0;
    }

    /** A copy of every connection. Any thread; one that changes under way is as before or after, or left out. */
    public List<ConnectionEntry> list(long now) {
        return reader.list(highWater, now);
    }

    /**
     * Copies a connection. Any thread; one that changes under way is as before or after.
     *
     * @param into what it cannot know stays as it is: {@link ConnectionCopy#kind}, {@link ConnectionCopy#mark}
     * @return false where no connection has this number now
     */
    public boolean read(int connection, ConnectionCopy into, long now) {
        return reader.read(connection, into, now);
    }

    /** From now on changes are noted there, or, with null, nowhere. The owner. */
    public void noteChanges(@Nullable ChangeMap map) {
        changes = map;
    }

    private void note(int connection) {
        if (changes != null) {
            changes.changed(connection);
        }
    }

    /** From now on its sequence numbers are adjusted so. */
    public void adjust(int connection, int[] adjustment) {
        if ((flags(connection) & ADJUSTED) == 0) {
            adjust(connection);
        }
        adjustments.restore(adjustment(connection), adjustment, adjustment.length);
    }

    /** From now on the sequence numbers of a connection that is {@link #ADJUSTED} differ so; all else of its entry stays. */
    public void sequences(int connection, int[] adjustment) {
        adjustments.restore(adjustment(connection), adjustment, SequenceAdjustments.SEQUENCE_WORDS);
    }

    /** Its application has changed its sequence adjustment. */
    public void adjustmentChanged(int connection) {
        note(connection);
    }

    /**
     * It has the addresses and ports of one that ended after it was made: whoever follows changes hears of it once more, and so
     * after that end.
     */
    public void tookPlace(int connection) {
        note(connection);
    }

    /**
     * From now on it has a server's number, which was not known when it was made, and the flags that say how packets reach
     * that (ip_vs_try_bind_dest).
     */
    public void bind(int connection, int server, int flags) {
        unindex(connection);
        MEMORY.set(INT, at(connection) + SERVER_NUMBER, server);
        flags(connection, flags);
        index(connection);
        note(connection);
    }

    /** From now on it is another director's, whose packets' time and state it has. */
    public void hold(int connection) {
        flags(connection, flags(connection) | HELD);
    }

    /** The last packet came {@code age} nanoseconds before now, and it lives for so many seconds from then. */
    public void touch(int connection, int seconds, long age, long now) {
        touch(connection, seconds, now - age);
    }

    /** From now on its first packets count as having come. */
    public void packetsIn(int connection, int packets) {
        MEMORY.set(INT, at(connection) + PACKETS_IN, packets);
    }

    /** It is no longer another director's: its packets come here. */
    public void own(int connection) {
        flags(connection, flags(connection) & ~HELD);
        note(connection);
    }

    /**
     * From now on it is remembered when connections were to end as they were told of last: costs four bytes each.
     *
     * @param clock what is written down of connections that are made, until it is said anew
     */
    public void rememberTold(int clock) {
        toldClock = clock;
        if (toldEnds == null) {
            int[] ends = new int[capacity];
            Arrays.fill(ends, clock);
            toldEnds = ends;
        }
    }

    /** By the clock of {@link #rememberTold}. */
    public int toldEnd(int connection) {
        int[] ends = toldEnds;
        return ends == null ? toldClock : ends[connection];
    }

    public void toldEnd(int connection, int end) {
        int[] ends = toldEnds;
        if (ends != null) {
            ends[connection] = end;
        }
    }

    /** Frees the memory; nobody may be reading. */
    @Override
    public void close() {
        arena.close();
    }
}
