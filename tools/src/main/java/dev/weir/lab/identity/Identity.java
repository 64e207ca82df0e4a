package dev.weir.lab.identity;

import java.nio.ByteBuffer;

/**
 * What the two ends of a connection say in turn, four messages in all: the connection's number (8 bytes, big-endian), and a
 * number that follows from the seed, the connection and the message's turn (8).
 */
final class Identity {
    static final int LENGTH = 2 * Long.BYTES;
    /** The client begins; the server has the last word. */
    static final int MESSAGES = 4;
    /** 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4). */
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

    private Identity() {
    }

    static void put(long seed, long number, int turn, ByteBuffer into) {
        into.putLong(number).putLong(proof(seed, number, turn));
    }

    /** The connection of a message, where it is the one of that turn; else -1. */
    static long read(long seed, int turn, ByteBuffer from) {
        long number = from.getLong();
        return from.getLong() == proof(seed, number, turn) ? number : -1;
    }

    private static long proof(long seed, long number, int turn) {
        long mixed = (number * MESSAGES + turn ^ seed) * GOLDEN;
        mixed = (mixed ^ mixed >>> 32) * GOLDEN;
        return mixed ^ mixed >>> 29;
    }
}
