package dev.weir.connection;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.IntConsumer;

/**
 * Which connections of a table have changed since somebody looked: a bit for each number. The table's owner sets bits, one
 * other thread takes them. However often a connection changes, and however seldom it is looked, nothing is lost and no memory
 * is needed; a change that is taken says only that the connection is to be read anew.
 */
public final class ChangeMap {
    private static final int WORD_BITS = 6;
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words;

    /** @param capacity connections at most */
    public ChangeMap(int capacity) {
        words = new long[(capacity + Long.SIZE - 1) / Long.SIZE];
    }

    /** The owner, after the change: a full fence, so that whoever takes the change sees what was written before it. */
    void changed(int connection) {
        WORDS.getAndBitwiseOr(words, connection >>> WORD_BITS, 1L << connection);
    }

    /** Takes the changes of connections below {@code numbers}, and tells of each in the order of their numbers. */
    public void take(int numbers, IntConsumer changed) {
        int end = numbers + Long.SIZE - 1 >>> WORD_BITS;
        for (int word = 0; word < end; word++) {
            if ((long) WORDS.getOpaque(words, word) != 0) {
                for (long bits = (long) WORDS.getAndSet(words, word, 0L); bits != 0; bits &= bits - 1) {
                    changed.accept((word << WORD_BITS) + Long.numberOfTrailingZeros(bits));
                }
            }
        }
    }
}
