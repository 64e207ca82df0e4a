package dev.weir.vrrp.machine;

import static dev.weir.vrrp.machine.Director.instance;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A node that stood still: a master, and its adverts with it, for longer than a backup waits for them; and a backup. */
class SleeperTest {
    private static Director master(String... settings) {
        Director node = Director.with(instance("A", 51, 150, settings));
        node.run(3.5);
        assertThat(node.state("A")).isEqualTo(State.MASTER);
        node.run(0.5);
        node.done();
        return node;
    }

    @Test
    void aMasterThatSleptGivesItsAddressesUpBeforeItSaysAWord() {
        Director node = master();
        node.sleep(5);
        node.wake();
        assertThat(node.done()).startsWith("release A").doesNotContain("send A 150", "own A", "announce A 5");
        assertThat(node.state("A")).isEqualTo(State.BACKUP);
    }

    /** However it goes on: with an advert that waited, with a deadline, with the end. */
    @Test
    void noEventAndNoDeadlineComesBeforeThat() {
        Director hearing = master();
        hearing.sleep(5);
        hearing.hear("A", "192.168.0.2", 100);
        assertThat(hearing.done()).startsWith("release A").noneMatch(said -> said.startsWith("send"));

        Director late = master();
        late.sleep(5);
        late.run(0);
        assertThat(late.done()).startsWith("release A").noneMatch(said -> said.startsWith("send"));

        Director ending = master();
        ending.sleep(5);
        ending.on(new Event.Stopped());
        assertThat(ending.done()).startsWith("release A").noneMatch(said -> said.startsWith("send"));
    }

    @Test
    void itListensForAWholeWaitBeforeItIsMasterAgain() {
        Director node = master();
        node.sleep(5);
        node.hear("A", "192.168.0.2", 100);
        node.run(1);
        node.hear("A", "192.168.0.2", 100);
        assertThat(node.secondsUntil("A", State.MASTER)).isEqualTo(2.414);
        assertThat(node.standing("A").age()).isZero();

        Director alone = master();
        alone.sleep(5);
        alone.wake();
        assertThat(alone.secondsUntil("A", State.MASTER)).isEqualTo(3.414);
    }

    /**
     * The last advert was 0.586 s before, and a backup waits for 3.414 s: another may have taken over in the longer pause.
     * Both are too short for the guardian, so the addresses are still there.
     */
    @ParameterizedTest
    @ValueSource(doubles = {2.8, 2.87})
    void aPauseInWhichNobodySpokeChangesNothing(double seconds) {
        Director node = master();
        node.sleep(seconds);
        node.wake();
        node.run(0);
        assertThat(node.done()).containsExactly("send A 150");
        assertThat(node.state("A")).isEqualTo(State.MASTER);
    }

    /** It acts 2 s or more after it was told last that this node lives, and that may have been half a second before the last advert. */
    @Test
    void aPauseInWhichTheGuardianMayHaveActedCostsTheAddresses() {
        Director node = master("version 3", "advert_int 0.5");
        node.sleep(1.6);
        node.wake();
        assertThat(node.done()).startsWith("release A").noneMatch(said -> said.startsWith("send"));
    }

    @Test
    void whereAnotherSpokeMeanwhileItGivesItsAddressesUpFirst() {
        Director node = master();
        node.sleep(2.87);
        node.wake();
        node.hear("A", "192.168.0.2", 100);
        assertThat(node.done()).startsWith("release A").noneMatch(said -> said.startsWith("send"));
        assertThat(node.state("A")).isEqualTo(State.BACKUP);
        assertThat(node.secondsUntil("A", State.MASTER)).isEqualTo(3.414);
    }

    /** Its own advert has gone: from then on what counts is what counts between masters. */
    @Test
    void onceItHasSpokenItIsAMasterLikeAnyOther() {
        Director node = master();
        node.sleep(2.87);
        node.run(0);
        node.done();
        node.hear("A", "192.168.0.2", 100);
        assertThat(node.state("A")).isEqualTo(State.MASTER);
    }

    @Test
    void aGroupStepsDownAsOne() {
        Director node = Director.with(instance("A", 51, 150) + instance("B", 52, 150, "version 3", "advert_int 20")
                + "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n");
        node.run(70);
        assertThat(node.state("B")).isEqualTo(State.MASTER);
        node.done();
        node.sleep(5);
        node.hear("A", "192.168.0.2", 100);
        assertThat(node.done()).startsWith("release A").contains("release B", "GROUP G BACKUP 0")
                .noneMatch(said -> said.startsWith("send"));
    }

    @Test
    void aBackupThatSleptGoesOn() {
        Director node = Director.with(instance("A", 51, 100));
        node.hear("A", "192.168.0.2", 150);
        node.done();
        node.sleep(5);
        node.wake();
        node.hear("A", "192.168.0.2", 150);
        assertThat(node.done()).isEmpty();
        assertThat(node.secondsUntil("A", State.MASTER)).isEqualTo(3.609);
    }

    private static Director backup() {
        Director node = Director.with(instance("A", 51, 100));
        node.hear("A", "192.168.0.2", 150);
        node.done();
        return node;
    }

    /** 3.609 s after the last advert it would have taken over; a quarter of an interval late is in time, an interval the most. */
    @ParameterizedTest
    @CsvSource({"0.3, 0", "0.45, 0.391", "60, 1"})
    void aBackupThatIsLateWhenItsWaitIsOverWaitsForAsLongAsThat(double pause, double more) {
        Director node = backup();
        node.run(3.55);
        node.sleep(pause);
        assertThat(node.secondsUntil("A", State.MASTER)).isEqualTo(more);
    }

    /** It misses an advert 1.5 s after the last one, and looks for one every second from then on. */
    @Test
    void aPauseOfABackupIsNoSilenceOfItsMaster() {
        Director node = backup();
        node.run(1.6);
        node.sleep(1.8);
        assertThat(node.secondsUntil("A", State.MASTER)).as("0.9 s after it should have looked").isEqualTo(1.109);
    }

    @Test
    void asOftenAsAdvertsMayBeMissed() {
        Director node = backup();
        for (int pause = 0; pause < 3; pause++) {
            node.sleep(60);
            node.run(0);
        }
        assertThat(node.state("A")).isEqualTo(State.BACKUP);
        node.sleep(60);
        assertThat(node.secondsUntil("A", State.MASTER)).isZero();
    }

    @Test
    void anAdvertThatComesInThisTimeIsInTime() {
        Director node = backup();
        node.run(3.55);
        node.sleep(0.45);
        node.run(0.2);
        node.hear("A", "192.168.0.2", 150);
        assertThat(node.done()).isEmpty();
        assertThat(node.secondsUntil("A", State.MASTER)).isEqualTo(3.609);
    }

    @Test
    void whoeverResignedIsNotWaitedFor() {
        Director node = backup();
        node.hear("A", "192.168.0.2", 0);
        node.sleep(4);
        assertThat(node.secondsUntil("A", State.MASTER)).isZero();
    }
}
