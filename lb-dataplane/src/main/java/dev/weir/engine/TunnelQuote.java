package dev.weir.engine;

import dev.weir.wire.Bytes;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;

/** What an ICMP error quotes of a tunnel's packet: the packet inside. */
final class TunnelQuote {
    private static final int GUE_LENGTH = Transport.UDP_HEADER_LENGTH + 4;
    private static final int GRE_LENGTH = 4;

    private TunnelQuote() {
    }

    /**
     * Reads the packet inside.
     *
     * @param end of what is quoted
     * @return whether there is one, with its addresses and ports
     */
    static boolean parse(Packet quoted, Packet inner, long end) {
        int shim = switch (quoted.protocol()) {
            case Transport.IPIP, Transport.IPV6 -> 0;
            case Transport.GRE -> GRE_LENGTH;
            case Transport.UDP -> GUE_LENGTH;
            default -> -1;
        };
        if (shim < 0) {
            return false;
        }
        long at = quoted.transport() + shim;
        if (quoted.protocol() == Transport.GRE && quoted.transport() + 2 <= end
                && Bytes.u8(quoted.memory(), quoted.transport()) >>> 7 != 0) {
            at += GRE_LENGTH;
        }
        return inner.parseEmbedded(quoted.memory(), at, end) == Packet.Shape.WELL_FORMED
                && inner.fragmentOffset() == 0;
    }
}
