package dev.weir.host;

import dev.weir.wire.IpAddress;

/**
 * One thing by which a frame is recognised as Weir's. The control thread derives these from the services; the BPF
 * program at each interface's ingress looks frames up in them.
 *
 * @param protocol the IP protocol number; 0 where kind is VIRTUAL_ADDRESS or HOST_ADDRESS
 * @param port     0 where kind has none, or for "every port" of a service
 */
public record Match(Kind kind, int protocol, IpAddress address, int port) {
    public enum Kind {
        /** A service's address, protocol and port: packets to it. */
        SERVICE,
        /**
         * A masqueraded server's address, protocol and port: packets from it that are not for the host itself. For a
         * tunnelled server the outer protocol (4, 41, 47, or 17 with GUE's port): ICMP errors about packets to it.
         */
        SERVER,
        /** An address that bears a service: fragments and ICMP errors to it. */
        VIRTUAL_ADDRESS,
        /** An address of the host itself, virtual or not. */
        HOST_ADDRESS
    }
}
