package dev.weir.route;

/** What a worker asks of the host's routing. Addresses are pairs as in {@link dev.weir.wire.IpAddress}. */
public interface Routes {
    /** Changes whenever an earlier answer of {@link #lookup(int, long, long)} may no longer hold. Read once a burst. */
    int generation();

    /**
     * The way to a destination of what bears that firewall mark: {@code ip rule} may send it other ways, or deliver it to the
     * host itself ({@code ip route add local PREFIX dev lo table T}). Asked for a destination behind a gateway it allocates
     * nothing; for one on the link it may, unless it was asked for lately.
     */
    NextHop lookup(int mark, long high, long low);

    /** The way to a destination without a mark: of all that a director sends, as of what IPVS sends. */
    default NextHop lookup(long high, long low) {
        return lookup(0, high, low);
    }

    /** Whether what bears that mark is delivered to the host itself. Allocates nothing. */
    default boolean isLocal(int mark, long high, long low) {
        return lookup(mark, high, low).kind() == NextHop.Kind.LOCAL;
    }

    /**
     * Asks the kernel to resolve a neighbour that is not resolved yet, or to probe one that is in use. Returns at once;
     * asking again and again is harmless.
     */
    void solicit(Neighbour neighbour);
}
