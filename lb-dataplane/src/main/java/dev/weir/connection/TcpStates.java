package dev.weir.connection;

import static dev.weir.connection.State.TCP_CLOSE;
import static dev.weir.connection.State.TCP_CLOSE_WAIT;
import static dev.weir.connection.State.TCP_ESTABLISHED;
import static dev.weir.connection.State.TCP_FIN_WAIT;
import static dev.weir.connection.State.TCP_LAST_ACK;
import static dev.weir.connection.State.TCP_LISTEN;
import static dev.weir.connection.State.TCP_NONE;
import static dev.weir.connection.State.TCP_SYNACK;
import static dev.weir.connection.State.TCP_SYN_RECV;
import static dev.weir.connection.State.TCP_SYN_SENT;
import static dev.weir.connection.State.TCP_TIME_WAIT;
import static dev.weir.connection.StateTable.Direction.INPUT;
import static dev.weir.connection.StateTable.Direction.INPUT_ONLY;
import static dev.weir.connection.StateTable.Direction.OUTPUT;

import dev.weir.connection.StateTable.Direction;
import dev.weir.wire.Transport;
import java.util.stream.IntStream;

/**
 * IPVS's states of TCP connections (ip_vs_proto_tcp.c): what a segment's flags make of a state. A segment counts by the
 * first of RST, SYN, FIN, ACK that it bears; one that bears none closes.
 */
final class TcpStates {
    private static final int SYN = 0;
    private static final int FIN = 1;
    private static final int ACK = 2;
    private static final int RST = 3;
    private static final int NO_FLAG = 4;
    private static final int DECISIVE = Transport.RST | Transport.SYN | Transport.FIN | Transport.ACK;
    /** By the flags of a segment. */
    private static final int[] EVENTS = IntStream.rangeClosed(0, DECISIVE).map(TcpStates::firstOf).toArray();
    private static final StateTable USUAL = usual();
    private static final StateTable GUARDED = guarded();

    private TcpStates() {
    }

    static StateTable table(boolean guarded) {
        return guarded ? GUARDED : USUAL;
    }

    static int event(int flags) {
        return EVENTS[flags & DECISIVE];
    }

    private static int firstOf(int flags) {
        if ((flags & Transport.RST) != 0) {
            return RST;
        } else if ((flags & Transport.SYN) != 0) {
            return SYN;
        } else if ((flags & Transport.FIN) != 0) {
            return FIN;
        }
        return (flags & Transport.ACK) != 0 ? ACK : NO_FLAG;
    }

    private static StateTable usual() {
        StateTable table = new StateTable(TCP_NONE, TCP_SYNACK, NO_FLAG + 1);
        for (Direction direction : Direction.values()) {
            table.rule(direction, NO_FLAG, TCP_CLOSE);
        }
        fromClient(table, INPUT);
        table.rule(INPUT, FIN, TCP_CLOSE_WAIT, TCP_ESTABLISHED);
        table.rule(INPUT, FIN, TCP_TIME_WAIT, TCP_FIN_WAIT);
        table.rule(INPUT, RST, TCP_SYN_RECV, TCP_SYNACK);

        table.rule(OUTPUT, SYN, TCP_SYN_SENT);
        table.rule(OUTPUT, SYN, TCP_ESTABLISHED, TCP_ESTABLISHED);
        table.rule(OUTPUT, SYN, TCP_SYN_RECV, TCP_SYN_RECV, TCP_SYNACK);
        table.rule(OUTPUT, SYN, TCP_LISTEN, TCP_LISTEN);
        table.rule(OUTPUT, FIN, TCP_TIME_WAIT, TCP_NONE, TCP_SYN_RECV, TCP_CLOSE_WAIT, TCP_SYNACK);
        table.rule(OUTPUT, FIN, TCP_FIN_WAIT, TCP_ESTABLISHED);
        table.rule(OUTPUT, ACK, TCP_ESTABLISHED, TCP_NONE, TCP_SYN_RECV, TCP_LISTEN, TCP_SYNACK);
        table.rule(OUTPUT, RST, TCP_CLOSE);
        table.rule(OUTPUT, RST, TCP_SYN_SENT, TCP_SYN_SENT);
        table.rule(OUTPUT, RST, TCP_TIME_WAIT, TCP_TIME_WAIT);

        fromClient(table, INPUT_ONLY);
        table.rule(INPUT_ONLY, FIN, TCP_FIN_WAIT, TCP_ESTABLISHED);
        return table;
    }

    /** What a client's segments do whether the answers are seen or not. */
    private static void fromClient(StateTable table, Direction direction) {
        table.rule(direction, SYN, TCP_SYN_RECV);
        table.rule(direction, SYN, TCP_ESTABLISHED, TCP_ESTABLISHED, TCP_SYN_SENT);
        table.rule(direction, FIN, TCP_CLOSE, TCP_NONE);
        table.rule(direction, FIN, TCP_TIME_WAIT, TCP_SYN_RECV, TCP_SYNACK);
        table.rule(direction, ACK, TCP_ESTABLISHED, TCP_NONE, TCP_SYN_RECV, TCP_SYNACK);
        table.rule(direction, ACK, TCP_CLOSE, TCP_LAST_ACK);
        table.rule(direction, RST, TCP_CLOSE);
        table.rule(direction, RST, TCP_SYN_RECV, TCP_SYN_RECV);
        table.rule(direction, RST, TCP_LAST_ACK, TCP_LAST_ACK);
        table.rule(direction, RST, TCP_LISTEN, TCP_LISTEN);
    }

    /** Against SYN floods (secure_tcp): where answers are seen, only the server's segments establish. */
    private static StateTable guarded() {
        StateTable table = usual();
        table.rule(INPUT, SYN, TCP_SYNACK, TCP_SYNACK);
        table.rule(INPUT, FIN, TCP_SYNACK, TCP_SYNACK);
        table.rule(INPUT, ACK, TCP_SYNACK, TCP_SYNACK);
        table.rule(INPUT, ACK, TCP_SYN_RECV, TCP_SYN_RECV);
        table.rule(INPUT, RST, TCP_CLOSE, TCP_SYNACK);
        table.rule(OUTPUT, SYN, TCP_SYNACK, TCP_SYN_RECV, TCP_SYNACK);
        table.rule(INPUT_ONLY, SYN, TCP_SYNACK, TCP_NONE, TCP_FIN_WAIT, TCP_TIME_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT,
                TCP_LAST_ACK, TCP_LISTEN, TCP_SYNACK);
        return table;
    }
}
