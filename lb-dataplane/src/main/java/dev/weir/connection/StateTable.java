package dev.weir.connection;

import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.util.Arrays;

/** What the packets of one transport protocol make of their connection's state: an event and a direction, a next state. */
public final class StateTable {
    /** Which way a packet goes, as far as the tables are concerned. */
    public enum Direction {
        /** From the client, of a connection whose answers the director sees. */
        INPUT,
        /** From the server. */
        OUTPUT,
        /** From the client, of a connection whose answers go another way (direct routing, tunnels). */
        INPUT_ONLY
    }

    private static final int DIRECTIONS = Direction.values().length;
    private static final StateTable UDP = new StateTable(State.UDP, State.UDP_ANSWERED, 1)
            .rule(Direction.OUTPUT, 0, State.UDP_ANSWERED);

    private final int first;
    private final int states;
    private final int events;
    /** The next state's ordinal, by direction, event and state. */
    private final byte[] next;

    /** Whatever has no rule leaves a state of {@code first} to {@code last} as it is. */
    StateTable(State first, State last, int events) {
        this.first = first.ordinal();
        this.events = events;
        states = last.ordinal() + 1 - this.first;
        next = new byte[DIRECTIONS * events * states];
        for (int i = 0; i < next.length; i++) {
            next[i] = (byte) (this.first + i % states);
        }
    }

    /** @param from none: from every state */
    StateTable rule(Direction direction, int event, State to, State... from) {
        int row = row(direction, event);
        if (from.length == 0) {
            Arrays.fill(next, row, row + states, (byte) to.ordinal());
        }
        for (State state : from) {
            next[row + state.ordinal() - first] = (byte) to.ordinal();
        }
        return this;
    }

    int next(Direction direction, int event, int state) {
        return next[row(direction, event) + state - first];
    }

    private int row(Direction direction, int event) {
        return (direction.ordinal() * events + event) * states;
    }

    /**
     * The state after a packet, by their ordinals, since most packets change nothing.
     *
     * @param guarded whether TCP goes by its second set of tables, against SYN floods (secure_tcp)
     */
    public static int after(int before, Direction direction, Packet packet, boolean guarded) {
        return switch (packet.protocol()) {
            case Transport.TCP -> TcpStates.table(guarded).next(direction, TcpStates.event(packet.tcpFlags()), before);
            case Transport.SCTP -> SctpStates.after(before, direction, packet);
            case Transport.UDP -> UDP.next(direction, 0, before);
            default -> before;
        };
    }
}
