package dev.weir.connection;

import dev.weir.wire.IpAddress;

/**
 * A keyed hash of two endpoints (address and port), the same whichever comes first: a packet's look-up finds by one hash
 * the connection that it is a request of and the one that it is an answer of. Without the key nobody can choose tuples
 * that collide.
 */
final class TupleHash {
    private static final long GOLDEN = 0x1e37_79b9_7f4a_7c15L;

    private final long key;
    private final long addressKey;
    private final long highKey;
    private final long tupleKey;

    TupleHash(long secret) {
        key = mix(secret + GOLDEN);
        addressKey = mix(secret + 2 * GOLDEN) | 1;
        highKey = mix(secret + 3 * GOLDEN);
        tupleKey = mix(secret - GOLDEN) | 1;
    }

    /** @param rest protocol and kind of key, below 2^16 */
    int of(int rest, long high, long low, int port, long otherHigh, long otherLow, int otherPort) {
        long both = endpoint(high, low, port) + endpoint(otherHigh, otherLow, otherPort);
        long mixed = fold(both ^ key, tupleKey ^ (long) rest << 32);
        return (int) (mixed ^ mixed >>> 32);
    }

    private long endpoint(long high, long low, int port) {
        long address = IpAddress.isV4(high, low) ? low << 16 : fold(high ^ highKey, low ^ addressKey);
        return fold(address ^ port ^ key, addressKey);
    }

    /** The hash of a tuple, and of 64 bits besides. */
    int with(int tuple, long data) {
        long mixed = fold(tuple ^ key, data ^ tupleKey);
        return (int) (mixed ^ mixed >>> 32);
    }

    /** Both halves of a 128-bit product, xored: every bit of either factor reaches every bit of the result. */
    static long fold(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }

    /** The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): keys of their own from one secret. */
    private static long mix(long seed) {
        long z = (seed ^ seed >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
