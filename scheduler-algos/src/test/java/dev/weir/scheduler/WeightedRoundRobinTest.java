package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WeightedRoundRobinTest {
    private final FakeServer a = new FakeServer("a", 4);
    private final FakeServer b = new FakeServer("b", 3);
    private final FakeServer c = new FakeServer("c", 2);
    private final List<FakeServer> abc = List.of(a, b, c);

    @Test
    void walksTheListWithAFallingBar() {
        assertThat(Choices.of(Choices.scheduler("wrr", abc), abc, 18))
                .isEqualTo("a a b a b c a b c a a b a b c a b c");
    }

    @Test
    void dividesWeightsByTheirGreatestCommonDivisor() {
        a.weight(40);
        b.weight(20);
        c.weight(20);
        assertThat(Choices.of(Choices.scheduler("wrr", abc), abc, 8)).isEqualTo("a a b c a a b c");
    }

    @Test
    void neverChoosesAServerOfWeightZero() {
        b.weight(0);
        assertThat(Choices.of(Choices.scheduler("wrr", abc), abc, 6)).isEqualTo("a a c a a c");
    }

    @Test
    void passesOverAnOverloadedServer() {
        a.overloaded(true);
        assertThat(Choices.of(Choices.scheduler("wrr", abc), abc, 6)).isEqualTo("b b c b c b");
    }

    @Test
    void choosesNoneWhereAllWeighNothing() {
        abc.forEach(server -> server.weight(0));
        assertThat(Choices.of(Choices.scheduler("wrr", abc), abc, 2)).isEqualTo("- -");
        assertThat(Choices.scheduler("wrr", List.of()).choose(Choices.ANY)).isEqualTo(Scheduler.NONE);
    }

    @Test
    void choosesNoneWhereAllAreOverloadedAndServesAgainWhenOneRecovers() {
        Scheduler scheduler = Choices.scheduler("wrr", abc);
        for (int begun = 0; begun < 9; begun++) {
            abc.forEach(server -> server.overloaded(true));
            assertThat(Choices.of(scheduler, abc, 2)).as("after %d choices", begun).isEqualTo("- -");
            abc.forEach(server -> server.overloaded(false));
            assertThat(scheduler.choose(Choices.ANY)).as("after %d choices", begun).isNotNegative();
        }
    }

    @Test
    void findsTheOneServerThatIsNotOverloadedWhereverTheWalkStands() {
        for (int begun = 0; begun < 9; begun++) {
            Scheduler scheduler = Choices.scheduler("wrr", abc);
            for (FakeServer only : abc) {
                abc.forEach(server -> server.overloaded(false));
                Choices.of(scheduler, abc, begun);
                abc.forEach(server -> server.overloaded(server != only));
                assertThat(Choices.of(scheduler, abc, 2)).isEqualTo(only + " " + only);
            }
        }
    }

    @Test
    void beginsTheListAnewAtTheSameBarWhenAServerIsAdded() {
        Scheduler scheduler = Choices.scheduler("wrr", abc);
        assertThat(Choices.of(scheduler, abc, 2)).isEqualTo("a a");
        List<FakeServer> longer = List.of(new FakeServer("new", 4), a, b, c);
        assertThat(Choices.of(scheduler.with(longer), longer, 7)).isEqualTo("new a b new a b c");
    }

    @Test
    void lowersTheBarToTheGreatestWeightThatIsLeft() {
        Scheduler scheduler = Choices.scheduler("wrr", abc);
        a.weight(1);
        assertThat(Choices.of(scheduler.with(abc), abc, 6)).isEqualTo("b b c a b c");
    }

    @Test
    void alignsTheBarToANewDivisor() {
        a.weight(5);
        Scheduler scheduler = Choices.scheduler("wrr", abc);
        assertThat(Choices.of(scheduler, abc, 2)).isEqualTo("a a");
        // The bar stands at 4; weights 8, 4 and 4 have the divisor 4, so the bars are 5 and 1, and 4 becomes 4 / 4 * 4 + 1.
        a.weight(8);
        b.weight(4);
        c.weight(4);
        assertThat(Choices.of(scheduler.with(abc), abc, 5)).isEqualTo("a a b c a");
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void choosesEachInProportionToItsWeightOverAFullCycleFromAnyPointOfIt(long seed) {
        Random dice = new Random(seed);
        List<FakeServer> servers = new ArrayList<>();
        int factor = 1 + dice.nextInt(50);
        int sum = 0;
        int divisor = 0;
        for (int i = 1 + dice.nextInt(8); i > 0; i--) {
            int weight = factor * dice.nextInt(20);
            servers.add(new FakeServer("s" + i, weight));
            sum += weight;
            divisor = gcd(divisor, weight);
        }
        Scheduler scheduler = Choices.scheduler("wrr", servers);
        if (sum == 0) {
            assertThat(scheduler.choose(Choices.ANY)).isEqualTo(Scheduler.NONE);
            return;
        }
        int cycle = sum / divisor;
        Choices.counts(scheduler, servers.size(), dice.nextInt(cycle));
        int[] counts = Choices.counts(scheduler, servers.size(), cycle);
        for (int i = 0; i < counts.length; i++) {
            assertThat(counts[i]).as("seed %d, place %d of weights %s", seed, i,
                    servers.stream().map(FakeServer::weight).toList()).isEqualTo(servers.get(i).weight() / divisor);
        }
    }

    @Test
    void givesNoTurnTwiceToWorkersThatChooseAtOnce() throws InterruptedException {
        assertThat(Workers.counts(Choices.scheduler("wrr", abc), 3, 9 * 4_000)).containsExactly(32_000, 24_000, 16_000);
    }

    private static int gcd(int first, int second) {
        return second == 0 ? first : gcd(second, first % second);
    }
}
