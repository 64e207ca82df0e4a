package dev.weir.lbd;

import dev.weir.sys.Poller;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/** What a worker without frames does: {@code lbd --idle}. */
enum Idle {
    /** Looks again for a moment, in which the next burst mostly comes, then waits for the ports. */
    ADAPTIVE,
    /** Looks again at once, always: a core of its own, and the lowest latency. */
    SPIN,
    /** As SPIN, and each look drives an AF_XDP interface by itself, with no interrupt (SO_PREFER_BUSY_POLL). */
    BUSY_POLL,
    /** Looks, then yields, then sleeps longer and longer, to a millisecond: where ports have nothing to wait for. */
    BACKOFF,
    /** Waits for the ports at once: where the worker shares its core. */
    BLOCK;

    private static final long SPINS = 100;
    private static final long YIELDS = 20;

    /** Whose the processor is that a worker runs on: how long ADAPTIVE looks again, after the last frame. */
    enum Processor {
        /** The worker's alone ({@code --cpus}): most bursts come meanwhile. */
        OWN(50_000),
        /** Others', too, who would wait: for no longer than it costs to wait and to be woken. */
        SHARED(5_000);

        private final long lookNanos;

        Processor(long lookNanos) {
            this.lookNanos = lookNanos;
        }
    }

    /** As the command line has it. */
    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Idle parse(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /**
     * A strategy of one worker's own.
     *
     * @param waitNanos the longest wait, after which timers have their turn
     */
    IdleStrategy strategy(Poller poller, long waitNanos, Processor processor) {
        return switch (this) {
            case ADAPTIVE -> new Waiting(poller, waitNanos, processor.lookNanos);
            case SPIN, BUSY_POLL -> new BusySpinIdleStrategy();
            case BACKOFF -> new BackoffIdleStrategy(SPINS, YIELDS, TimeUnit.MICROSECONDS.toNanos(1),
                    TimeUnit.MILLISECONDS.toNanos(1));
            case BLOCK -> new Waiting(poller, waitNanos, 0);
        };
    }

    /** Waits on the ports' descriptors once nothing has come for {@code spinNanos}. */
    private static final class Waiting implements IdleStrategy {
        private final Poller poller;
        private final long waitNanos;
        private final long spinNanos;
        private boolean idling;
        private long since;

        Waiting(Poller poller, long waitNanos, long spinNanos) {
            this.poller = poller;
            this.waitNanos = waitNanos;
            this.spinNanos = spinNanos;
        }

        @Override
        public void idle(int workCount) {
            if (workCount > 0) {
                reset();
            } else {
                idle();
            }
        }

        @Override
        public void idle() {
            if (spinNanos > 0 && isSpinning(System.nanoTime())) {
                Thread.onSpinWait();
            } else {
                poller.await(waitNanos);
            }
        }

        private boolean isSpinning(long now) {
            if (!idling) {
                idling = true;
                since = now;
            }
            return now - since < spinNanos;
        }

        @Override
        public void reset() {
            idling = false;
        }
    }
}
