package dev.weir.connection;

import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * One connection as {@code ipvsadm -Lc} lists it: a copy taken by whoever lists.
 *
 * @param protocol  IP protocol number; 0 for a template of a firewall mark
 * @param state     the name of its state, as ipvsadm prints it
 * @param expires   seconds left, rounded down
 * @param callId    of a template that the persistence engine "sip" made, one character a byte; else null
 */
public record ConnectionEntry(int protocol, long expires, String state, IpAddress client, int clientPort,
        IpAddress virtual, int virtualPort, IpAddress server, int serverPort, boolean template,
        @Nullable String callId) {
}
