package dev.weir.service;

/** How packets reach a real server: ipvsadm's -m, -g and -i. */
public sealed interface Forwarding {
    Masquerade MASQUERADE = new Masquerade();
    DirectRouting DIRECT_ROUTING = new DirectRouting();
    Tunnel IPIP = new Tunnel(TunnelType.IPIP, 0, TunnelChecksum.NONE);

    /** -m: addresses and ports are rewritten both ways. */
    record Masquerade() implements Forwarding {
    }

    /** -g: only the MAC addresses change; the server bears the virtual address and answers by itself. */
    record DirectRouting() implements Forwarding {
    }

    /**
     * -i: the packet is wrapped.
     *
     * @param port UDP port of GUE, 0 otherwise
     */
    record Tunnel(TunnelType type, int port, TunnelChecksum checksum) implements Forwarding {
    }

    enum TunnelType {
        IPIP, GUE, GRE
    }

    /** --tun-nocsum, --tun-csum, --tun-remcsum. */
    enum TunnelChecksum {
        NONE, CHECKSUM, REMOTE
    }
}
