package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.sys.Poller;
import java.time.Duration;
import org.agrona.concurrent.IdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When an idle worker waits. A wait is told from a look by what it leaves: the wake-up that was waiting for it. */
class IdleTest {
    private static final long LONG_WAIT = Duration.ofSeconds(10).toNanos();

    /** Whether {@code turns} idle turns took up a wake-up, as only a wait does. */
    private static boolean waits(Idle idle, int work, int turns) throws Exception {
        try (Poller poller = new Poller()) {
            IdleStrategy strategy = idle.strategy(poller, LONG_WAIT, Idle.Processor.SHARED);
            poller.wake();
            for (int i = 0; i < turns; i++) {
                strategy.idle(work);
            }
            return !poller.await(0);
        }
    }

    @Test
    void blockWaitsInTheFirstTurnWithoutFrames() throws Exception {
        assertThat(waits(Idle.BLOCK, 0, 1)).isTrue();
    }

    @Test
    void adaptiveLooksAgainFirst() throws Exception {
        assertThat(waits(Idle.ADAPTIVE, 0, 1)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"SPIN", "BUSY_POLL", "BACKOFF"})
    void othersNeverWaitForThePorts(Idle idle) throws Exception {
        assertThat(waits(idle, 0, 200)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void noneWaitsWhileFramesCome(Idle idle) throws Exception {
        assertThat(waits(idle, 1, 200)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void itsNameOnTheCommandLineReadsBack(Idle idle) {
        assertThat(Idle.parse(idle.text())).isEqualTo(idle);
    }
}
