package dev.weir.connection;

import java.util.Arrays;

/**
 * When each connection ends. A wheel of lists threaded through the records; a connection hangs in the slot of its deadline
 * as it was when hung up. A later deadline is only written down, and found when the slot comes round: the usual packet
 * costs the wheel nothing. An earlier one moves the connection at once.
 */
final class TimerWheel {
    /** 2^24 ns, about 17 ms, a slot; 2^13 slots, about 137 s, a turn. */
    private static final int TICK_SHIFT = 24;
    private static final int SLOTS = 1 << 13;

    private final Connections connections;
    private final int[] heads = new int[SLOTS];
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

    /** The connection's deadline was set to {@code deadline}. */
    void moved(int connection, long deadline) {
        int slot = slotOf(deadline);
        int current = connections.timerSlot(connection);
        if (distance(slot) < distance(current)) {
            remove(connection);
            link(connection, slot);
        }
    }

    void remove(int connection) {
        int next = connections.timerNext(connection);
        int previous = connections.timerPrevious(connection);
        if (previous == Connections.NONE) {
            heads[connections.timerSlot(connection)] = next;
        } else {
            connections.timerNext(previous, next);
        }
        if (next != Connections.NONE) {
            connections.timerPrevious(next, previous);
        }
    }

    /** See {@link Connections#expire}. */
    boolean advance(long now, int limit, Connections.Expiry expiry) {
        long last = now >> TICK_SHIFT;
        if (last - tick > SLOTS) {
            tick = last - SLOTS;
        }
        while (tick <= last) {
            int slot = (int) (tick & SLOTS - 1);
            int connection = heads[slot];
            while (connection != Connections.NONE) {
                if (limit-- == 0) {
                    return false;
                }
                int next = connections.timerNext(connection);
                long deadline = connections.deadline(connection);
                if (deadline <= now && connections.controlled(connection) != 0) {
                    deadline = connections.postpone(connection, now);
                }
                if (deadline <= now) {
                    expiry.expired(connection);
                    connections.remove(connection);
                } else if (slotOf(deadline) != slot) {
                    remove(connection);
                    link(connection, slotOf(deadline));
                }
                connection = next;
            }
            if (tick == last) {
                return true;
            }
            tick++;
        }
        return true;
    }

    private void link(int connection, int slot) {
        int head = heads[slot];
        connections.timerSlot(connection, slot);
        connections.timerNext(connection, head);
        connections.timerPrevious(connection, Connections.NONE);
        if (head != Connections.NONE) {
            connections.timerPrevious(head, connection);
        }
        heads[slot] = connection;
    }

    /** The slot of a deadline; one beyond the wheel's turn hangs in the last slot before the turn ends. */
    private int slotOf(long deadline) {
        long wanted = Math.min(Math.max(deadline >> TICK_SHIFT, tick), tick + SLOTS - 1);
        return (int) (wanted & SLOTS - 1);
    }

    private int distance(int slot) {
        return slot - (int) (tick & SLOTS - 1) & SLOTS - 1;
    }
}
