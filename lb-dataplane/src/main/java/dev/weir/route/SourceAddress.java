package dev.weir.route;

import dev.weir.route.Address.Scope;
import dev.weir.wire.IpAddress;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Which address the host puts on a packet of its own where its route does not say. */
final class SourceAddress {
    private SourceAddress() {
    }

    /**
     * IPv4: of the interface's addresses the first in the next hop's subnet, else the first, else any of the host's
     * (inet_select_addr). IPv6: of the destination's scope, on the interface before elsewhere, then by the longest
     * prefix shared with the destination, of the candidate's own at most (RFC 6724, rules 2, 3, 5 and 8); among equals
     * the first, which on Linux is the one that was added last.
     *
     * @param via whom the packet is handed to: the gateway, or the destination itself
     */
    static IpAddress choose(Collection<Address> addresses, int interfaceIndex, IpAddress destination, IpAddress via) {
        Address best = null;
        int bestScore = -1;
        for (Address candidate : addresses) {
            if (candidate.address().isV4() == destination.isV4()) {
                int score = destination.isV4()
                        ? scoreV4(candidate, interfaceIndex, via)
                        : scoreV6(candidate, interfaceIndex, destination);
                if (score > bestScore) {
                    best = candidate;
                    bestScore = score;
                }
            }
        }
        return address(best, destination);
    }

    private static IpAddress address(@Nullable Address best, IpAddress destination) {
        if (best != null) {
            return best.address();
        }
        return destination.isV4() ? IpAddress.ANY_V4 : IpAddress.ANY_V6;
    }

    private static int scoreV4(Address candidate, int interfaceIndex, IpAddress via) {
        if (candidate.scope() == Scope.HOST) {
            return -1;
        }
        int score = candidate.usable() ? 4 : 0;
        if (candidate.interfaceIndex() == interfaceIndex) {
            return 8 + score + (via.in(candidate.address(), candidate.prefixLength()) ? 1 : 0);
        }
        return score + (candidate.scope() == Scope.GLOBAL ? 1 : 0);
    }

    private static int scoreV6(Address candidate, int interfaceIndex, IpAddress destination) {
        if (candidate.scope() == Scope.HOST) {
            return -1;
        }
        boolean onLink = candidate.interfaceIndex() == interfaceIndex;
        if (candidate.scope() == Scope.LINK && !onLink) {
            return -1;
        }
        boolean wantsLink = isLinkLocal(destination);
        int score = wantsLink == (candidate.scope() == Scope.LINK) ? 1024 : 0;
        score += candidate.usable() ? 512 : 0;
        score += onLink ? 256 : 0;
        return score + Math.min(candidate.prefixLength(), commonPrefix(candidate.address(), destination));
    }

    private static boolean isLinkLocal(IpAddress address) {
        return address.high() >>> 54 == 0xfe80 >>> 6;
    }

    private static int commonPrefix(IpAddress a, IpAddress b) {
        long high = a.high() ^ b.high();
        return high != 0 ? Long.numberOfLeadingZeros(high) : 64 + Long.numberOfLeadingZeros(a.low() ^ b.low());
    }
}
