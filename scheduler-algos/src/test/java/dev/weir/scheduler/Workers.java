package dev.weir.scheduler;

import java.util.concurrent.atomic.AtomicIntegerArray;

/** Two workers that share one scheduler. */
final class Workers {
    private Workers() {
    }

    /** How often each place was chosen when two threads choose {@code each} times at once. */
    static int[] counts(Scheduler scheduler, int servers, int each) throws InterruptedException {
        AtomicIntegerArray counts = new AtomicIntegerArray(servers);
        Runnable worker = () -> {
            for (int i = 0; i < each; i++) {
                counts.incrementAndGet(scheduler.choose(Choices.ANY));
            }
        };
        Thread first = Thread.ofPlatform().start(worker);
        Thread second = Thread.ofPlatform().start(worker);
        first.join();
        second.join();
        int[] result = new int[servers];
        for (int i = 0; i < servers; i++) {
            result[i] = counts.get(i);
        }
        return result;
    }
}
