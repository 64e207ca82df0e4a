package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WorkerWatchTest {
    private final AtomicLong one = new AtomicLong();
    private final AtomicLong other = new AtomicLong();
    private final List<Boolean> told = new ArrayList<>();
    private final WorkerWatch watch = new WorkerWatch(List.of(one::get, other::get), told::add);

    @Test
    void workersThatTurnAreNothingToTell() {
        for (int look = 0; look < 100; look++) {
            one.incrementAndGet();
            other.incrementAndGet();
            watch.look();
        }
        assertThat(told).isEmpty();
    }

    @Test
    void oneThatHangsIsToldOnceAndItsReturnToo() {
        for (int look = 0; look < WorkerWatch.PATIENCE - 1; look++) {
            one.incrementAndGet();
            watch.look();
        }
        assertThat(told).isEmpty();
        watch.look();
        watch.look();
        assertThat(told).containsExactly(false);
        one.incrementAndGet();
        other.incrementAndGet();
        watch.look();
        assertThat(told).containsExactly(false, true);
    }
}
