package dev.weir.lbd;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the workers turn. One that hangs forwards nothing and says nothing of it, so VRRP has to give the addresses
 * away. Looks are counted, not seconds: where the whole machine stood still, no worker is to blame.
 */
final class WorkerWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerWatch.class);
    static final int PATIENCE = 10;
    private static final int BETWEEN_LOOKS_MS = 100;

    private final List<LongSupplier> turns;
    private final long[] seen;
    private final int[] unchanged;
    private final Consumer<Boolean> told;
    private boolean works = true;
    private volatile boolean closed;

    /**
     * @param turns something of each worker's that is another after each turn
     * @param told  with false when a worker has stalled, and with true when all turn again
     */
    WorkerWatch(List<LongSupplier> turns, Consumer<Boolean> told) {
        this.turns = List.copyOf(turns);
        this.told = told;
        seen = turns.stream().mapToLong(LongSupplier::getAsLong).toArray();
        unchanged = new int[seen.length];
    }

    /** Looks on in a thread of its own. */
    void start() {
        Thread.ofPlatform().name("watch").daemon().start(() -> {
            while (!closed) {
                try {
                    Thread.sleep(BETWEEN_LOOKS_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
                look();
            }
        });
    }

    void look() {
        boolean all = true;
        for (int worker = 0; worker < seen.length; worker++) {
            long now = turns.get(worker).getAsLong();
            unchanged[worker] = now == seen[worker] ? unchanged[worker] + 1 : 0;
            seen[worker] = now;
            all &= unchanged[worker] < PATIENCE;
            if (unchanged[worker] == PATIENCE) {
                LOG.error("worker {} has not turned for {} ms: nothing that is its is forwarded", worker,
                        PATIENCE * BETWEEN_LOOKS_MS);
            }
        }
        if (all != works) {
            works = all;
            if (all) {
                LOG.warn("all workers turn again");
            }
            told.accept(all);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
