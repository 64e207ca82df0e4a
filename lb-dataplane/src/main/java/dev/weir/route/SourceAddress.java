package dev.weir.route;

import dev.weir.route.Address.Scope;
import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** Which address the host puts on a packet of its own where its route does not say. */
final class SourceAddress {
    /** None of them. */
    static final int NONE = -1;
    /** IPv4 addresses are held IPv4-mapped. */
    private static final int V4_SHIFT = 96;

    private SourceAddress() {
    }

    /**
     * IPv4: of the interface's addresses the first in the next hop's subnet, else the first, else any of the host's
     * (inet_select_addr). IPv6: of the destination's scope, on the interface before elsewhere, then by the longest
     * prefix shared with the destination, of the candidate's own at most (RFC 6724, rules 2, 3, 5 and 8); among equals
     * the first, which on Linux is the one that was added last. Allocates nothing.
     *
     * @param gateway whom the packet is handed to; null: the destination itself
     * @return its place among the addresses, or {@link #NONE}
     */
    static int choose(Address[] addresses, int interfaceIndex, long high, long low, @Nullable IpAddress gateway) {
        boolean v4 = IpAddress.isV4(high, low);
        int best = NONE;
        int bestScore = -1;
        for (int i = 0; i < addresses.length; i++) {
            Address candidate = addresses[i];
            if (candidate.address().isV4() == v4) {
                int score = v4
                        ? scoreV4(candidate, interfaceIndex, low, gateway)
                        : scoreV6(candidate, interfaceIndex, high, low);
                if (score > bestScore) {
                    best = i;
                    bestScore = score;
                }
            }
        }
        return best;
    }

    private static int scoreV4(Address candidate, int interfaceIndex, long low, @Nullable IpAddress gateway) {
        if (candidate.scope() == Scope.HOST) {
            return -1;
        }
        int score = candidate.usable() ? 4 : 0;
        if (candidate.interfaceIndex() == interfaceIndex) {
            boolean near = gateway == null
                    ? commonPrefix(candidate.address(), 0, low) >= candidate.prefixLength() + V4_SHIFT
                    : gateway.in(candidate.address(), candidate.prefixLength());
            return 8 + score + (near ? 1 : 0);
        }
        return score + (candidate.scope() == Scope.GLOBAL ? 1 : 0);
    }

    private static int scoreV6(Address candidate, int interfaceIndex, long high, long low) {
        if (candidate.scope() == Scope.HOST) {
            return -1;
        }
        boolean onLink = candidate.interfaceIndex() == interfaceIndex;
        if (candidate.scope() == Scope.LINK && !onLink) {
            return -1;
        }
        boolean wantsLink = high >>> 54 == 0xfe80 >>> 6;
        int score = wantsLink == (candidate.scope() == Scope.LINK) ? 1024 : 0;
        score += candidate.usable() ? 512 : 0;
        score += onLink ? 256 : 0;
        return score + Math.min(candidate.prefixLength(), commonPrefix(candidate.address(), high, low));
    }

    private static int commonPrefix(IpAddress address, long high, long low) {
        long highs = address.high() ^ high;
        return highs != 0 ? Long.numberOfLeadingZeros(highs) : 64 + Long.numberOfLeadingZeros(address.low() ^ low);
    }
}
