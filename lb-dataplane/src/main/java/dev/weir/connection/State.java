package dev.weir.connection;

import dev.weir.wire.Transport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The states of connections as IPVS follows them, of every transport protocol and of templates: how {@code ipvsadm -Lc}
 * names them, how long a connection lives in them without a packet, and what they mean to whoever counts or looks for room.
 * Those of one protocol stand in the kernel's order (linux/ip_vs.h).
 */
public enum State {
    // @formatter:off
    /** A template none of whose connections was answered yet. */
    TEMPLATE_NONE("NONE", 0),
    /** A template that led a connection between ends that are both real. */
    TEMPLATE_ASSURED("ASSURED", 0),
    // One state for IPVS; in the second the server has spoken.
    UDP("UDP", 300),
    UDP_ANSWERED("UDP", 300, Trait.ASSURING),
    // RFC 9293 section 3.3.2, as a director sees them.
    TCP_NONE("NONE", 2),
    TCP_ESTABLISHED("ESTABLISHED", 900, Trait.ACTIVE, Trait.ASSURING),
    TCP_SYN_SENT("SYN_SENT", 120, Trait.ACTIVE),
    TCP_SYN_RECV("SYN_RECV", 60, Trait.ACTIVE, Trait.HALF_OPEN),
    TCP_FIN_WAIT("FIN_WAIT", 120),
    TCP_TIME_WAIT("TIME_WAIT", 120, Trait.OVER),
    TCP_CLOSE("CLOSE", 10, Trait.OVER),
    TCP_CLOSE_WAIT("CLOSE_WAIT", 60),
    TCP_LAST_ACK("LAST_ACK", 30),
    TCP_LISTEN("LISTEN", 120),
    TCP_SYNACK("SYNACK", 120, Trait.ACTIVE, Trait.HALF_OPEN),
    // RFC 9260 section 4, as the server is in them; INIT1 is INIT before the client had to repeat itself.
    SCTP_NONE("NONE", 2),
    SCTP_INIT1("INIT1", 4, Trait.HALF_OPEN),
    SCTP_INIT("INIT", 61, Trait.HALF_OPEN),
    SCTP_COOKIE_SENT("C-SENT", 61),
    SCTP_COOKIE_REPLIED("C-REPLIED", 61),
    SCTP_COOKIE_WAIT("C-WAIT", 61),
    SCTP_COOKIE("COOKIE", 61),
    SCTP_COOKIE_ECHOED("C-ECHOED", 61),
    SCTP_ESTABLISHED("ESTABLISHED", 900, Trait.ACTIVE, Trait.ASSURING),
    SCTP_SHUTDOWN_SENT("S-SENT", 61),
    SCTP_SHUTDOWN_RECEIVED("S-RECEIVED", 61),
    SCTP_SHUTDOWN_ACK_SENT("S-ACK-SENT", 61),
    SCTP_REJECTED("REJECTED", 4),
    SCTP_CLOSED("CLOSED", 61, Trait.OVER),
    /** An echo that a host behind the director asks for; for as long as Linux tracks one (nf_conntrack_icmp_timeout). */
    ICMP("ICMP", 30);
    // @formatter:on

    private static final State[] ALL = values();

    private final String label;
    private final int timeout;
    private final boolean active;
    private final boolean assuring;
    private final boolean over;
    private final boolean halfOpen;

    private enum Trait {
        ACTIVE, ASSURING, OVER, HALF_OPEN
    }

    State(String label, int timeout, Trait... traits) {
        this.label = label;
        this.timeout = timeout;
        active = List.of(traits).contains(Trait.ACTIVE);
        assuring = List.of(traits).contains(Trait.ASSURING);
        over = List.of(traits).contains(Trait.OVER);
        halfOpen = List.of(traits).contains(Trait.HALF_OPEN);
    }

    /** As ipvsadm prints it. */
    public String label() {
        return label;
    }

    /** Whether a connection in this state counts as active. */
    public boolean active() {
        return active;
    }

    /** Whether it shows that both ends are real, which assures the template that led the connection. */
    public boolean assuring() {
        return assuring;
    }

    /** Whether, as far as the director can tell, the next connection may have the same ports (conn_reuse_mode). */
    public boolean over() {
        return over;
    }

    /** Whether nobody but the client has shown interest yet: the first to go where room is short (drop_entry). */
    public boolean halfOpen() {
        return halfOpen;
    }

    /** Seconds without a packet after which connections end, by the ordinals of their states. */
    public static int[] lifetimes(Timeouts timeouts) {
        int[] seconds = new int[ALL.length];
        for (State state : ALL) {
            seconds[state.ordinal()] = switch (state) {
                case TCP_ESTABLISHED -> timeouts.tcp();
                case TCP_FIN_WAIT -> timeouts.tcpFin();
                case UDP, UDP_ANSWERED -> timeouts.udp();
                default -> state.timeout;
            };
        }
        return seconds;
    }

    /** What a connection of this IP protocol begins in. */
    public static State first(int protocol) {
        return switch (protocol) {
            case Transport.TCP -> TCP_NONE;
            case Transport.SCTP -> SCTP_NONE;
            case Transport.ICMP, Transport.ICMPV6 -> ICMP;
            default -> UDP;
        };
    }

    public static State of(int ordinal) {
        return ALL[ordinal];
    }

    /** Its number among the states of its protocol, as linux/ip_vs.h counts and the synchronisation protocol says it. */
    public int number() {
        return switch (this) {
            case UDP_ANSWERED -> 0;
            default -> ordinal() - first().ordinal();
        };
    }

    private State first() {
        return this == ICMP
                ? ICMP
                : compareTo(SCTP_NONE) >= 0
                        ? SCTP_NONE
                        : compareTo(TCP_NONE) >= 0
                                ? TCP_NONE
                                : compareTo(UDP) >= 0 ? UDP : TEMPLATE_NONE;
    }

    /**
     * The state that a director means by a number.
     *
     * @param protocol of IP
     * @param template whether it is a template's
     * @return null where there is none of that number, or the protocol has no connections
     */
    public static @Nullable State of(int protocol, boolean template, int number) {
        State first;
        State last;
        if (template) {
            first = TEMPLATE_NONE;
            last = TEMPLATE_ASSURED;
        } else {
            switch (protocol) {
                case Transport.TCP -> {
                    first = TCP_NONE;
                    last = TCP_SYNACK;
                }
                case Transport.SCTP -> {
                    first = SCTP_NONE;
                    last = SCTP_CLOSED;
                }
                case Transport.ICMP, Transport.ICMPV6 -> {
                    first = ICMP;
                    last = ICMP;
                }
                case Transport.UDP -> {
                    first = UDP;
                    last = UDP;
                }
                default -> {
                    return null;
                }
            }
        }
        return number < 0 || number > last.ordinal() - first.ordinal() ? null : ALL[first.ordinal() + number];
    }
}
