package dev.weir.lab.transfer;

import java.nio.ByteBuffer;

/** What one end receives of a connection: every byte compared, and how long there was none. Times are System.nanoTime(). */
final class Incoming {
    private final Content content;
    private long received;
    private long wrong;
    private long firstWrong = -1;
    private long lastProgress;
    private long longestStall;

    Incoming(Content content, long now) {
        this.content = content;
        lastProgress = now;
    }

    /** Takes what remains of the buffer as the stream's next bytes. */
    void take(ByteBuffer bytes, long now) {
        int length = bytes.remaining();
        if (length == 0) {
            return;
        }
        Content.Difference difference = content.compare(bytes, received);
        if (difference.wrong() > 0) {
            firstWrong = wrong == 0 ? difference.first() : firstWrong;
            wrong += difference.wrong();
        }
        received += length;
        longestStall = stall(now);
        lastProgress = now;
    }

    /** Nanoseconds without a byte at most, since {@link #forgetStalls}. */
    long stall(long now) {
        return Math.max(longestStall, now - lastProgress);
    }

    void forgetStalls() {
        longestStall = 0;
    }

    long received() {
        return received;
    }

    long wrong() {
        return wrong;
    }

    /** The place in the stream of the first byte that was another; -1: there was none. */
    long firstWrong() {
        return firstWrong;
    }

    long lastProgress() {
        return lastProgress;
    }
}
