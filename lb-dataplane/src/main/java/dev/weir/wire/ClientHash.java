package dev.weir.wire;

/**
 * Which of several workers a client's packets belong to: a keyed hash of its address, so that nobody can choose addresses
 * that all meet in one worker. What the kernel computes of the same address (dev.weir.host.FanoutProgram) is the same.
 *
 * @param key     a secret
 * @param workers how many there are
 */
public record ClientHash(long key, int workers) {
    /** Odd, with bits in no pattern. */
    public static final long FIRST_FACTOR = 0x9e3779b97f4a7c15L;
    public static final long SECOND_FACTOR = 0xd6e8feb86659fd93L;
    /** Brings the better upper bits of a product down. */
    public static final int SHIFT = 32;
    /** What is left is below 2^31. */
    public static final int RESULT_SHIFT = 33;

    /** @return from 0 */
    public int owner(long high, long low) {
        long mixed = (high ^ key) * FIRST_FACTOR;
        mixed ^= mixed >>> SHIFT;
        mixed = (mixed ^ low) * SECOND_FACTOR;
        mixed ^= mixed >>> SHIFT;
        mixed *= FIRST_FACTOR;
        return (int) (mixed >>> RESULT_SHIFT) % workers;
    }
}
