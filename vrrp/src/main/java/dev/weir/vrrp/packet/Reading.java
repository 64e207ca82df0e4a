package dev.weir.vrrp.packet;

import dev.weir.wire.IpAddress;

/** What an instance makes of a packet. */
public sealed interface Reading {
    record Accepted(IpAddress sender, Advert advert) implements Reading {
    }

    /** @param text for the log: what is wrong, and what to look at */
    record Rejected(Reason reason, String text) implements Reading {
    }

    /** Why a packet is as if it had not come; one counter each. In the order in which keepalived checks. */
    enum Reason {
        LENGTH("the packet is shorter than its headers say"), TTL(
                "time to live is not 255: it was routed, or sent by no VRRP router"), VERSION(
                        "one side has version 2, the other version 3"), AUTHENTICATION_TYPE(
                                "auth_type differs"), PASSWORD("auth_pass differs"), DIGEST(
                                        "auth_pass of auth_type AH differs, or something changed the packet on its way"), SECURITY_INDEX(
                                                "the AH header is not that of its sender"), REPLAY(
                                                        "an AH packet came again, or its sender began anew"), INTERVAL(
                                                                "advert_int differs"), TYPE(
                                                                        "it is no advert"), ADDRESS_COUNT(
                                                                                "virtual_ipaddress differs, or another group uses the same virtual_router_id"), CHECKSUM(
                                                                                        "the checksum fits neither RFC 5798's form nor RFC 9568's"), TRANSPORT(
                                                                                                "one side has unicast_peer, the other has not"), ADDRESSES(
                                                                                                        "virtual_ipaddress differs, or another group uses the same virtual_router_id"), PEER(
                                                                                                                "the sender is no unicast_peer"), PEER_TTL(
                                                                                                                        "time to live is not within the peer's min_ttl and max_ttl");

        private final String cause;

        Reason(String cause) {
            this.cause = cause;
        }

        /** What it usually means. */
        public String cause() {
            return cause;
        }
    }
}
