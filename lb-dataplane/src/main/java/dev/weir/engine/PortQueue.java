package dev.weir.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * One worker's ports of a local address towards one server. Those that were given back longest ago come first, so that the
 * server has forgotten as many of the connections before as can be; then those that were never used. Memory grows with
 * the ports that were in use at once. Belongs to one worker; {@link #used} and {@link #refusals} any thread may read.
 */
final class PortQueue {
    static final int NONE = -1;
    /** Milliseconds that Linux keeps a connection in TIME_WAIT. */
    private static final int TIME_WAIT = 60_000;
    private static final long MILLISECOND = 1_000_000;
    private static final int LEAST = 64;
    private static final byte NEVER = 0;
    private static final byte USED = 1;
    private static final byte FREE = 2;
    private static final VarHandle COUNT;
    private static final VarHandle REFUSALS;

    /** In ascending order. */
    private final char[] ports;
    /** The place of the first that is taken: not the same for a director that starts anew. */
    private final int first;
    /** Ports by their turn, counted from {@link #first}: those from here on have never been given out in turn. */
    private int fresh;
    private byte[] states = {};
    private int[] acknowledgements = {};
    private int[] freedAt = {};
    /** Turns of ports that were given back, oldest first; of one that was claimed since nothing is left but its place. */
    private int[] freed = new int[LEAST];
    private int head;
    private int waiting;
    private int lookedAt = NONE;
    private boolean young;
    private int acknowledged;
    private int count;
    private long refusals;
    /** Milliseconds, as {@link #freedAt}. */
    private int lastFreed;

    static {
        try {
            COUNT = MethodHandles.lookup().findVarHandle(PortQueue.class, "count", int.class);
            REFUSALS = MethodHandles.lookup().findVarHandle(PortQueue.class, "refusals", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** @param seed which port comes first, any number */
    PortQueue(char[] ports, int seed) {
        this.ports = ports;
        first = ports.length == 0 ? 0 : Math.floorMod(seed, ports.length);
    }

    /**
     * @param now        nanoseconds
     * @param mayBeYoung whether one will do that the server may remember a connection of
     * @return a port, or {@link #NONE}
     */
    int take(long now, boolean mayBeYoung) {
        int time = millis(now);
        skipClaimed();
        if (waiting > 0 && time - freedAt[freed[head]] - TIME_WAIT >= 0) {
            return takeFreed(false);
        }
        while (fresh < ports.length) {
            int turn = fresh++;
            ensure(turn);
            if (states[turn] == NEVER) {
                young = false;
                return used(turn);
            }
        }
        return mayBeYoung && waiting > 0 ? takeFreed(true) : NONE;
    }

    private void skipClaimed() {
        while (waiting > 0 && states[freed[head]] != FREE) {
            next();
        }
    }

    private int takeFreed(boolean remembered) {
        int turn = freed[head];
        next();
        acknowledged = acknowledgements[turn];
        // A server that never acknowledged anything has nothing to remember.
        young = remembered && acknowledged != 0;
        return used(turn);
    }

    private void next() {
        head = head + 1 == freed.length ? 0 : head + 1;
        waiting--;
    }

    private int used(int turn) {
        states[turn] = USED;
        COUNT.setOpaque(this, count + 1);
        return ports[place(turn)];
    }

    /** Of the port taken last: whether its server may remember the connection before. */
    boolean isYoung() {
        return young;
    }

    /** Of the port taken last: what its server acknowledged last to the connection before. */
    int acknowledged() {
        return acknowledged;
    }

    /** A port that is in use, each in its turn in the order in which they were first taken; or {@link #NONE}. */
    int nextInUse() {
        if (states.length == 0) {
            return NONE;
        }
        lookedAt = lookedAt + 1 < states.length ? lookedAt + 1 : 0;
        return states[lookedAt] == USED ? ports[place(lookedAt)] : NONE;
    }

    /** A connection has this port that did not take it here. One that is none of these, or in use, changes nothing. */
    void claim(int port) {
        int turn = turn(port);
        if (turn == NONE) {
            return;
        }
        ensure(turn);
        if (states[turn] != USED) {
            used(turn);
        }
    }

    /**
     * A connection that had this port has ended.
     *
     * @param acknowledged what its server acknowledged last; 0: nothing
     */
    void give(int port, int acknowledged, long now) {
        int turn = turn(port);
        if (turn == NONE || turn >= states.length || states[turn] != USED) {
            return;
        }
        states[turn] = FREE;
        acknowledgements[turn] = acknowledged;
        lastFreed = millis(now);
        freedAt[turn] = lastFreed;
        COUNT.setOpaque(this, count - 1);
        if (waiting == freed.length) {
            grow();
        }
        freed[(head + waiting++) % freed.length] = turn;
    }

    private void grow() {
        int[] wider = new int[2 * freed.length];
        for (int i = 0; i < waiting; i++) {
            wider[i] = freed[(head + i) % freed.length];
        }
        freed = wider;
        head = 0;
    }

    private void ensure(int turn) {
        if (turn >= states.length) {
            int length = Math.min(ports.length, Math.max(LEAST, Math.max(turn + 1, 2 * states.length)));
            states = Arrays.copyOf(states, length);
            acknowledgements = Arrays.copyOf(acknowledgements, length);
            freedAt = Arrays.copyOf(freedAt, length);
        }
    }

    private int turn(int port) {
        int place = Arrays.binarySearch(ports, (char) port);
        return place < 0 ? NONE : Math.floorMod(place - first, ports.length);
    }

    private int place(int turn) {
        int place = first + turn;
        return place < ports.length ? place : place - ports.length;
    }

    private static int millis(long now) {
        return (int) (now / MILLISECOND);
    }

    /** Whether no port is in use, and the server remembers none; one that had to refuse is kept for its count. */
    boolean isForgotten(long now) {
        return count == 0 && refusals == 0 && millis(now) - lastFreed - TIME_WAIT >= 0;
    }

    void refused() {
        REFUSALS.setOpaque(this, refusals + 1);
    }

    /** How many are in use. Any thread. */
    int used() {
        return (int) COUNT.getOpaque(this);
    }

    /** How many there are. */
    int size() {
        return ports.length;
    }

    /** How often none was free. Any thread. */
    long refusals() {
        return (long) REFUSALS.getOpaque(this);
    }
}
