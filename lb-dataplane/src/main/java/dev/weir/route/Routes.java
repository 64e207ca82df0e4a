package dev.weir.route;

/** What a worker asks of the host's routing. Addresses are pairs as in {@link dev.weir.wire.IpAddress}. */
public interface Routes {
    /** Changes whenever an earlier answer of {@link #lookup} may no longer hold. Read once a burst. */
    int generation();

    /**
     * The way to a destination, as the host's main routing would choose it. Answers are remembered (a bounded number of
     * destinations), so asking again is cheap and allocates nothing.
     */
    NextHop lookup(long high, long low);

    /**
     * Whether policy routing delivers to the host itself what bears a firewall mark and goes to a destination that is
     * not the host's otherwise: {@code ip rule add fwmark MARK lookup T}, {@code ip route add local PREFIX dev lo table T}.
     */
    boolean deliversMarked(int mark, long high, long low);

    /**
     * Asks the kernel to resolve a neighbour that is not resolved yet, or to probe one that is in use. Returns at once;
     * asking again and again is harmless.
     */
    void solicit(Neighbour neighbour);
}
