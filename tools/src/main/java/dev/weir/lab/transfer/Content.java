package dev.weir.lab.transfer;

import java.nio.ByteBuffer;

/** What a connection carries in one direction: a stream of bytes that both ends know at every place of it. */
final class Content {
    enum Direction {
        TO_SERVER, TO_CLIENT
    }

    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private final long key;

    /** @param seed of the whole run; each connection and direction has a stream of its own */
    Content(long seed, int connection, Direction direction) {
        key = mix(mix(seed) + 2L * connection + direction.ordinal());
    }

    /** Fills what remains of the buffer with the stream from that place on. */
    void fill(ByteBuffer buffer, long offset) {
        long word = word(offset);
        for (long at = offset; buffer.hasRemaining(); at++) {
            if ((at & 7) == 0) {
                word = word(at);
            }
            buffer.put(byteOf(word, at));
        }
    }

    /**
     * How many bytes of what remains of the buffer are not those of the stream from that place on.
     *
     * @return the number, and in {@link Difference#first} the first one's place in the stream
     */
    Difference compare(ByteBuffer buffer, long offset) {
        long word = word(offset);
        int wrong = 0;
        long first = -1;
        for (long at = offset; buffer.hasRemaining(); at++) {
            if ((at & 7) == 0) {
                word = word(at);
            }
            if (buffer.get() != byteOf(word, at)) {
                first = wrong == 0 ? at : first;
                wrong++;
            }
        }
        return wrong == 0 ? Difference.NONE : new Difference(wrong, first);
    }

    /** @param first -1: there is none */
    record Difference(int wrong, long first) {
        static final Difference NONE = new Difference(0, -1);
    }

    /** A number below the bound that the stream determines, too: how long its chunks are. */
    int number(long index, int bound) {
        return (int) Long.remainderUnsigned(mix(~key + index), bound);
    }

    private long word(long offset) {
        return mix(key + (offset >>> 3) * GOLDEN_RATIO);
    }

    private static byte byteOf(long word, long offset) {
        return (byte) (word >>> ((offset & 7) << 3));
    }

    /** The finaliser of splitmix64 (Steele, Lea, Flood, 2014). */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
