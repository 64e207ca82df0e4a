package dev.weir.mark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.Packet;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MarkClassifierTest {
    private static final int PACKETS = 300;
    private static final int TABLES = 20;

    @ParameterizedTest(name = "{0} rules")
    @ValueSource(ints = {0, 1, 2, 5, 63, 64, 65, 200, 1024, 1025, 2100})
    void marksAreThoseOfTheWalkOverAllRules(int count) {
        for (int seed = 0; seed < (count < 300 ? TABLES : 1); seed++) {
            RandomRules random = new RandomRules(new Random(seed));
            MarkRules rules = random.rules(count);
            MarkClassifier classifier = new MarkClassifier(rules, RandomRules.INPUTS);
            for (int i = 0; i < PACKETS; i++) {
                Packet packet = random.packet();
                int input = i % RandomRules.INPUTS.size();
                assertThat(classifier.markOf(packet, input)).as("seed %d, %d rules, packet %d", seed, count, i)
                        .isEqualTo(rules.markOf(packet, RandomRules.INPUTS.get(input)));
            }
        }
    }
}
