package dev.weir.engine;

import dev.weir.connection.ConnectionCopy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Copies of connections on their way from one thread to another. They go round: what was taken comes back to be filled anew,
 * so that nothing is allocated; where all are under way, whoever has another one has to wait or to count it as lost.
 */
final class CopyQueue {
    private final SpscVarHandleArrayQueue<ConnectionCopy> filled;
    private final SpscVarHandleArrayQueue<ConnectionCopy> free;
    /** Written by who puts. */
    private final AtomicLong put = new AtomicLong();
    /** Written by who takes. */
    private final AtomicLong taken = new AtomicLong();

    /** @param size copies under way at most */
    CopyQueue(int size) {
        filled = new SpscVarHandleArrayQueue<>(size);
        free = new SpscVarHandleArrayQueue<>(size);
        for (int i = 0; i < size; i++) {
            free.offer(new ConnectionCopy());
        }
    }

    /** One to be filled and then {@link #put}; null where all are under way. */
    @Nullable
    ConnectionCopy claim() {
        return free.poll();
    }

    void put(ConnectionCopy copy) {
        filled.offer(copy);
        put.setRelease(put.getPlain() + 1);
    }

    /** Takes at most {@code limit}. @return how many there were */
    int take(int limit, Consumer<ConnectionCopy> taker) {
        int count = 0;
        for (; count < limit; count++) {
            ConnectionCopy copy = filled.poll();
            if (copy == null) {
                break;
            }
            taker.accept(copy);
            free.offer(copy);
        }
        if (count > 0) {
            taken.setRelease(taken.getPlain() + count);
        }
        return count;
    }

    /** Whether something waits. Any thread. */
    boolean isEmpty() {
        return filled.isEmpty();
    }

    /** Whether all that was put so far has been taken, and what came of it is done. The thread that puts. */
    boolean isSettled() {
        return taken.getAcquire() == put.getPlain();
    }
}
