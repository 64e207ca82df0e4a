package dev.weir.sync;

import java.util.List;

/** Why a backup takes no notice of a datagram, of the rest of one, or of one entry in it. */
public enum Refusal {
    /** Shorter than a header. */
    HEADER_CUT("datagram shorter than a header"),
    /** Its header says another length than it has. */
    WRONG_SIZE("datagram of another length than it says"), OTHER_SYNC_ID("another syncid"),
    /** Entries are said to be where it ends; what came before them counts. */
    ENTRY_CUT("entry beyond the datagram's end"), ENTRY_VERSION("entry of an unknown version"), ENTRY_TYPE(
            "entry of an unknown type"),
    /** FULLNAT, which the protocol says no local address of. */
    FULL_NAT("connection under FULLNAT"),
    /** A parameter without data, cut, too long, or there twice. */
    BAD_PARAMETER("parameter that is cut, empty, too long or there twice"),
    /** One that whoever does not know it must not leave out of account. */
    UNKNOWN_PARAMETER("unknown parameter that counts"), PROTOCOL("protocol that is not balanced"), STATE(
            "state that the protocol does not have"), ENGINE("persistence engine that is not there"),
    /** What no packet can belong to: an IPv4 address in an IPv6 entry, a template with a client's port. */
    TUPLE("addresses or ports that no connection has");

    private static final List<Refusal> ALL = List.of(values());

    private final String text;

    Refusal(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }

    public static List<Refusal> all() {
        return ALL;
    }
}
