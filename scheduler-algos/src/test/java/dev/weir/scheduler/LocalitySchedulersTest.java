package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** lblc and lblcr, and what they remember. */
class LocalitySchedulersTest {
    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private final FakeServer a = new FakeServer("a", 2).at("10.1.0.1", 80);
    private final FakeServer b = new FakeServer("b", 2).at("10.1.0.2", 80);
    private final FakeServer c = new FakeServer("c", 2).at("10.1.0.3", 80);
    private final List<FakeServer> abc = List.of(a, b, c);

    private static String choice(Scheduler scheduler, List<FakeServer> servers, String destination, long now) {
        int place = scheduler.choose(FakeFlow.to(destination, now));
        return place == Scheduler.NONE ? "-" : servers.get(place).toString();
    }

    private String choice(Scheduler scheduler, String destination) {
        return choice(scheduler, abc, destination, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lblc", "lblcr"})
    void aDestinationStaysWithItsServerAndOthersGoToTheLeastLoaded(String name) {
        Scheduler scheduler = Choices.scheduler(name, abc);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("a");
        a.connections(2, 5);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("a");
        assertThat(choice(scheduler, "10.99.0.2")).isEqualTo("b");
        assertThat(choice(scheduler, "2001:db8::1")).isEqualTo("b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lblc", "lblcr"})
    void anOverburdenedServerIsLeftOnlyWhereAnotherHasHalfOfItsWeightFree(String name) {
        Scheduler scheduler = Choices.scheduler(name, abc);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("a");
        a.connections(3, 0);
        b.connections(1, 0);
        c.connections(1, 0);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("a");
        c.connections(0, 0);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("c");
        c.connections(2, 0);
        assertThat(choice(scheduler, "10.99.0.1")).as("it stays where it went").isEqualTo("c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lblc", "lblcr"})
    void aDestinationLeavesAServerOfWeightZero(String name) {
        Scheduler scheduler = Choices.scheduler(name, abc);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("a");
        a.weight(0);
        assertThat(choice(scheduler.with(abc), "10.99.0.1")).isEqualTo("b");
    }

    @Test
    void onlyReplicationLooksAtTheOverloadOfADestinationsServer() {
        Scheduler lblc = Choices.scheduler("lblc", abc);
        Scheduler lblcr = Choices.scheduler("lblcr", abc);
        assertThat(choice(lblc, "10.99.0.1")).isEqualTo("a");
        assertThat(choice(lblcr, "10.99.0.1")).isEqualTo("a");
        a.overloaded(true);
        assertThat(choice(lblc, "10.99.0.1")).isEqualTo("a");
        assertThat(choice(lblcr, "10.99.0.1")).isEqualTo("b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lblc", "lblcr"})
    void aRemovedServersDestinationsComeBackWithItEvenAsANewObject(String name) {
        Scheduler scheduler = Choices.scheduler(name, abc);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("a");
        List<FakeServer> without = List.of(b, c);
        Scheduler shorter = scheduler.with(without);
        FakeServer again = new FakeServer("again", 2).at("10.1.0.1", 80).connections(1, 0);
        List<FakeServer> longer = List.of(again, b, c);
        assertThat(choice(shorter.with(longer), longer, "10.99.0.1", 0)).isEqualTo("again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lblc", "lblcr"})
    void aDestinationOfARemovedServerGoesToAnother(String name) {
        List<FakeServer> without = List.of(b, c);
        Scheduler scheduler = Choices.scheduler(name, abc);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("a");
        assertThat(choice(scheduler.with(without), without, "10.99.0.1", 0)).isEqualTo("b");
        assertThat(choice(scheduler.with(List.of()), List.of(), "10.99.0.1", 0)).isEqualTo("-");
    }

    @Test
    void replicationChoosesTheLeastLoadedOfTheSet() {
        Scheduler scheduler = Choices.scheduler("lblcr", abc);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("a");
        a.connections(3, 0);
        assertThat(choice(scheduler, "10.99.0.1")).as("b joins").isEqualTo("b");
        b.connections(2, 0);
        a.connections(1, 0);
        assertThat(choice(scheduler, "10.99.0.1")).isEqualTo("a");
        a.connections(2, 0);
        assertThat(choice(scheduler, "10.99.0.1")).as("of equals the one that joined last").isEqualTo("b");
    }

    @Test
    void theMostLoadedLeavesASetThatDidNotChangeForADay() {
        Scheduler scheduler = Choices.scheduler("lblcr", abc);
        choice(scheduler, "10.99.0.1");
        a.connections(3, 0);
        assertThat(choice(scheduler, "10.99.0.1")).as("b joins a").isEqualTo("b");
        for (int hour = 1; hour <= 24; hour++) {
            assertThat(choice(scheduler, abc, "10.99.0.1", hour * HOUR)).isEqualTo("b");
        }
        assertThat(choice(scheduler, abc, "10.99.0.1", 24 * HOUR + 1)).as("a leaves").isEqualTo("b");
        a.connections(0, 0);
        b.connections(2, 0);
        assertThat(choice(scheduler, abc, "10.99.0.1", 24 * HOUR + 2)).as("a is no more in the set").isEqualTo("b");
    }

    /** Entries are swept out at each half hour from the first on; a use puts it off. */
    @ParameterizedTest
    @ValueSource(strings = {"lblc", "lblcr"})
    void aDestinationIsForgottenAtTheHalfHourAfterADayWithoutUse(String name) {
        Scheduler scheduler = Choices.scheduler(name, abc);
        choice(scheduler, abc, "10.99.0.1", 0);
        choice(scheduler, abc, "10.99.0.2", 10 * MINUTE);
        a.connections(1, 0);
        assertThat(choice(scheduler, abc, "10.99.0.2", 24 * HOUR + 29 * MINUTE)).as("idle, not swept").isEqualTo("a");
        assertThat(choice(scheduler, abc, "10.99.0.1", 24 * HOUR)).as("swept").isEqualTo("b");
    }

    @Test
    void theExpirationsCanBeSet() {
        SchedulerContext context = new SchedulerContext(bound -> 0);
        Scheduler scheduler = Choices.heard(new LocalityBasedLeastConnection(context).with(abc), abc);
        choice(scheduler, abc, "10.99.0.1", 0);
        a.connections(1, 0);
        assertThat(choice(scheduler, abc, "10.99.0.1", HOUR)).isEqualTo("a");
        context.lblcExpiration(HOUR);
        assertThat(choice(scheduler, abc, "10.99.0.1", 2 * HOUR)).isEqualTo("b");
    }

    @Test
    void theCacheIsBoundedWhateverComes() {
        DestinationCache<String> cache = new DestinationCache<>();
        for (int i = 0; i < 200_000; i++) {
            cache.add(7, i, "x", i, 24 * HOUR);
        }
        assertThat(cache.size()).isBetween(16_384, DestinationCache.BUCKETS * DestinationCache.PER_BUCKET);
        assertThat(cache.find(7, 199_999, 200_000, 24 * HOUR)).isNotNull();
        for (int i = 0; i < 2_048; i++) {
            cache.add(8, i, "x", HOUR / 4, 24 * HOUR);
        }
        assertThat(cache.size()).as("idle ones go where there are many").isLessThanOrEqualTo(16_385);
    }

    @Test
    void workersThatAddOneDestinationAtOnceShareItsEntry() throws InterruptedException {
        DestinationCache<AtomicInteger> cache = new DestinationCache<>();
        Runnable worker = () -> {
            for (int i = 0; i < 20_000; i++) {
                cache.add(0, i, new AtomicInteger(), 0, HOUR).value().incrementAndGet();
            }
        };
        Thread first = Thread.ofPlatform().start(worker);
        Thread second = Thread.ofPlatform().start(worker);
        first.join();
        second.join();
        assertThat(cache.size()).isEqualTo(20_000);
        for (int i = 0; i < 20_000; i++) {
            DestinationCache.Entry<AtomicInteger> entry = Objects.requireNonNull(cache.find(0, i, 0, HOUR));
            assertThat(entry.value()).hasValue(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lblc", "lblcr"})
    void workersThatChooseAtOnceChooseOneServerForADestination(String name) throws InterruptedException {
        assertThat(Workers.counts(Choices.scheduler(name, abc), 3, 10_000)).containsExactly(20_000, 0, 0);
    }
}
