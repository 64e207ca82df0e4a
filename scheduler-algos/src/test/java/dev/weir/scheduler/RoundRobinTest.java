package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoundRobinTest {
    private final FakeServer a = new FakeServer("a", 1);
    private final FakeServer b = new FakeServer("b", 1);
    private final FakeServer c = new FakeServer("c", 1);
    private final List<FakeServer> abc = List.of(a, b, c);

    @Test
    void servesEachInTurnFromTheHeadOfTheList() {
        assertThat(Choices.of(Choices.scheduler("rr", abc), abc, 7)).isEqualTo("a b c a b c a");
    }

    @Test
    void looksAtNoWeightButZero() {
        a.weight(65535);
        b.weight(0);
        assertThat(Choices.of(Choices.scheduler("rr", abc), abc, 4)).isEqualTo("a c a c");
    }

    @Test
    void passesOverAnOverloadedServerUntilItRecovers() {
        Scheduler scheduler = Choices.scheduler("rr", abc);
        b.overloaded(true);
        assertThat(Choices.of(scheduler, abc, 3)).isEqualTo("a c a");
        b.overloaded(false);
        assertThat(Choices.of(scheduler, abc, 2)).isEqualTo("b c");
    }

    @Test
    void returnsTheOnlyUsableServerAgainAndAgain() {
        a.weight(0);
        c.overloaded(true);
        assertThat(Choices.of(Choices.scheduler("rr", abc), abc, 3)).isEqualTo("b b b");
    }

    @Test
    void choosesNoneWithoutAUsableServerAndKeepsItsTurn() {
        Scheduler scheduler = Choices.scheduler("rr", abc);
        assertThat(Choices.of(scheduler, abc, 1)).isEqualTo("a");
        abc.forEach(server -> server.weight(0));
        assertThat(Choices.of(scheduler, abc, 2)).isEqualTo("- -");
        abc.forEach(server -> server.weight(1));
        assertThat(Choices.of(scheduler, abc, 2)).isEqualTo("b c");
    }

    @Test
    void choosesNoneFromAnEmptyList() {
        assertThat(Choices.scheduler("rr", List.of()).choose(Choices.ANY)).isEqualTo(Scheduler.NONE);
    }

    @Test
    void goesOnAfterTheServerChosenLastWhenOneIsAddedAtTheHead() {
        Scheduler scheduler = Choices.scheduler("rr", abc);
        assertThat(Choices.of(scheduler, abc, 2)).isEqualTo("a b");
        List<FakeServer> longer = List.of(new FakeServer("new", 1), a, b, c);
        assertThat(Choices.of(scheduler.with(longer), longer, 5)).isEqualTo("c new a b c");
    }

    @Test
    void beginsWithTheNewestServerWhereNothingWasChosenYet() {
        List<FakeServer> longer = List.of(new FakeServer("new", 1), a, b, c);
        assertThat(Choices.of(Choices.scheduler("rr", abc).with(longer), longer, 2)).isEqualTo("new a");
    }

    @Test
    void goesOnWithTheSuccessorOfAServerThatWasRemoved() {
        Scheduler scheduler = Choices.scheduler("rr", abc);
        assertThat(Choices.of(scheduler, abc, 2)).isEqualTo("a b");
        List<FakeServer> shorter = List.of(a, c);
        assertThat(Choices.of(scheduler.with(shorter), shorter, 3)).isEqualTo("c a c");
    }

    @Test
    void beginsAnewWhenTheServerChosenLastWasTheHeadAndIsRemoved() {
        Scheduler scheduler = Choices.scheduler("rr", abc);
        assertThat(Choices.of(scheduler, abc, 1)).isEqualTo("a");
        List<FakeServer> shorter = List.of(b, c);
        assertThat(Choices.of(scheduler.with(shorter), shorter, 3)).isEqualTo("b c b");
    }

    @Test
    void givesNoTurnTwiceToWorkersThatChooseAtOnce() throws InterruptedException {
        Scheduler scheduler = Choices.scheduler("rr", abc);
        assertThat(Workers.counts(scheduler, 3, 30_000)).containsExactly(20_000, 20_000, 20_000);
    }
}
