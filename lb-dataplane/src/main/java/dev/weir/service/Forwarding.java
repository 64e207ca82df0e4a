package dev.weir.service;

/** How packets reach a real server: ipvsadm's -m, -g and -i, and --fullnat. */
public sealed interface Forwarding {
    Masquerade MASQUERADE = new Masquerade();
    DirectRouting DIRECT_ROUTING = new DirectRouting();
    FullNat FULL_NAT = new FullNat();
    Tunnel IPIP = new Tunnel(TunnelType.IPIP, 0, TunnelChecksum.NONE);

    /** -m: addresses and ports are rewritten both ways. */
    record Masquerade() implements Forwarding {
        @Override
        public boolean translates() {
            return true;
        }
    }

    /**
     * --fullnat: addresses and ports of both ends are rewritten both ways, so that the server answers to the director's own
     * local address wherever it is; it may be of the other family than the service.
     */
    record FullNat() implements Forwarding {
        @Override
        public boolean translates() {
            return true;
        }
    }

    /** -g: only the MAC addresses change; the server bears the virtual address and answers by itself. */
    record DirectRouting() implements Forwarding {
        @Override
        public boolean translates() {
            return false;
        }
    }

    /**
     * -i: the packet is wrapped.
     *
     * @param port UDP port of GUE, 0 otherwise
     */
    record Tunnel(TunnelType type, int port, TunnelChecksum checksum) implements Forwarding {
        @Override
        public boolean translates() {
            return false;
        }
    }

    /** Whether the server is addressed itself, and its answers come back through the director. */
    boolean translates();

    enum TunnelType {
        IPIP, GUE, GRE
    }

    /** --tun-nocsum, --tun-csum, --tun-remcsum. */
    enum TunnelChecksum {
        NONE, CHECKSUM, REMOTE
    }
}
