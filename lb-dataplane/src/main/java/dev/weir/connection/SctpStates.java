package dev.weir.connection;

import static dev.weir.connection.State.SCTP_CLOSED;
import static dev.weir.connection.State.SCTP_COOKIE;
import static dev.weir.connection.State.SCTP_COOKIE_ECHOED;
import static dev.weir.connection.State.SCTP_COOKIE_REPLIED;
import static dev.weir.connection.State.SCTP_COOKIE_SENT;
import static dev.weir.connection.State.SCTP_COOKIE_WAIT;
import static dev.weir.connection.State.SCTP_ESTABLISHED;
import static dev.weir.connection.State.SCTP_INIT;
import static dev.weir.connection.State.SCTP_INIT1;
import static dev.weir.connection.State.SCTP_NONE;
import static dev.weir.connection.State.SCTP_REJECTED;
import static dev.weir.connection.State.SCTP_SHUTDOWN_ACK_SENT;
import static dev.weir.connection.State.SCTP_SHUTDOWN_RECEIVED;
import static dev.weir.connection.State.SCTP_SHUTDOWN_SENT;
import static dev.weir.connection.StateTable.Direction.INPUT;
import static dev.weir.connection.StateTable.Direction.INPUT_ONLY;
import static dev.weir.connection.StateTable.Direction.OUTPUT;

import dev.weir.connection.StateTable.Direction;
import dev.weir.wire.Packet;
import dev.weir.wire.Sctp;

/**
 * IPVS's states of SCTP associations (ip_vs_proto_sctp.c): what the chunk that counts makes of a state. Chunks that are not
 * named here (SACK, HEARTBEAT, and all types unknown) count as DATA.
 */
final class SctpStates {
    private static final StateTable TABLE = new StateTable(SCTP_NONE, SCTP_CLOSED, Sctp.SHUTDOWN_COMPLETE + 1);

    static {
        fromClient();
        fromServer();
        fromClientOnly();
    }

    private SctpStates() {
    }

    private static void fromClient() {
        on(INPUT, Sctp.DATA, SCTP_ESTABLISHED, SCTP_NONE);
        on(INPUT, Sctp.INIT, SCTP_INIT1, SCTP_NONE);
        on(INPUT, Sctp.INIT, SCTP_INIT, SCTP_INIT1, SCTP_REJECTED, SCTP_CLOSED);
        on(INPUT, Sctp.INIT_ACK, SCTP_COOKIE_WAIT, SCTP_NONE, SCTP_INIT1, SCTP_INIT);
        on(INPUT, Sctp.INIT_ACK, SCTP_COOKIE, SCTP_COOKIE_WAIT);
        on(INPUT, Sctp.COOKIE_ECHO, SCTP_COOKIE_REPLIED, SCTP_NONE, SCTP_COOKIE_SENT);
        on(INPUT, Sctp.COOKIE_ECHO, SCTP_INIT, SCTP_INIT1);
        on(INPUT, Sctp.COOKIE_ACK, SCTP_ESTABLISHED, SCTP_NONE, SCTP_COOKIE_ECHOED);
        on(INPUT, Sctp.SHUTDOWN, SCTP_SHUTDOWN_RECEIVED, SCTP_NONE, SCTP_ESTABLISHED);
        on(INPUT, Sctp.SHUTDOWN_ACK, SCTP_CLOSED, SCTP_NONE, SCTP_SHUTDOWN_SENT, SCTP_SHUTDOWN_ACK_SENT);
        on(INPUT, Sctp.SHUTDOWN_ACK, SCTP_INIT, SCTP_INIT1);
        on(INPUT, Sctp.SHUTDOWN_COMPLETE, SCTP_CLOSED, SCTP_NONE, SCTP_INIT1, SCTP_INIT, SCTP_SHUTDOWN_ACK_SENT);
        on(INPUT, Sctp.ERROR, SCTP_CLOSED, SCTP_NONE, SCTP_COOKIE_ECHOED);
        on(INPUT, Sctp.ABORT, SCTP_CLOSED);
        on(INPUT, Sctp.ABORT, SCTP_REJECTED, SCTP_COOKIE_WAIT);
    }

    private static void fromServer() {
        on(OUTPUT, Sctp.DATA, SCTP_ESTABLISHED, SCTP_NONE);
        on(OUTPUT, Sctp.INIT, SCTP_COOKIE_WAIT);
        on(OUTPUT, Sctp.INIT, SCTP_ESTABLISHED, SCTP_ESTABLISHED);
        on(OUTPUT, Sctp.INIT_ACK, SCTP_COOKIE_SENT, SCTP_NONE, SCTP_INIT1, SCTP_INIT);
        on(OUTPUT, Sctp.COOKIE_ECHO, SCTP_COOKIE_ECHOED, SCTP_NONE, SCTP_INIT1, SCTP_INIT, SCTP_COOKIE_SENT,
                SCTP_COOKIE_REPLIED, SCTP_COOKIE_WAIT, SCTP_COOKIE);
        on(OUTPUT, Sctp.COOKIE_ACK, SCTP_ESTABLISHED, SCTP_NONE, SCTP_INIT1, SCTP_INIT, SCTP_COOKIE_SENT,
                SCTP_COOKIE_REPLIED, SCTP_COOKIE_WAIT, SCTP_COOKIE, SCTP_COOKIE_ECHOED);
        on(OUTPUT, Sctp.SHUTDOWN, SCTP_SHUTDOWN_SENT, SCTP_NONE, SCTP_INIT1, SCTP_INIT, SCTP_COOKIE_SENT,
                SCTP_COOKIE_REPLIED, SCTP_COOKIE_WAIT, SCTP_COOKIE, SCTP_COOKIE_ECHOED, SCTP_ESTABLISHED);
        on(OUTPUT, Sctp.SHUTDOWN_ACK, SCTP_SHUTDOWN_ACK_SENT, SCTP_NONE, SCTP_INIT1, SCTP_INIT, SCTP_COOKIE_SENT,
                SCTP_COOKIE_REPLIED, SCTP_SHUTDOWN_SENT, SCTP_SHUTDOWN_RECEIVED);
        on(OUTPUT, Sctp.SHUTDOWN_COMPLETE, SCTP_CLOSED, SCTP_NONE);
        on(OUTPUT, Sctp.ERROR, SCTP_CLOSED, SCTP_NONE, SCTP_INIT1, SCTP_INIT, SCTP_COOKIE_SENT, SCTP_COOKIE_REPLIED);
        on(OUTPUT, Sctp.ABORT, SCTP_CLOSED);
        on(OUTPUT, Sctp.ABORT, SCTP_REJECTED, SCTP_INIT1);
    }

    private static void fromClientOnly() {
        on(INPUT_ONLY, Sctp.DATA, SCTP_ESTABLISHED, SCTP_NONE, SCTP_COOKIE_WAIT);
        on(INPUT_ONLY, Sctp.INIT, SCTP_INIT1, SCTP_NONE);
        on(INPUT_ONLY, Sctp.INIT, SCTP_INIT, SCTP_INIT1, SCTP_COOKIE_SENT, SCTP_COOKIE_REPLIED, SCTP_COOKIE_WAIT,
                SCTP_REJECTED, SCTP_CLOSED);
        on(INPUT_ONLY, Sctp.INIT_ACK, SCTP_COOKIE_ECHOED, SCTP_NONE, SCTP_INIT1, SCTP_INIT, SCTP_COOKIE_SENT,
                SCTP_COOKIE_REPLIED, SCTP_COOKIE_WAIT);
        on(INPUT_ONLY, Sctp.COOKIE_ECHO, SCTP_ESTABLISHED, SCTP_NONE, SCTP_INIT1, SCTP_INIT, SCTP_COOKIE_SENT,
                SCTP_COOKIE_REPLIED, SCTP_COOKIE_WAIT);
        on(INPUT_ONLY, Sctp.COOKIE_ACK, SCTP_ESTABLISHED, SCTP_NONE, SCTP_COOKIE_SENT, SCTP_COOKIE_REPLIED, SCTP_COOKIE,
                SCTP_COOKIE_ECHOED);
        on(INPUT_ONLY, Sctp.SHUTDOWN, SCTP_SHUTDOWN_RECEIVED, SCTP_NONE, SCTP_ESTABLISHED);
        on(INPUT_ONLY, Sctp.SHUTDOWN_ACK, SCTP_CLOSED, SCTP_NONE, SCTP_ESTABLISHED, SCTP_SHUTDOWN_SENT,
                SCTP_SHUTDOWN_ACK_SENT);
        on(INPUT_ONLY, Sctp.SHUTDOWN_ACK, SCTP_INIT, SCTP_INIT1);
        on(INPUT_ONLY, Sctp.SHUTDOWN_COMPLETE, SCTP_CLOSED, SCTP_NONE, SCTP_INIT1, SCTP_INIT, SCTP_COOKIE_SENT,
                SCTP_COOKIE_REPLIED, SCTP_SHUTDOWN_RECEIVED, SCTP_SHUTDOWN_ACK_SENT);
        on(INPUT_ONLY, Sctp.ERROR, SCTP_CLOSED, SCTP_NONE);
        on(INPUT_ONLY, Sctp.ABORT, SCTP_CLOSED);
        on(INPUT_ONLY, Sctp.ABORT, SCTP_REJECTED, SCTP_COOKIE_WAIT);
    }

    private static void on(Direction direction, int chunk, State to, State... from) {
        TABLE.rule(direction, chunk, to, from);
    }

    /** A packet without a chunk leaves the state as it is. */
    static int after(int before, Direction direction, Packet packet) {
        return switch (packet.sctpDecisiveChunk()) {
            case Sctp.NO_CHUNK -> before;
            case Sctp.INIT, Sctp.INIT_ACK, Sctp.ABORT, Sctp.SHUTDOWN, Sctp.SHUTDOWN_ACK, Sctp.ERROR, Sctp.COOKIE_ECHO,
                    Sctp.COOKIE_ACK, Sctp.SHUTDOWN_COMPLETE ->
                TABLE.next(direction, packet.sctpDecisiveChunk(), before);
            default -> TABLE.next(direction, Sctp.DATA, before);
        };
    }
}
