package dev.weir.connection;

import static dev.weir.connection.ConnectionRecords.HALF_OPEN_NEXT;
import static dev.weir.connection.ConnectionRecords.HALF_OPEN_PREVIOUS;

/**
 * The half-open connections ({@link State#halfOpen}) in the order in which they became so, threaded through the records:
 * who has to make room finds the oldest without a search.
 */
final class HalfOpenList {
    private final ConnectionRecords connections;
    private int oldest = ConnectionRecords.NONE;
    private int newest = ConnectionRecords.NONE;

    HalfOpenList(ConnectionRecords connections) {
        this.connections = connections;
    }

    int oldest() {
        return oldest;
    }

    void add(int connection) {
        connections.rest(connection, HALF_OPEN_PREVIOUS, newest);
        connections.rest(connection, HALF_OPEN_NEXT, ConnectionRecords.NONE);
        if (newest == ConnectionRecords.NONE) {
            oldest = connection;
        } else {
            connections.rest(newest, HALF_OPEN_NEXT, connection);
        }
        newest = connection;
    }

    void remove(int connection) {
        int previous = connections.rest(connection, HALF_OPEN_PREVIOUS);
        int next = connections.rest(connection, HALF_OPEN_NEXT);
        if (previous == ConnectionRecords.NONE) {
            oldest = next;
        } else {
            connections.rest(previous, HALF_OPEN_NEXT, next);
        }
        if (next == ConnectionRecords.NONE) {
            newest = previous;
        } else {
            connections.rest(next, HALF_OPEN_PREVIOUS, previous);
        }
    }
}
