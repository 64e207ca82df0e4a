package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** lc, sed, nq, fo and ovf: they choose by the servers' weights and counts alone. */
class LoadSchedulersTest {
    private final FakeServer a = new FakeServer("a", 1);
    private final FakeServer b = new FakeServer("b", 1);
    private final FakeServer c = new FakeServer("c", 1);
    private final List<FakeServer> abc = List.of(a, b, c);

    private String choice(String name) {
        return Choices.of(Choices.scheduler(name, abc), abc, 1);
    }

    @Test
    void leastConnectionLooksAtNoWeightButZero() {
        a.connections(2, 0).weight(100);
        b.connections(1, 1);
        c.connections(1, 0);
        assertThat(choice("lc")).isEqualTo("c");
        c.weight(0);
        assertThat(choice("lc")).isEqualTo("b");
    }

    @Test
    void leastConnectionCountsAnActiveConnectionAs256InactiveOnes() {
        a.connections(1, 0);
        b.connections(0, 256);
        c.connections(0, 257);
        assertThat(choice("lc")).isEqualTo("a");
        b.connections(0, 255);
        assertThat(choice("lc")).isEqualTo("b");
    }

    @Test
    void shortestExpectedDelayCountsTheConnectionToCome() {
        a.connections(0, 0).weight(1);
        b.connections(1, 0).weight(3);
        c.connections(2, 0).weight(3);
        assertThat(choice("sed")).as("1/1, 2/3, 3/3").isEqualTo("b");
        assertThat(choice("nq")).isEqualTo("a");
    }

    @Test
    void shortestExpectedDelayLooksAtNoInactiveConnections() {
        a.connections(0, 60_000);
        assertThat(choice("sed")).isEqualTo("a");
    }

    @Test
    void neverQueueTakesTheFirstIdleServerWhateverItsWeight() {
        a.connections(1, 0).weight(100);
        b.connections(0, 5_000);
        assertThat(choice("nq")).isEqualTo("b");
        b.overloaded(true);
        assertThat(choice("nq")).isEqualTo("c");
        c.weight(0);
        assertThat(choice("nq")).isEqualTo("a");
    }

    @Test
    void failoverTakesTheGreatestWeightUntilItIsOverloaded() {
        b.weight(3).connections(9_999, 9_999);
        c.weight(2);
        assertThat(choice("fo")).isEqualTo("b");
        b.overloaded(true);
        assertThat(choice("fo")).isEqualTo("c");
        c.weight(0);
        assertThat(choice("fo")).isEqualTo("a");
    }

    @Test
    void overflowTakesTheGreatestWeightUntilItHasMoreConnectionsThanThat() {
        b.weight(3).connections(3, 9_999);
        c.weight(2);
        assertThat(choice("ovf")).as("as many as its weight").isEqualTo("b");
        b.connections(4, 0);
        assertThat(choice("ovf")).isEqualTo("c");
        c.connections(3, 0);
        a.connections(2, 0);
        assertThat(choice("ovf")).isEqualTo("-");
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    /** Each scheduler's definition: the least by its order among those that may be chosen, of equals the first. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void choosesTheFirstOfTheBest(long seed) {
        Random dice = new Random(seed);
        List<FakeServer> servers = new ArrayList<>();
        for (int i = dice.nextInt(9); i > 0; i--) {
            servers.add(new FakeServer("s" + i, dice.nextInt(5)).connections(dice.nextInt(5), dice.nextInt(3) * 128)
                    .overloaded(dice.nextInt(5) == 0));
        }
        for (PlainWalks.Rule rule : PlainWalks.RULES) {
            assertThat(Choices.scheduler(rule.name(), servers).choose(Choices.ANY)).as("%s, seed %d", rule.name(), seed)
                    .isEqualTo(rule.choose(servers));
        }
    }
}
