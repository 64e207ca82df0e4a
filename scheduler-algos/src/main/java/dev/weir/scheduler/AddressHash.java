package dev.weir.scheduler;

/** The kernel's hashes of addresses, bit by bit, so that a client meets the server that IPVS would give it. */
final class AddressHash {
    private static final int GOLDEN_RATIO = 0x61C88647;

    private AddressHash() {
    }

    /** An IPv4 address as it is; of an IPv6 address its four words, added without carry. In the host's byte order. */
    static int fold(long high, long low) {
        if (high == 0 && low >>> 32 == 0xffff) {
            return (int) low;
        }
        return (int) (high >>> 32 ^ high ^ low >>> 32 ^ low);
    }

    /** The upper eight bits of a multiplication (hash_32 in include/linux/hash.h). */
    static int byteOf(int value) {
        return value * GOLDEN_RATIO >>> 24;
    }

    /**
     * SipHash-1-3 of four bytes in little-endian order, its lower half (hsiphash_1u32 of a 64-bit kernel).
     *
     * @see <a href="https://www.aumasson.jp/siphash/siphash.pdf">SipHash: a fast short-input PRF</a>
     */
    static int sip(int value, long key0, long key1) {
        long block = 4L << 56 | value & 0xffffffffL;
        long v0 = 0x736f6d6570736575L ^ key0;
        long v1 = 0x646f72616e646f6dL ^ key1;
        long v2 = 0x6c7967656e657261L ^ key0;
        long v3 = 0x7465646279746573L ^ key1 ^ block;
        for (int round = 0; round < 4; round++) {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
            if (round == 0) {
                v0 ^= block;
                v2 ^= 0xff;
            }
        }
        return (int) (v0 ^ v1 ^ v2 ^ v3);
    }
}
