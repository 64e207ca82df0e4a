package dev.weir.route;

import dev.weir.wire.IpPrefix;

/**
 * What policy routing delivers to the host itself by a firewall mark: {@code ip rule add fwmark MARK/MASK lookup T} and
 * {@code ip route add local PREFIX dev lo table T}.
 *
 * <p>Another rule or route may stand before it; {@link Routes#lookup(int, long, long)} knows.
 *
 * @param prefix its family is the rule's
 */
public record MarkedDelivery(int mark, int mask, IpPrefix prefix) {
    /** Whether that is the mark of some packets that it delivers. */
    public boolean concerns(int packetMark) {
        return ((packetMark ^ mark) & mask) == 0;
    }
}
