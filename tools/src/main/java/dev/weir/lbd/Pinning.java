package dev.weir.lbd;

import dev.weir.sys.Processors;
import dev.weir.sys.SystemException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;

/** {@code --cpus}: each worker's thread goes to its processor before it does anything else. */
final class Pinning {
    private final List<Integer> processors;
    private final CountDownLatch pinned;
    private final Map<Integer, String> refused = new ConcurrentSkipListMap<>();

    /** @param processors one for each worker; empty: they run wherever */
    Pinning(List<Integer> processors) {
        this.processors = processors;
        pinned = new CountDownLatch(processors.size());
    }

    /** @param loop what the worker's thread does when it is there */
    Runnable of(int worker, Runnable loop) {
        if (processors.isEmpty()) {
            return loop;
        }
        int processor = processors.get(worker);
        return () -> {
            try {
                Processors.pin(processor);
            } catch (SystemException e) {
                refused.put(processor, String.valueOf(e.getMessage()));
            } finally {
                pinned.countDown();
            }
            loop.run();
        };
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
