package dev.weir.sync.stream;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.State;
import dev.weir.wire.Transport;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** From when on a connection is worth telling of. */
public sealed interface Worth {
    /** What to do about a connection that the other director does not know. */
    enum Verdict {
        TELL,
        /** Its next change decides. */
        NOT_NOW,
        /** Packets that change nothing decide: it is to be looked at again. */
        LOOK_AGAIN
    }

    Verdict of(ConnectionCopy copy);

    /** Whether one that the other director knows is to be followed on. */
    default boolean follows(ConnectionCopy copy) {
        return copy.protocol != Transport.TCP || copy.isTemplate() || !isOpening(State.of(copy.protocol, false,
                copy.state));
    }

    /**
     * Once both ends have shown that they are there; UDP and pings, which do not show it, from their first packet. What a control
     * connection announced (LISTEN) both of its ends expect.
     */
    record Established() implements Worth {
        @Override
        public Verdict of(ConnectionCopy copy) {
            return copy.isTemplate() || isEstablished(State.of(copy.protocol, false, copy.state))
                    ? Verdict.TELL
                    : Verdict.NOT_NOW;
        }
    }

    /**
     * The same once it has had some packets of its client.
     *
     * @param packets the first number of sync_threshold; asked for each connection anew
     */
    record Threshold(IntSupplier packets) implements Worth {
        @Override
        public Verdict of(ConnectionCopy copy) {
            boolean established = copy.isTemplate() || isEstablished(State.of(copy.protocol, false, copy.state));
            return !established
                    ? Verdict.NOT_NOW
                    : copy.isTemplate() || copy.packetsIn >= packets.getAsInt() ? Verdict.TELL : Verdict.LOOK_AGAIN;
        }
    }

    /** From its first packet. */
    record HalfOpen() implements Worth {
        @Override
        public Verdict of(ConnectionCopy copy) {
            return Verdict.TELL;
        }

        @Override
        public boolean follows(ConnectionCopy copy) {
            return true;
        }
    }

    private static boolean isEstablished(@Nullable State state) {
        if (state == null) {
            return false;
        }
        return switch (state) {
            case UDP, UDP_ANSWERED, TCP_LISTEN, TCP_ESTABLISHED, TCP_FIN_WAIT, TCP_CLOSE_WAIT, TCP_LAST_ACK,
                    TCP_TIME_WAIT,
                    SCTP_ESTABLISHED, SCTP_SHUTDOWN_SENT, SCTP_SHUTDOWN_RECEIVED, SCTP_SHUTDOWN_ACK_SENT, ICMP ->
                true;
            default -> false;
        };
    }

    private static boolean isOpening(@Nullable State state) {
        if (state == null) {
            return true;
        }
        return switch (state) {
            case TCP_NONE, TCP_SYN_SENT, TCP_SYN_RECV, TCP_SYNACK -> true;
            default -> false;
        };
    }
}
