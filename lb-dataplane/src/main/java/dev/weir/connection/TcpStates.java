package dev.weir.connection;

import static dev.weir.connection.TcpState.CLOSE;
import static dev.weir.connection.TcpState.CLOSE_WAIT;
import static dev.weir.connection.TcpState.ESTABLISHED;
import static dev.weir.connection.TcpState.FIN_WAIT;
import static dev.weir.connection.TcpState.LAST_ACK;
import static dev.weir.connection.TcpState.LISTEN;
import static dev.weir.connection.TcpState.SYNACK;
import static dev.weir.connection.TcpState.SYN_RECV;
import static dev.weir.connection.TcpState.SYN_SENT;
import static dev.weir.connection.TcpState.TIME_WAIT;

import dev.weir.wire.Transport;

/**
 * IPVS's TCP state tables (ip_vs_proto_tcp.c): what a segment's flags make of a state. A segment counts by the first of
 * RST, SYN, FIN, ACK that it bears; one that bears none closes.
 */
public final class TcpStates {
    /** Which way a segment goes, as far as the table is concerned. */
    public enum Direction {
        /** From the client, of a connection whose answers the director sees. */
        INPUT,
        /** From the server. */
        OUTPUT,
        /** From the client, of a connection whose answers go another way (direct routing, tunnels). */
        INPUT_ONLY
    }

    // Columns: NONE ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN SYNACK
    private static final TcpState[][] INPUT = {
            {SYN_RECV, ESTABLISHED, ESTABLISHED, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV,
                    SYN_RECV},
            {CLOSE, CLOSE_WAIT, SYN_SENT, TIME_WAIT, TIME_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN,
                    TIME_WAIT},
            {ESTABLISHED, ESTABLISHED, SYN_SENT, ESTABLISHED, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, CLOSE, LISTEN,
                    ESTABLISHED},
            {CLOSE, CLOSE, CLOSE, SYN_RECV, CLOSE, CLOSE, CLOSE, CLOSE, LAST_ACK, LISTEN, SYN_RECV}};
    private static final TcpState[][] OUTPUT = {
            {SYN_SENT, ESTABLISHED, SYN_SENT, SYN_RECV, SYN_SENT, SYN_SENT, SYN_SENT, SYN_SENT, SYN_SENT, LISTEN,
                    SYN_RECV},
            {TIME_WAIT, FIN_WAIT, SYN_SENT, TIME_WAIT, FIN_WAIT, TIME_WAIT, CLOSE, TIME_WAIT, LAST_ACK, LISTEN,
                    TIME_WAIT},
            {ESTABLISHED, ESTABLISHED, SYN_SENT, ESTABLISHED, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK,
                    ESTABLISHED, ESTABLISHED},
            {CLOSE, CLOSE, SYN_SENT, CLOSE, CLOSE, TIME_WAIT, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE}};
    private static final TcpState[][] INPUT_ONLY = {
            {SYN_RECV, ESTABLISHED, ESTABLISHED, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV,
                    SYN_RECV},
            {CLOSE, FIN_WAIT, SYN_SENT, TIME_WAIT, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, TIME_WAIT},
            {ESTABLISHED, ESTABLISHED, SYN_SENT, ESTABLISHED, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, CLOSE, LISTEN,
                    ESTABLISHED},
            {CLOSE, CLOSE, CLOSE, SYN_RECV, CLOSE, CLOSE, CLOSE, CLOSE, LAST_ACK, LISTEN, CLOSE}};

    // The tables against SYN floods (secure_tcp): where answers are seen, only the server's segments establish.
    private static final TcpState[][] GUARDED_INPUT = {
            {SYN_RECV, ESTABLISHED, ESTABLISHED, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV, SYN_RECV,
                    SYNACK},
            {CLOSE, CLOSE_WAIT, SYN_SENT, TIME_WAIT, TIME_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, SYNACK},
            {ESTABLISHED, ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, CLOSE, LISTEN,
                    SYNACK},
            {CLOSE, CLOSE, CLOSE, SYN_RECV, CLOSE, CLOSE, CLOSE, CLOSE, LAST_ACK, LISTEN, CLOSE}};
    private static final TcpState[][] GUARDED_OUTPUT = {
            {SYN_SENT, ESTABLISHED, SYN_SENT, SYNACK, SYN_SENT, SYN_SENT, SYN_SENT, SYN_SENT, SYN_SENT, LISTEN, SYNACK},
            {TIME_WAIT, FIN_WAIT, SYN_SENT, TIME_WAIT, FIN_WAIT, TIME_WAIT, CLOSE, TIME_WAIT, LAST_ACK, LISTEN,
                    TIME_WAIT},
            {ESTABLISHED, ESTABLISHED, SYN_SENT, ESTABLISHED, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK,
                    ESTABLISHED, ESTABLISHED},
            {CLOSE, CLOSE, SYN_SENT, CLOSE, CLOSE, TIME_WAIT, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE}};
    private static final TcpState[][] GUARDED_INPUT_ONLY = {
            {SYNACK, ESTABLISHED, ESTABLISHED, SYN_RECV, SYNACK, SYNACK, SYNACK, SYNACK, SYNACK, SYNACK, SYNACK},
            {CLOSE, FIN_WAIT, SYN_SENT, TIME_WAIT, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, TIME_WAIT},
            {ESTABLISHED, ESTABLISHED, SYN_SENT, ESTABLISHED, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT, CLOSE, LISTEN,
                    ESTABLISHED},
            {CLOSE, CLOSE, CLOSE, SYN_RECV, CLOSE, CLOSE, CLOSE, CLOSE, LAST_ACK, LISTEN, CLOSE}};

    private TcpStates() {
    }

    /** The state after a segment with these flags. */
    public static TcpState next(Direction direction, TcpState state, int flags) {
        return next(switch (direction) {
            case INPUT -> INPUT;
            case OUTPUT -> OUTPUT;
            case INPUT_ONLY -> INPUT_ONLY;
        }, state, flags);
    }

    /** The same while secure_tcp is on. */
    public static TcpState nextUnderAttack(Direction direction, TcpState state, int flags) {
        return next(switch (direction) {
            case INPUT -> GUARDED_INPUT;
            case OUTPUT -> GUARDED_OUTPUT;
            case INPUT_ONLY -> GUARDED_INPUT_ONLY;
        }, state, flags);
    }

    private static TcpState next(TcpState[][] table, TcpState state, int flags) {
        int row;
        if ((flags & Transport.RST) != 0) {
            row = 3;
        } else if ((flags & Transport.SYN) != 0) {
            row = 0;
        } else if ((flags & Transport.FIN) != 0) {
            row = 1;
        } else if ((flags & Transport.ACK) != 0) {
            row = 2;
        } else {
            return CLOSE;
        }
        return table[row][state.ordinal()];
    }
}
