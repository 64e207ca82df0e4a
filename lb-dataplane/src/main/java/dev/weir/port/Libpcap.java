package dev.weir.port;

import java.io.IOException;

/** What the users of pcap4j say alike when libpcap itself says no. */
final class Libpcap {
    private Libpcap() {
    }

    /** The library or its class did not load; the second attempt fails otherwise than the first. */
    static IOException missing(LinkageError e) {
        return new IOException("libpcap cannot be loaded: install it (Debian: apt install libpcap0.8)", e);
    }
}
