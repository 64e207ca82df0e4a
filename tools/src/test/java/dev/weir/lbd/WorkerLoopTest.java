package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.sys.Poller;
import dev.weir.wire.Frame;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(20)
class WorkerLoopTest {
    /** Counts the loop's turns; runs what a test wants at each. */
    private record Turns(CountDownLatch left, Runnable each) implements WorkerLoop.Stage {
        @Override
        public void process(Frame[] burst, int count, long now) {
            throw new AssertionError("no frame was sent");
        }

        @Override
        public void tick(long now) {
            left.countDown();
            each.run();
        }
    }

    @ParameterizedTest
    @EnumSource(Idle.class)
    void timersRunWithoutFramesAndStopEndsIt(Idle idle) throws Exception {
        try (Poller poller = new Poller()) {
            Turns turns = new Turns(new CountDownLatch(5), () -> {
            });
            AtomicReference<Throwable> death = new AtomicReference<>();
            WorkerLoop loop = new WorkerLoop(turns, List.of(), poller, idle, Idle.Processor.OWN, death::set);
            Thread thread = Thread.ofPlatform().start(loop);
            assertThat(turns.left().await(10, TimeUnit.SECONDS)).as("five turns").isTrue();
            loop.stop();
            thread.join();
            assertThat(death.get()).isNull();
        }
    }

    @Test
    void anExceptionIsToldOfAndEndsTheWorker() throws Exception {
        try (Poller poller = new Poller()) {
            AtomicReference<Throwable> death = new AtomicReference<>();
            Thread thread = Thread.ofPlatform()
                    .start(new WorkerLoop(new Turns(new CountDownLatch(1), () -> {
                        throw new IllegalStateException("a fault");
                    }), List.of(), poller, Idle.BLOCK, Idle.Processor.SHARED, death::set));
            thread.join();
            assertThat(death.get()).hasMessage("a fault");
        }
    }
}
