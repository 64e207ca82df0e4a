package dev.weir.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weir.bench.e2e.Generator.Passed;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SweepTest {
    private static final double PERCENT = 1e4;

    @Test
    void finds_the_most_that_a_director_forwards_and_that_it_stays_there_beyond() throws IOException {
        Sweep sweep = Sweep.of((rate, _) -> new Passed(rate, Math.min(rate, 1_000_000)));
        assertThat(sweep.best()).isEqualTo(1_000_000);
        assertThat(sweep.lossless()).isCloseTo(1_000_000, within(PERCENT));
        assertThat(sweep.overload()).isEqualTo(1_000_000);
    }

    @Test
    void tells_a_director_that_collapses_when_too_much_is_offered() throws IOException {
        Sweep sweep = Sweep.of((rate, _) -> new Passed(rate, rate <= 900_000 ? rate : 810_000_000_000.0 / rate));
        assertThat(sweep.best()).isGreaterThan(800_000);
        assertThat(sweep.overload()).isLessThan(0.6 * sweep.best());
    }

    @Test
    void leaves_out_steps_that_lose_one_in_a_hundred_or_more() throws IOException {
        Sweep sweep = Sweep.of((rate, _) -> new Passed(rate, rate < 300_000 ? rate : rate * 0.98));
        assertThat(sweep.best()).isGreaterThan(1_000_000);
        assertThat(sweep.lossless()).isEqualTo(250_000);
    }

    @Test
    void goes_no_further_than_the_generator_can() throws IOException {
        Sweep sweep = Sweep.of((rate, _) -> new Passed(Math.min(rate, 700_000), Math.min(rate, 700_000)));
        assertThat(sweep.best()).isEqualTo(700_000);
        assertThat(sweep.lossless()).isEqualTo(700_000);
    }
}
