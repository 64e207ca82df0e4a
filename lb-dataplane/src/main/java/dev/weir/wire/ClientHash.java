package dev.weir.wire;

/**
 * Which of several workers a client's packets belong to: a keyed hash of its address and, by flows, its port, so that nobody
 * can choose addresses that all meet in one worker. What the kernel computes of the same (dev.weir.host.FanoutProgram) is
 * the same.
 *
 * @param key     a secret
 * @param workers how many there are
 * @param byFlow  whether the port counts, so that one client's connections may be several workers'
 */
public record ClientHash(long key, int workers, boolean byFlow) {
    /** Odd, with bits in no pattern. */
    public static final long FIRST_FACTOR = 0x9e3779b97f4a7c15L;
    public static final long SECOND_FACTOR = 0xd6e8feb86659fd93L;
    /** Brings the better upper bits of a product down. */
    public static final int SHIFT = 32;
    /** What is left is below 2^31. */
    public static final int RESULT_SHIFT = 33;

    /** @return from 0 */
    public int owner(long high, long low, int port) {
        return mix(high, low, byFlow ? port : 0) % workers;
    }

    /** The worker of one flow, whether the port counts for clients or not: for local addresses, whose every port is one flow's. */
    public int ofFlow(long high, long low, int port) {
        return mix(high, low, port) % workers;
    }

    /** The one worker of a client that has what no port says: fragments, and connections that belong to others of its. */
    public int home(long high, long low) {
        return mix(high, low, 0) % workers;
    }

    /** Some number of the key and of whether ports count. */
    public int likeness() {
        return mix(0, 0, 0) << 1 | (byFlow ? 1 : 0);
    }

    /** Some number of a client's address, from 0 to 2^31 - 1. */
    public int mix(long high, long low) {
        return mix(high, low, 0);
    }

    private int mix(long high, long low, int port) {
        long mixed = (high ^ key) * FIRST_FACTOR;
        mixed ^= mixed >>> SHIFT;
        mixed = (mixed ^ low) * SECOND_FACTOR;
        mixed ^= mixed >>> SHIFT;
        return (int) ((mixed ^ port) * FIRST_FACTOR >>> RESULT_SHIFT);
    }
}
