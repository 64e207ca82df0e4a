package dev.weir.connection;

import dev.weir.wire.IpAddress;
import dev.weir.wire.Transport;
import org.jspecify.annotations.Nullable;

/**
 * One connection as {@code ipvsadm -Lc} lists it: a copy taken by whoever lists.
 *
 * @param protocol  IP protocol number, see {@link #protocolName}; 0 for a template of a firewall mark
 * @param state     the name of its state, as ipvsadm prints it
 * @param expires   seconds left, rounded down
 * @param callId    of a template that the persistence engine "sip" made, one character a byte; else null
 * @param local     the director's end towards the server, under FULLNAT; else null
 */
public record ConnectionEntry(int protocol, long expires, String state, IpAddress client, int clientPort,
        IpAddress virtual, int virtualPort, IpAddress server, int serverPort, boolean template,
        @Nullable String callId, @Nullable Local local) {

    /** An address of the director with a port. */
    public record Local(IpAddress address, int port) {
    }

    public ConnectionEntry(int protocol, long expires, String state, IpAddress client, int clientPort,
            IpAddress virtual, int virtualPort, IpAddress server, int serverPort, boolean template,
            @Nullable String callId) {
        this(protocol, expires, state, client, clientPort, virtual, virtualPort, server, serverPort, template, callId,
                null);
    }

    /** As ipvsadm and /proc/net/ip_vs_conn write it: IP of a template of a firewall mark. */
    public String protocolName() {
        return switch (protocol) {
            case Transport.TCP -> "TCP";
            case Transport.UDP -> "UDP";
            case Transport.SCTP -> "SCTP";
            case Transport.ICMP, Transport.ICMPV6 -> "ICMP";
            default -> "IP";
        };
    }
}
