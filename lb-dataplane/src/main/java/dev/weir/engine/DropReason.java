package dev.weir.engine;

/** Why a frame went nowhere. Each has a counter; the text is what an operator reads. */
public enum DropReason {
    // @formatter:off
    DROP_PACKET("one of so many, as the setting drop_packet wants it"),
    NO_CONNECTION("a masqueraded server's packet of no connection, refused as the setting nat_icmp_send wants it"),
    AFTER_TAKEOVER("of no connection, while another director's may still be told of"),
    TRUNCATED("a header says more than the frame holds"),
    BAD_HEADER("a header contradicts itself"),
    NO_CHUNK("an SCTP packet without a chunk"),
    BAD_CHECKSUM("wrong IPv4 header checksum"),
    BAD_OFFLOAD("offload fields that point outside the frame, or of an unknown kind"),
    BAD_TCP_CHECKSUM("wrong TCP checksum, where the payload is read"),
    BAD_ICMP_CHECKSUM("an ICMP error whose checksum is wrong, or could not be verified as IPVS does it"),
    MARTIAN("an address that cannot be on a wire"),
    WORKER_BUSY("for another worker, which did not keep up"),
    OTHER_HOST("addressed to another MAC"),
    NO_CALL_ID("no SIP Call-ID, of a service that goes by it (--pe sip)"),
    NO_SERVER("no real server could take the connection"),
    SERVER_GONE("the connection's real server was removed"),
    TABLE_FULL("the connection table is full"),
    NO_LOCAL_PORT("no local address has a port free towards the server"),
    NOT_BEGUN("of no connection, from a source whose connections leave from the director's addresses (lb-ctl snat)"),
    TTL_EXPIRED("TTL or hop limit used up"),
    TOO_BIG("larger than the next hop takes, and not to be fragmented"),
    UNTRANSLATABLE("has no counterpart in the address family on the other side"),
    TUNNEL_TOO_NARROW("no room for a packet beside the tunnel's headers"),
    NO_ROUTE("no route to the destination"),
    NO_PORT("the route leaves by an interface that is not opened"),
    LOCAL_NODE_PORT("a server on the director itself, masqueraded or under FULLNAT, must have the service's own port"),
    NEIGHBOUR_UNRESOLVED("the next hop did not answer ARP or ND"),
    NEIGHBOUR_QUEUE_FULL("too many frames wait for ARP or ND"),
    FRAGMENT_DUPLICATE("the fragment came before"),
    FRAGMENT_OVERLAP("fragments that overlap"),
    FRAGMENT_INVALID("a fragment that cannot be part of a datagram"),
    FRAGMENT_NO_ROOM("too many fragments wait for the rest"),
    FRAGMENT_TIMEOUT("the rest of the datagram did not come");
    // @formatter:on

    private final String text;

    DropReason(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
