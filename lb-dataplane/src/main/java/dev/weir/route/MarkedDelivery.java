package dev.weir.route;

import dev.weir.wire.IpPrefix;

/**
 * What policy routing delivers to the host itself by a firewall mark: {@code ip rule add fwmark MARK/MASK lookup T} and
 * {@code ip route add local PREFIX dev lo table T}.
 *
 * @param prefix its family is the rule's
 */
public record MarkedDelivery(int mark, int mask, IpPrefix prefix) {
    boolean applies(int packetMark, long high, long low) {
        return (packetMark & mask) == (mark & mask) && prefix.contains(high, low);
    }
}
