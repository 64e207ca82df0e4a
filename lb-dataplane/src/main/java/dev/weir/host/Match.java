package dev.weir.host;

import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;

/**
 * One thing by which a frame is recognised as Weir's. The control thread derives these from the services; the BPF
 * program at each interface's ingress looks frames up in them.
 *
 * @param protocol the IP protocol number; 0 where kind is of an address
 * @param prefix   one address, or for services, virtual addresses and HOST_ADDRESS many
 * @param port     0 where kind has none, or for "every port" of a service
 */
public record Match(Kind kind, int protocol, IpPrefix prefix, int port) {
    public enum Kind {
        /**
         * A service's address, protocol and port: packets to it, and fragments of the protocol. Of a prefix, to those
         * addresses that are the host's.
         */
        SERVICE,
        /**
         * A masqueraded server's address, protocol and port: packets from it that are not for the host itself. For a
         * tunnelled server the outer protocol (4, 41, 47, or 17 with GUE's port): ICMP errors about packets to it.
         */
        SERVER,
        /** An address with a service of FTP whose data connections Weir follows: TCP to port 20 and from 1024 up. */
        FTP_SERVICE,
        /** A masqueraded server of FTP: TCP from its ports from 1024 up that is not for the host itself. */
        FTP_SERVER,
        /** An address that bears a service: ICMP errors to it. Of a prefix, as for SERVICE. */
        VIRTUAL_ADDRESS,
        /** Sources and protocol of what leaves from the director's addresses: packets that are not for the host itself. */
        OUTWARD,
        /** As SERVICE, to all addresses of a prefix: whose ever they are, policy routing delivers them by their mark. */
        DELIVERED_SERVICE,
        /** As VIRTUAL_ADDRESS, of such a prefix. */
        DELIVERED_ADDRESS,
        /** An address of the host itself, virtual or not. */
        HOST_ADDRESS
    }

    Match(Kind kind, int protocol, IpAddress address, int port) {
        this(kind, protocol, IpPrefix.host(address), port);
    }
}
