package dev.weir.connection;

/** The states of a TCP connection as IPVS follows them, with their timeouts in seconds. */
public enum TcpState {
    NONE(2, false), ESTABLISHED(900, true), SYN_SENT(120, true), SYN_RECV(60, true), FIN_WAIT(120, false), TIME_WAIT(
            120,
            false), CLOSE(10, false), CLOSE_WAIT(60, false), LAST_ACK(30, false), LISTEN(120, false), SYNACK(120, true);

    private static final TcpState[] ALL = values();

    private final int timeout;
    private final boolean active;

    TcpState(int timeout, boolean active) {
        this.timeout = timeout;
        this.active = active;
    }

    /** Whether a connection in this state counts as active. */
    public boolean active() {
        return active;
    }

    /** Seconds without a packet after which a connection in this state ends. */
    public int timeout(Timeouts timeouts) {
        return switch (this) {
            case ESTABLISHED -> timeouts.tcp();
            case FIN_WAIT -> timeouts.tcpFin();
            default -> timeout;
        };
    }

    static TcpState of(int ordinal) {
        return ALL[ordinal];
    }
}
