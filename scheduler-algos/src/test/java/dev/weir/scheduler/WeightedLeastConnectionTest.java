package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WeightedLeastConnectionTest {
    private final FakeServer a = new FakeServer("a", 1);
    private final FakeServer b = new FakeServer("b", 1);
    private final FakeServer c = new FakeServer("c", 1);
    private final List<FakeServer> abc = List.of(a, b, c);
    private final Scheduler scheduler = Choices.scheduler("wlc", abc);

    private String choice() {
        return Choices.of(scheduler, abc, 1);
    }

    @Test
    void prefersTheServerWithFewestConnections() {
        a.connections(3, 0);
        b.connections(1, 0);
        c.connections(2, 0);
        assertThat(choice()).isEqualTo("b");
    }

    @Test
    void takesTheFirstOfEquals() {
        assertThat(choice()).isEqualTo("a");
        a.connections(2, 0).weight(2);
        b.connections(1, 0);
        c.connections(1, 0);
        assertThat(choice()).isEqualTo("a");
    }

    @Test
    void countsAnActiveConnectionAs256InactiveOnes() {
        c.connections(9, 0);
        a.connections(1, 0);
        b.connections(0, 256);
        assertThat(choice()).isEqualTo("a");
        b.connections(0, 255);
        assertThat(choice()).isEqualTo("b");
        b.connections(0, 257);
        assertThat(choice()).isEqualTo("a");
    }

    @Test
    void dividesConnectionsByTheWeight() {
        a.connections(5, 0).weight(1);
        b.connections(9, 0).weight(2);
        c.connections(13, 0).weight(3);
        assertThat(choice()).isEqualTo("c");
    }

    @Test
    void passesOverWeightZeroAndOverload() {
        a.weight(0);
        b.overloaded(true);
        c.connections(1000, 1000);
        assertThat(choice()).isEqualTo("c");
        c.weight(0);
        assertThat(choice()).isEqualTo("-");
    }

    @Test
    void comparesCountsThatNeedMoreThan32Bits() {
        a.connections(40_000_000, 0).weight(65535);
        b.connections(39_999_999, 0).weight(65535);
        c.weight(0);
        assertThat(choice()).isEqualTo("b");
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    /** The definition, in exact rational arithmetic: no other usable server has a smaller share, and no earlier one an equal. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void choosesTheFirstOfTheLeastLoaded(long seed) {
        Random dice = new Random(seed);
        List<FakeServer> servers = new ArrayList<>();
        for (int i = dice.nextInt(8); i >= 0; i--) {
            servers.add(new FakeServer("s" + i, dice.nextInt(4)).connections(dice.nextInt(4), dice.nextInt(3) * 128)
                    .overloaded(dice.nextInt(5) == 0));
        }
        int chosen = Choices.scheduler("wlc", servers).choose(Choices.ANY);
        for (int i = 0; i < servers.size(); i++) {
            FakeServer other = servers.get(i);
            if (other.weight() == 0 || other.overloaded() || i == chosen) {
                continue;
            }
            assertThat(chosen).as("seed %d", seed).isNotNegative();
            FakeServer best = servers.get(chosen);
            long difference = share(best, other) - share(other, best);
            assertThat(difference).as("seed %d: place %d against %d", seed, chosen, i)
                    .isLessThanOrEqualTo(i < chosen ? -1 : 0);
        }
        if (chosen != Scheduler.NONE) {
            assertThat(servers.get(chosen).weight()).isPositive();
            assertThat(servers.get(chosen).overloaded()).isFalse();
        }
    }

    private static long share(FakeServer of, FakeServer against) {
        return (of.activeConnections() * 256L + of.inactiveConnections()) * against.weight();
    }
}
