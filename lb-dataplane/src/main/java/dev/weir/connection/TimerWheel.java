package dev.weir.connection;

import java.util.Arrays;

/**
 * When each connection ends. A wheel of lists threaded through the records; a connection hangs in the slot of its deadline
 * as it was when hung up. A later deadline is only written down, and found when the slot comes round: the usual packet
 * costs the wheel nothing. An earlier one moves the connection at once. A slot is walked when its time is over, so a
 * connection ends up to a slot's time late, and no walk finds one that is not due yet.
 */
final class TimerWheel {
    /** 2^24 ns, about 17 ms, a slot; 2^13 slots, about 137 s, a turn. */
    private static final int TICK_SHIFT = 24;
    /** Nanoseconds. */
    static final long SLOT_TIME = 1L << TICK_SHIFT;
    private static final int SLOTS = 1 << 13;
    /** Connections whose memory is fetched side by side before they end. */
    private static final int FETCHED = 32;

    private final Connections connections;
    private final int[] heads = new int[SLOTS];
    private final int[] ending = new int[FETCHED];
    /** What fetching left: kept, since a read whose value nobody wants may be left out. */
    private final long[] fetched = new long[FETCHED];
    /** The tick whose slot is walked next. */
    private long tick;

    TimerWheel(Connections connections, long now) {
        this.connections = connections;
        Arrays.fill(heads, Connections.NONE);
        tick = now >> TICK_SHIFT;
    }

    void insert(int connection) {
        link(connection, slotOf(connections.deadline(connection)));
    }

    /** The connection's deadline is earlier than it was. */
    void earlier(int connection) {
        remove(connection);
        insert(connection);
    }

    void remove(int connection) {
        int next = connections.rest(connection, ConnectionRecords.TIMER_NEXT);
        int previous = connections.rest(connection, ConnectionRecords.TIMER_PREVIOUS);
        if (previous < 0) {
            heads[~previous] = next;
        } else {
            connections.rest(previous, ConnectionRecords.TIMER_NEXT, next);
        }
        if (next != Connections.NONE) {
            connections.rest(next, ConnectionRecords.TIMER_PREVIOUS, previous);
        }
    }

    /** See {@link Connections#expire}. */
    boolean advance(long now, int limit, Connections.Expiry expiry) {
        long current = now >> TICK_SHIFT;
        tick = Math.max(tick, current - SLOTS);
        int left = limit;
        for (; tick < current; tick++) {
            int slot = (int) (tick & SLOTS - 1);
            int ahead = 0;
            for (int connection = heads[slot]; connection != Connections.NONE; connection = heads[slot]) {
                if (left-- == 0) {
                    return false;
                }
                if (ahead-- == 0) {
                    fetch(connection, now);
                    ahead = FETCHED - 1;
                }
                due(connection, now, expiry);
            }
        }
        return true;
    }

    /** Of a connection and those behind it in its list, what their end will touch. */
    private void fetch(int first, long now) {
        int connection = first;
        int count = 0;
        for (int i = 0; i < FETCHED && connection != Connections.NONE; i++) {
            if (isDue(connection, now)) {
                ending[count++] = connection;
            }
            connection = connections.rest(connection, ConnectionRecords.TIMER_NEXT);
        }
        // A loop as short as can be, so that as many reads as possible are under way at once.
        for (int i = 0; i < count; i++) {
            fetched[i] = connections.touchEntries(ending[i]);
        }
    }

    private boolean isDue(int connection, long now) {
        return connections.deadline(connection) >> TICK_SHIFT < now >> TICK_SHIFT;
    }

    /** Ends a connection, or hangs it where its deadline is now: in a slot that is still to come. */
    private void due(int connection, long now, Connections.Expiry expiry) {
        if (isDue(connection, now)) {
            if (connections.controlled(connection) == 0) {
                expiry.expired(connection);
                connections.remove(connection);
                return;
            }
            connections.postpone(connection, now);
            expiry.postponed(connection, now);
        }
        remove(connection);
        link(connection, slotOf(Math.max(connections.deadline(connection), tick + 1 << TICK_SHIFT)));
    }

    /** The first of a list says which, negated, where the others name the one before them. */
    private void link(int connection, int slot) {
        int head = heads[slot];
        connections.rest(connection, ConnectionRecords.TIMER_NEXT, head);
        connections.rest(connection, ConnectionRecords.TIMER_PREVIOUS, ~slot);
        if (head != Connections.NONE) {
            connections.rest(head, ConnectionRecords.TIMER_PREVIOUS, connection);
        }
        heads[slot] = connection;
    }

    /** The slot of a deadline; one beyond the wheel's turn hangs in the last slot before the turn ends. */
    private int slotOf(long deadline) {
        long wanted = Math.min(Math.max(deadline >> TICK_SHIFT, tick), tick + SLOTS - 1);
        return (int) (wanted & SLOTS - 1);
    }
}
