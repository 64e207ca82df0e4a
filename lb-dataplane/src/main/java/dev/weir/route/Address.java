package dev.weir.route;

import dev.weir.wire.IpAddress;

/**
 * An address of the host on one of its interfaces.
 *
 * @param prefixLength 0 to 32, or 0 to 128
 * @param usable       may be the source of new packets: not secondary, deprecated, tentative or a failed duplicate
 */
public record Address(IpAddress address, int prefixLength, int interfaceIndex, Scope scope, boolean usable) {
    public enum Scope {
        GLOBAL, LINK, HOST
    }
}
