package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever changes between choices, the schedulers choose as a walk along the list would. */
class TournamentTest {
    static LongStream seeds() {
        return LongStream.range(0, 60);
    }

    /** One to 40 servers, in some seeds 1,000; weights near each other, or as far apart as they may be. */
    private static List<FakeServer> servers(Random dice, long seed) {
        List<FakeServer> servers = new ArrayList<>();
        int weights = dice.nextBoolean() ? 6 : 65_536;
        for (int i = seed % 20 == 0 ? 1_000 : 1 + dice.nextInt(40); i > 0; i--) {
            servers.add(new FakeServer("s" + i, dice.nextInt(weights)));
        }
        return servers;
    }

    /** Connections come and go at random servers, some become overloaded, some recover; few or all of them. */
    private static void change(List<FakeServer> servers, Random dice) {
        int span = dice.nextInt(4) == 0 ? 40_000_000 : 3;
        for (int i = dice.nextInt(4); i >= 0; i--) {
            FakeServer server = servers.get(dice.nextInt(servers.size()));
            switch (dice.nextInt(3)) {
                case 0 -> server.connections(dice.nextInt(span), dice.nextInt(span));
                case 1 -> server.overloaded(!server.overloaded());
                default -> server.connections(server.activeConnections(), server.inactiveConnections() + 1);
            }
        }
        if (dice.nextInt(50) == 0) {
            boolean all = dice.nextBoolean();
            servers.forEach(server -> server.overloaded(all));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void choosesAsAWalkAlongTheListWould(long seed) {
        for (PlainWalks.Rule rule : PlainWalks.RULES) {
            Random dice = new Random(seed);
            List<FakeServer> servers = servers(dice, seed);
            Scheduler scheduler = Choices.scheduler(rule.name(), servers);
            for (int choice = 0; choice < 200; choice++) {
                assertThat(scheduler.choose(Choices.ANY)).as("%s, seed %d, choice %d", rule.name(), seed, choice)
                        .isEqualTo(rule.choose(servers));
                change(servers, dice);
            }
        }
    }

    /** 1 - 1/(2^31 - 1) and 1 - 1/(2^31 - 2), which are one double. */
    @Test
    void tellsQuotientsOfGreatWeightsApart() {
        for (int lighter = 0; lighter < 2; lighter++) {
            List<FakeServer> servers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int weight = Integer.MAX_VALUE - (i == lighter ? 1 : 0);
                servers.add(new FakeServer("s" + i, weight).connections(weight - 1 >> 8, weight - 1 & 0xff));
            }
            assertThat(Choices.scheduler("wlc", servers).choose(Choices.ANY)).isEqualTo(lighter);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void turnsGoRoundAsAWalkAlongTheListWould(long seed) {
        Random dice = new Random(seed);
        List<FakeServer> servers = servers(dice, seed);
        Scheduler rr = Choices.scheduler("rr", servers);
        Scheduler wrr = Choices.scheduler("wrr", servers);
        PlainWalks.WeightedRoundRobin plain = new PlainWalks.WeightedRoundRobin(servers);
        int last = -1;
        for (int choice = 0; choice < 200; choice++) {
            int expected = PlainWalks.roundRobin(servers, last);
            assertThat(rr.choose(Choices.ANY)).as("rr, seed %d, choice %d", seed, choice).isEqualTo(expected);
            last = expected == Scheduler.NONE ? last : expected;
            assertThat(wrr.choose(Choices.ANY)).as("wrr, seed %d, choice %d", seed, choice).isEqualTo(plain.choose());
            change(servers, dice);
        }
    }

    /** Where the greatest weight is overloaded, the bar falls to the next in one go, not through 65,535 rounds. */
    @Test
    void aWideSpreadOfWeightsCostsNoRounds() {
        List<FakeServer> servers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            servers.add(new FakeServer("s" + i, i == 999 ? 65_535 : 1));
        }
        Scheduler wrr = Choices.scheduler("wrr", servers);
        servers.get(999).overloaded(true);
        for (int turn = 0; turn < 5_000; turn++) {
            assertThat(wrr.choose(Choices.ANY)).isEqualTo(turn % 999);
        }
    }

    /** Two workers change servers at once, each its own and both the same ones; what they leave is chosen from rightly. */
    @Test
    void standsRightAfterWorkersThatChangedServersAtOnce() throws InterruptedException {
        for (long seed = 0; seed < 40; seed++) {
            Random dice = new Random(seed);
            List<FakeServer> servers = servers(dice, 1);
            List<Scheduler> schedulers = PlainWalks.RULES.stream()
                    .map(rule -> Choices.scheduler(rule.name(), servers)).toList();
            CountDownLatch start = new CountDownLatch(2);
            List<Thread> workers = new ArrayList<>();
            for (int worker = 0; worker < 2; worker++) {
                Random own = new Random(seed * 2 + worker);
                workers.add(Thread.ofPlatform().start(() -> {
                    start.countDown();
                    while (start.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    for (int i = 0; i < 300; i++) {
                        change(servers, own);
                        schedulers.forEach(scheduler -> scheduler.choose(Choices.ANY));
                    }
                }));
            }
            for (Thread worker : workers) {
                worker.join();
            }
            for (int i = 0; i < schedulers.size(); i++) {
                PlainWalks.Rule rule = PlainWalks.RULES.get(i);
                assertThat(schedulers.get(i).choose(Choices.ANY)).as("%s, seed %d", rule.name(), seed)
                        .isEqualTo(rule.choose(servers));
            }
        }
    }
}
