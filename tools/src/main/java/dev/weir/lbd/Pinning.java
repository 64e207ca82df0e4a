package dev.weir.lbd;

import dev.weir.sys.Processors;
import dev.weir.sys.SystemException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Each worker's thread gets a large share of its processor before it does anything else, and goes there by {@code --cpus}; all other
 * threads leave it to that one, if there are other processors.
 */
final class Pinning {
    private static final Logger LOG = LoggerFactory.getLogger(Pinning.class);
    /**
     * In a kernel packets come before all programs. A worker that waits for its turn loses those for which its rings have no
     * room; a tenth of a processor is still the others'.
     */
    private static final int NICE = -10;

    private final List<Integer> processors;
    private final CountDownLatch pinned;
    private final Map<Integer, String> refused = new ConcurrentSkipListMap<>();

    /** @param processors one for each worker; empty: they run wherever */
    Pinning(List<Integer> processors) {
        this.processors = processors;
        pinned = new CountDownLatch(processors.size());
    }

    /** Before any worker runs: who is started by then, or by those, stays off the workers' processors. */
    void clear() {
        try {
            Processors.leave(processors);
        } catch (SystemException e) {
            LOG.warn(
                    "threads that are no workers may run on the processors of --cpus, too, and workers wait for them: {}",
                    e.getMessage());
        }
    }

    Idle.Processor processor() {
        return processors.isEmpty() ? Idle.Processor.SHARED : Idle.Processor.OWN;
    }

    /** @param loop what the worker's thread does when it is there */
    Runnable of(int worker, Runnable loop) {
        return () -> {
            comeFirst();
            if (!processors.isEmpty()) {
                pin(processors.get(worker));
            }
            loop.run();
        };
    }

    private static void comeFirst() {
        try {
            Processors.nice(NICE);
        } catch (SystemException e) {
            LOG.info("the worker shares its processor evenly ({}); with CAP_SYS_NICE it has most of it",
                    e.getMessage());
        }
    }

    private void pin(int processor) {
        try {
            Processors.pin(processor);
        } catch (SystemException e) {
            refused.put(processor, String.valueOf(e.getMessage()));
        } finally {
            pinned.countDown();
        }
    }

    /** Waits until all are where they belong. */
    void check() throws RefusalException {
        try {
            pinned.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!refused.isEmpty()) {
            throw new RefusalException(RefusalException.ENVIRONMENT, "--cpus: no worker may run on processor "
                    + String.join(", ", refused.keySet().stream().map(String::valueOf).toList()) + " ("
                    + refused.values().iterator().next()
                    + "); name others: \"taskset -cp $$\" shows those allowed");
        }
    }
}
