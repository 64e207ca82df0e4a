package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.wire.ClientHash;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Connections that stand with their client's home and not with the worker that their own client's port says, as one worker
 * sees them. Where the port counts ({@link ClientHash#byFlow}), one client's connections are several workers'; but those of
 * FTP must meet in one: data connections are announced, with a port not known yet, on another connection, and live as long
 * as that. So FTP's connections are their client's home's, and so is any other that begins while the client has such ones.
 * Their packets come to the worker that their port says; it has no such connection, sees here that the client has some at
 * its home, and passes them on ({@link Passing}). That costs those clients, and nobody else.
 *
 * <p>What is counted is shared by all workers: connections of clients, a few of which count as one. A connection is counted
 * before any packet that it causes is sent, so whoever receives an answer sees it counted.
 */
final class Homes {
    /** Clients that are told apart; those that are not cost each other a look-up. */
    private static final int CLIENTS = 1 << 12;
    private static final int UNUSED_FLAGS = 0;

    private final ClientHash hash;
    private final int worker;
    private final AtomicIntegerArray counts;

    /** @param counts of {@link #counts}, the same for all workers */
    Homes(ClientHash hash, int worker, AtomicIntegerArray counts) {
        this.hash = hash;
        this.worker = worker;
        this.counts = counts;
    }

    /** Where a table's connections are nobody's but its owner's. */
    static Homes alone() {
        return new Homes(new ClientHash(0, 1, false), 0, counts());
    }

    static AtomicIntegerArray counts() {
        return new AtomicIntegerArray(CLIENTS);
    }

    /** The flag of a connection that this worker is about to make. */
    int flag(long clientHigh, long clientLow, int clientPort, int flags) {
        boolean elsewhere = (flags & Connections.NO_CLIENT_PORT) != 0
                || hash.owner(clientHigh, clientLow, clientPort) != worker;
        return elsewhere ? Connections.AT_HOME : UNUSED_FLAGS;
    }

    /** Whether answers to this local address and port come to this worker. */
    boolean isOwn(long localHigh, long localLow, int localPort) {
        return hash.ofFlow(localHigh, localLow, localPort) == worker;
    }

    /** Some number of an address, which nobody else can know. */
    int mix(long high, long low) {
        return hash.mix(high, low);
    }

    /** A connection was made. */
    void began(Connections connections, int connection) {
        count(connections, connection, 1);
    }

    /** A connection is about to end. */
    void ends(Connections connections, int connection) {
        count(connections, connection, -1);
    }

    private void count(Connections connections, int connection, int by) {
        if ((connections.flags(connection) & Connections.AT_HOME) != 0) {
            counts.getAndAdd(place(connections.clientHigh(connection), connections.clientLow(connection)), by);
        }
    }

    private int place(long high, long low) {
        return hash.mix(high, low) & CLIENTS - 1;
    }

    /** The worker of what a client has at home. */
    int of(long clientHigh, long clientLow) {
        return hash.home(clientHigh, clientLow);
    }

    /** Whether a client may have connections at home that are other workers' by their ports. */
    boolean mayHave(long clientHigh, long clientLow) {
        return counts.get(place(clientHigh, clientLow)) != 0;
    }
}
