package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.Random;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class PowerOfTwoTest {
    private final FakeServer a = new FakeServer("a", 3);
    private final FakeServer b = new FakeServer("b", 2);
    private final FakeServer c = new FakeServer("c", 4);
    private final List<FakeServer> abc = List.of(a, b, c);

    private String drawing(long first, long second) {
        PrimitiveIterator.OfLong draws = LongStream.of(first, second).iterator();
        return Choices.of(new PowerOfTwo(abc, bound -> {
            long draw = draws.nextLong();
            assertThat(draw).as("the test's own draw").isLessThan(bound);
            return draw;
        }), abc, 1);
    }

    @Test
    void drawsByTheSumOfTheWeights() {
        assertThat(drawing(0, 0)).isEqualTo("a");
        assertThat(drawing(3, 3)).isEqualTo("a");
        assertThat(drawing(4, 4)).isEqualTo("b");
        assertThat(drawing(5, 5)).isEqualTo("b");
        assertThat(drawing(6, 6)).isEqualTo("c");
        assertThat(drawing(9, 9)).isEqualTo("c");
    }

    @Test
    void takesTheLessLoadedOfTheTwoByWeight() {
        a.connections(3, 0);
        c.connections(4, 0);
        assertThat(drawing(1, 9)).as("both 1 for each weight").isEqualTo("a");
        assertThat(drawing(9, 1)).isEqualTo("c");
        a.connections(3, 1);
        assertThat(drawing(1, 9)).isEqualTo("c");
    }

    @Test
    void drawsOnlyThoseThatTakeConnections() {
        a.overloaded(true);
        b.weight(0);
        assertThat(drawing(0, 4)).isEqualTo("c");
        c.overloaded(true);
        assertThat(drawing(0, 0)).isEqualTo("-");
    }

    /** Without load the first draw decides: shares of 4, 2 and 4 in 10, the first server's one more than its weight. */
    @Test
    void choosesIdleServersAsOftenAsTheyWeigh() {
        int[] counts = Choices.counts(new PowerOfTwo(abc, new Random(7)::nextLong), 3, 100_000);
        assertThat(counts[0]).isCloseTo(40_000, Offset.offset(800));
        assertThat(counts[1]).isCloseTo(20_000, Offset.offset(800));
        assertThat(counts[2]).isCloseTo(40_000, Offset.offset(800));
    }

    /** The overloaded are drawn in vain, also where nearly all are: the others share as if alone, the first with one more. */
    @Test
    void sharesAmongTheUsableHoweverFewTheyAre() {
        List<FakeServer> many = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            many.add(new FakeServer("s" + i, 5).overloaded(i != 50 && i != 150));
        }
        int[] counts = Choices.counts(new PowerOfTwo(many, new Random(7)::nextLong), 200, 110_000);
        assertThat(counts[50]).isCloseTo(60_000, Offset.offset(800));
        assertThat(counts[150]).isCloseTo(50_000, Offset.offset(800));
    }

    /** A loaded server is taken only where both draws are it: 4 in 10 twice. */
    @Test
    void takesALoadedServerOnlyWhereItIsDrawnTwice() {
        c.connections(100, 0);
        int[] counts = Choices.counts(new PowerOfTwo(abc, new Random(7)::nextLong), 3, 100_000);
        assertThat(counts[2]).isCloseTo(16_000, Offset.offset(800));
    }
}
