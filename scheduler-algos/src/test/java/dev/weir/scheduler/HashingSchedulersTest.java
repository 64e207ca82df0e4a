package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** dh, sh and mh, and the kernel's hashes below them. */
class HashingSchedulersTest {
    private final FakeServer one = new FakeServer("one", 1).at("10.1.0.1", 80);
    private final FakeServer two = new FakeServer("two", 1).at("10.1.0.2", 80);
    private final FakeServer three = new FakeServer("three", 1).at("10.1.0.3", 80);
    private final List<FakeServer> servers = List.of(three, two, one);

    private static String choice(Scheduler scheduler, List<FakeServer> servers, Flow flow) {
        int place = scheduler.choose(flow);
        return place == Scheduler.NONE ? "-" : servers.get(place).toString();
    }

    private static int fold(String address) {
        long[] words = FakeFlow.words(address);
        return AddressHash.fold(words[0], words[1]);
    }

    @Test
    void foldsAnIpv6AddressToOneWord() {
        assertThat(fold("10.0.0.1")).isEqualTo(0x0a000001);
        assertThat(fold("1122:3344:5566:7788:99aa:bbcc:ddee:ff01"))
                .isEqualTo(0x11223344 ^ 0x55667788 ^ 0x99aabbcc ^ 0xddeeff01);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 39", "10.0.0.2, 137", "192.168.1.100, 89", "203.0.113.7, 124", "2001:db8::1, 63"})
    void hashesAnAddressAsTheKernelDoes(String address, int bucket) {
        assertThat(AddressHash.byteOf(fold(address))).isEqualTo(bucket);
    }

    @Test
    void addsThePortToTheAddress() {
        assertThat(AddressHash.byteOf(fold("10.0.0.1") + 40000)).isEqualTo(203);
    }

    /** A vector of the kernel's own test of its SipHash (lib/siphash_kunit.c). */
    @Test
    void sipsAsTheKernelDoes() {
        assertThat(AddressHash.sip(0x03020100, 0x0706050403020100L, 0x0f0e0d0c0b0a0908L)).isEqualTo(0x88d38328);
    }

    @Test
    void destinationHashingSharesItsBucketsInTurnWhateverTheWeights() {
        three.weight(5);
        Scheduler scheduler = Choices.scheduler("dh", servers);
        // Buckets 39, 137, 89, 124 and 63, three servers: 0, 2, 2, 1, 0.
        assertThat(choice(scheduler, servers, FakeFlow.to("10.0.0.1", 0))).isEqualTo("three");
        assertThat(choice(scheduler, servers, FakeFlow.to("10.0.0.2", 0))).isEqualTo("one");
        assertThat(choice(scheduler, servers, FakeFlow.to("192.168.1.100", 0))).isEqualTo("one");
        assertThat(choice(scheduler, servers, FakeFlow.to("203.0.113.7", 0))).isEqualTo("two");
        assertThat(choice(scheduler, servers, FakeFlow.to("2001:db8::1", 0))).isEqualTo("three");
    }

    @Test
    void destinationHashingRefusesWhereItsServerTakesNoConnection() {
        Scheduler scheduler = Choices.scheduler("dh", servers);
        three.weight(0);
        one.overloaded(true);
        assertThat(choice(scheduler, servers, FakeFlow.to("10.0.0.1", 0))).isEqualTo("-");
        assertThat(choice(scheduler, servers, FakeFlow.to("10.0.0.2", 0))).isEqualTo("-");
        assertThat(choice(scheduler, servers, FakeFlow.to("203.0.113.7", 0))).isEqualTo("two");
    }

    @Test
    void sourceHashingGivesAServerAsManyBucketsInARowAsItWeighs() {
        three.weight(30);
        two.weight(50);
        one.weight(40);
        Scheduler scheduler = Choices.scheduler("sh", servers);
        // 0-29 three, 30-79 two, 80-119 one, 120-149 three
        assertThat(choice(scheduler, servers, FakeFlow.from("10.0.0.1"))).as("bucket 39").isEqualTo("two");
        assertThat(choice(scheduler, servers, FakeFlow.from("192.168.1.100"))).as("bucket 89").isEqualTo("one");
        assertThat(choice(scheduler, servers, FakeFlow.from("203.0.113.7"))).as("bucket 124").isEqualTo("three");
        assertThat(choice(scheduler, servers, FakeFlow.from("10.0.0.2"))).as("bucket 137").isEqualTo("three");
        assertThat(choice(scheduler, servers, FakeFlow.from("2001:db8::1"))).as("bucket 63").isEqualTo("two");
    }

    @Test
    void sourceHashingLeavesAServerOfWeightZeroOneBucketARound() {
        one.weight(0);
        two.weight(0);
        Scheduler scheduler = Choices.scheduler("sh", servers);
        // Buckets in threes: three, two, one. 39 is three's, 137 one's, 124 two's.
        assertThat(choice(scheduler, servers, FakeFlow.from("10.0.0.1"))).isEqualTo("three");
        assertThat(choice(scheduler, servers, FakeFlow.from("10.0.0.2"))).isEqualTo("-");
        assertThat(choice(scheduler, servers, FakeFlow.from("203.0.113.7"))).isEqualTo("-");
    }

    @Test
    void sourceHashingLooksAtThePortOnlyWithItsFlag() {
        Flow first = new FakeFlow("10.0.0.1", 40000, "10.0.0.9", 80, 0);
        Scheduler plain = Choices.scheduler("sh", servers);
        assertThat(plain.choose(first)).isEqualTo(39 % 3);
        assertThat(plain.withFlags(Set.of(Schedulers.PORT)).choose(first)).isEqualTo(203 % 3);
        assertThat(plain.withFlags(Set.of(Schedulers.PORT)).with(servers).choose(first)).isEqualTo(203 % 3);
        assertThat(plain.withFlags(Set.of(Schedulers.PORT)).withFlags(Set.of()).choose(first)).isEqualTo(39 % 3);
    }

    @Test
    void sourceHashingFallsBackToTheBucketsFromTwiceTheHash() {
        Scheduler scheduler = Choices.scheduler("sh", servers).withFlags(Set.of(Schedulers.FALLBACK));
        three.overloaded(true);
        // 39 is three's. The offset begins at 39 and is added to the hash again: 78 is three's, too, 79 two's.
        assertThat(choice(scheduler, servers, FakeFlow.from("10.0.0.1"))).isEqualTo("two");
        // 137 is one's and takes it.
        assertThat(choice(scheduler, servers, FakeFlow.from("10.0.0.2"))).isEqualTo("one");
        two.overloaded(true);
        assertThat(choice(scheduler, servers, FakeFlow.from("10.0.0.1"))).isEqualTo("one");
        one.overloaded(true);
        assertThat(choice(scheduler, servers, FakeFlow.from("10.0.0.1"))).isEqualTo("-");
    }

    @Test
    void maglevSharesItsSlotsByTheWeights() {
        assertThat(new MaglevHashing(servers, true).shares()).containsExactly(1365, 1364, 1364);
        three.weight(3);
        two.weight(2);
        assertThat(new MaglevHashing(servers, true).shares()).containsExactly(2047, 1364, 682);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, one", "10.0.0.2, two", "192.168.1.100, two", "203.0.113.7, one"})
    void maglevGivesAClientTheKernelsServer(String client, String server) {
        assertThat(choice(Choices.scheduler("mh", servers), servers, FakeFlow.from(client))).isEqualTo(server);
    }

    @Test
    void maglevKeepsTheSlotsOfADrainedServerAndRefusesItsClients() {
        Map<String, String> before = chosen(Choices.scheduler("mh", servers), servers);
        two.weight(0);
        Scheduler drained = Choices.scheduler("mh", servers);
        chosen(drained, servers).forEach((client, server) -> assertThat(server).as(client)
                .isEqualTo("two".equals(before.get(client)) ? "-" : before.get(client)));
        chosen(drained.withFlags(Set.of(Schedulers.FALLBACK)), servers).forEach((client, server) -> {
            if ("two".equals(before.get(client))) {
                assertThat(server).as(client).isIn("one", "three");
            } else {
                assertThat(server).as(client).isEqualTo(before.get(client));
            }
        });
    }

    @Test
    void maglevMovesFewClientsOfServersThatStay() {
        List<FakeServer> ten = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ten.add(new FakeServer("s" + i, 1).at("10.1.1." + i, 80));
        }
        Map<String, String> before = chosen(Choices.scheduler("mh", ten), ten);
        List<FakeServer> nine = List.copyOf(ten.subList(0, 9));
        Map<String, String> after = chosen(Choices.scheduler("mh", ten).with(nine), nine);
        long moved = before.entrySet().stream()
                .filter(client -> !client.getValue().equals("s9")
                        && !client.getValue().equals(after.get(client.getKey())))
                .count();
        assertThat(moved).isBetween(1L, before.size() / 20L);
    }

    @Test
    void maglevLooksAtThePortsOfServers() {
        List<FakeServer> twins = List.of(new FakeServer("a", 1).at("10.1.0.1", 80),
                new FakeServer("b", 1).at("10.1.0.1", 81));
        assertThat(chosen(Choices.scheduler("mh", twins), twins).values()).contains("a", "b");
    }

    @Test
    void hashingSchedulersChooseNoneWithoutServersOrWeights() {
        for (String name : List.of("dh", "sh", "mh")) {
            assertThat(Choices.scheduler(name, List.of()).withFlags(Set.of(Schedulers.FALLBACK)).choose(Choices.ANY))
                    .as(name).isEqualTo(Scheduler.NONE);
            List<FakeServer> weightless = List.of(new FakeServer("w", 0).at("10.1.0.1", 80));
            assertThat(Choices.scheduler(name, weightless).withFlags(Set.of(Schedulers.FALLBACK)).choose(Choices.ANY))
                    .as(name).isEqualTo(Scheduler.NONE);
        }
    }

    private static Map<String, String> chosen(Scheduler scheduler, List<FakeServer> servers) {
        Map<String, String> chosen = new HashMap<>();
        for (int i = 0; i < 2000; i++) {
            String client = "198.51." + i / 250 + "." + (1 + i % 250);
            chosen.put(client, choice(scheduler, servers, FakeFlow.from(client)));
        }
        return chosen;
    }

    static LongStream seeds() {
        return LongStream.range(0, 50);
    }

    /** Whatever the weights: a choice takes connections, is the same again, and with a fallback there is one where any server can. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void choosesOnlyWhatTakesConnectionsAndAlwaysTheSame(long seed) {
        Random dice = new Random(seed);
        List<FakeServer> some = new ArrayList<>();
        for (int i = 0; i <= dice.nextInt(20); i++) {
            some.add(new FakeServer("s" + i, 1 + dice.nextInt(seed % 2 == 0 ? 5 : 65535))
                    .at("10.2.0." + i, 1 + dice.nextInt(65535)));
        }
        some.forEach(server -> server.overloaded(dice.nextInt(4) == 0));
        for (String name : List.of("dh", "sh", "mh")) {
            Scheduler scheduler = Choices.scheduler(name, some);
            Scheduler falling = scheduler.withFlags(Set.of(Schedulers.FALLBACK));
            for (int i = 0; i < 20; i++) {
                Flow flow = new FakeFlow("198.51.100." + i, 1024 + dice.nextInt(60000), "10.99.0." + i, 80, 0);
                int place = scheduler.choose(flow);
                assertThat(scheduler.choose(flow)).as(name).isEqualTo(place);
                if (place != Scheduler.NONE) {
                    assertThat(some.get(place).takesConnections()).as(name).isTrue();
                    assertThat(falling.choose(flow)).as(name).isEqualTo(place);
                }
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void maglevSharesAreInProportionOfWeightsUpToSixtyThree(long seed) {
        Random dice = new Random(seed);
        List<FakeServer> some = new ArrayList<>();
        int sum = 0;
        for (int i = 0; i < 5; i++) {
            int weight = dice.nextInt(10) + (i == 0 ? 1 : 0);
            sum += weight;
            some.add(new FakeServer("s" + i, weight).at("10.2.0." + i, 80));
        }
        int[] shares = new MaglevHashing(some, true).shares();
        for (int i = 0; i < shares.length; i++) {
            double fair = 4093.0 * some.get(i).weight() / sum;
            assertThat((double) shares[i]).as("seed %d, place %d", seed, i).isBetween(fair - 10, fair + 10);
        }
    }
}
