package dev.weir.vrrp.machine;

import static dev.weir.vrrp.machine.Director.instance;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is master: RFC 9568 section 6.4, RFC 3768, and keepalived.conf(5). */
class ElectionTest {
    private static final String LOWER = "192.168.0.0";
    private static final String HIGHER = "192.168.0.2";

    private static Director node(int priority, String... settings) {
        return Director.with(instance("VI_1", 51, priority, settings));
    }

    private static Director master(int priority, String... settings) {
        Director node = node(priority, settings);
        node.secondsUntil("VI_1", State.MASTER);
        node.done();
        return node;
    }

    @ParameterizedTest
    @CsvSource({"100, version 2, 3.609", "100, version 3, 3.609", "254, version 2, 3.008", "1, version 2, 3.996",
            "100, version 3; advert_int 0.1, 0.361", "100, version 3; advert_int 0.01, 0.036",
            "100, version 2; advert_int 5, 15.609", "100, down_timer_adverts 5, 5.609", "255, state BACKUP, 3.004",
            "150, state MASTER, 3.414"})
    void aBackupThatHearsNobodyWaitsForMasterDownAndSkew(int priority, String settings, double seconds) {
        assertThat(node(priority, settings.split("; ")).secondsUntil("VI_1", State.MASTER)).isEqualTo(seconds);
    }

    @Test
    void anOwnerWithStateMasterAsksNobody() {
        Director node = node(255, "state MASTER");
        assertThat(node.done()).containsExactly("configure VI_1", "send VI_1 255", "own VI_1", "announce VI_1 5",
                "VI_1 MASTER 255");
    }

    @Test
    void whoBecomesMasterAdvertisesBeforeItTakesTheAddress() {
        Director node = node(100);
        assertThat(node.done()).containsExactly("configure VI_1", "VI_1 BACKUP 100");
        node.run(3.62);
        assertThat(node.done()).containsExactly("send VI_1 100", "own VI_1", "announce VI_1 5", "VI_1 MASTER 100");
        node.run(1);
        assertThat(node.done()).containsExactly("send VI_1 100");
    }

    @Test
    void nobodyTakesOverDuringTheStartupDelay() {
        Director node = Director.with("global_defs {\nvrrp_startup_delay 10\n}\n" + instance("VI_1", 51, 100));
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(13.609);
        Director owner = Director
                .with("global_defs {\nvrrp_startup_delay 10\n}\n" + instance("VI_1", 51, 255, "state MASTER"));
        assertThat(owner.secondsUntil("VI_1", State.MASTER)).isEqualTo(10);
    }

    @Test
    void aBackupStaysOneWhileAMasterOfHigherPriorityIsHeard() {
        Director node = node(100);
        node.runHearing(20, "VI_1", HIGHER, 150);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        assertThat(node.machine.master("VI_1")).isEqualTo(IpAddress.parse(HIGHER));
        node.told();
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(2.609);
        assertThat(node.told()).containsExactly("entering MASTER state: no advert from 192.168.0.2 for 3.609 s");
    }

    @Test
    void aMasterThatResignsIsFollowedAfterTheSkew() {
        Director node = node(100);
        node.runHearing(3, "VI_1", HIGHER, 150);
        node.hear("VI_1", HIGHER, 0);
        node.told();
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(0.609);
        assertThat(node.told()).containsExactly("entering MASTER state: 192.168.0.2 resigned (priority 0)");
    }

    @Test
    void aBackupPreemptsAMasterOfLowerPriority() {
        Director node = node(100);
        node.runHearing(2, "VI_1", LOWER, 50);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        node.runHearing(2, "VI_1", LOWER, 50);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        assertThat(node.told()).contains(
                "advert of 192.168.0.0 with lower priority 50 (here 100) counts for nothing: takes over in 3.609 s",
                "entering MASTER state: its priority 100 is above the 50 of 192.168.0.0");
    }

    @Test
    void nopreemptLeavesAMasterOfLowerPriorityAlone() {
        Director node = node(100, "nopreempt");
        node.runHearing(30, "VI_1", LOWER, 50);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(2.609);
    }

    @Test
    void aBackupOfEqualPriorityDoesNotPreemptWhateverItsAddress() {
        Director node = node(100);
        node.runHearing(30, "VI_1", LOWER, 100);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
    }

    @Test
    void preemptDelayComesBeforeTheUsualWait() {
        Director node = node(128, "preempt_delay 2");
        double waited = 0;
        while (node.state("VI_1") == State.BACKUP && waited < 10) {
            node.hear("VI_1", LOWER, 50);
            for (int i = 0; i < 10 && node.state("VI_1") == State.BACKUP; i++) {
                node.run(0.1);
                waited += 0.1;
            }
        }
        assertThat(waited).isBetween(5.49, 5.61);
    }

    @Test
    void preemptDelayDoesNotHoldUpAFailover() {
        Director node = node(128, "preempt_delay 300");
        node.runHearing(5, "VI_1", LOWER, 50);
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(2.5);
    }

    @Test
    void preemptDelayBeginsAnewWhenAHigherMasterWasHeard() {
        Director node = node(128, "preempt_delay 4");
        node.runHearing(3, "VI_1", LOWER, 50);
        node.runHearing(1, "VI_1", HIGHER, 200);
        node.runHearing(4, "VI_1", LOWER, 50);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        node.runHearing(4, "VI_1", LOWER, 50);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    @Test
    void version3LearnsTheMastersIntervalAndReturnsToItsOwn() {
        Director node = node(100, "version 3", "advert_int 0.1");
        node.hear("VI_1", HIGHER, 150, 3, 2);
        node.told();
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(7.219);
        node.done();
        node.run(0.1);
        assertThat(node.done()).containsExactly("send VI_1 100");
    }

    @Test
    void anIntervalOfZeroMakesNobodyMasterAtOnce() {
        Director node = node(100, "version 3");
        node.hear("VI_1", HIGHER, 150, 3, 0);
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(0.036);
    }

    @Test
    void aMasterYieldsToAHigherPriority() {
        Director node = master(100);
        node.hear("VI_1", LOWER, 101);
        assertThat(node.done()).containsExactly("release VI_1", "VI_1 BACKUP 100");
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(3.609);
        assertThat(node.told()).contains("entering MASTER state: no advert from 192.168.0.0 for 3.609 s");
    }

    @Test
    void higherPrioSendAdvertHasTheWinnerAnnounceAgain() {
        Director node = master(100, "higher_prio_send_advert");
        node.hear("VI_1", LOWER, 101);
        assertThat(node.done()).containsExactly("send VI_1 100", "release VI_1", "VI_1 BACKUP 100");
    }

    @Test
    void equalPrioritiesAreDecidedByTheHigherAddress() {
        Director node = master(100);
        node.hear("VI_1", LOWER, 100);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        node.hear("VI_1", HIGHER, 100);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        assertThat(node.told()).contains(
                "entering BACKUP state: 192.168.0.2 has the same priority 100 and the higher address");
    }

    @Test
    void addressesAreComparedUnsigned() {
        Director node = master(100);
        node.hear("VI_1", "10.0.0.1", 100);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        node.hear("VI_1", "200.0.0.1", 100);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
    }

    @Test
    void aMasterThatHearsALosingAdvertAdvertisesAndAnnouncesAtOnceAndOnceMoreLater() {
        Director node = master(100, "garp_lower_prio_delay 3", "garp_lower_prio_repeat 2");
        node.run(30);
        node.done();
        node.hear("VI_1", HIGHER, 90);
        assertThat(node.done()).containsExactly("send VI_1 100", "announce VI_1 2", "lower VI_1 100");
        node.run(3);
        assertThat(node.done()).contains("announce VI_1 2");
    }

    @Test
    void lowerPrioNoAdvertAnnouncesOnly() {
        Director node = master(100, "lower_prio_no_advert", "garp_lower_prio_repeat 0");
        node.hear("VI_1", HIGHER, 90);
        assertThat(node.done()).containsExactly("lower VI_1 100");
    }

    @Test
    void aMasterThatHearsAnotherResignAdvertisesAtOnce() {
        Director node = master(100);
        node.hear("VI_1", HIGHER, 0);
        assertThat(node.done()).containsExactly("send VI_1 100");
    }

    @Test
    void anEchoOfItsOwnAdvertsIsToldOfAndChangesNothing() {
        Director node = master(100);
        node.runHearing(3, "VI_1", Director.SELF.toString(), 100);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        assertThat(node.told()).singleElement().asString().contains("own address");
    }

    @Test
    void ofTwoOwnersTheOneWithTheLowerAddressYieldsUntilTheNextReload() {
        Director node = master(255);
        node.hear("VI_1", LOWER, 255);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        node.hear("VI_1", HIGHER, 255);
        assertThat(node.told()).anySatisfy(text -> assertThat(text).contains("configuration error", "priority 255"));
        assertThat(node.standing("VI_1").priority()).isEqualTo(254);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
    }

    @Test
    void ownerIgnoreAdvertsYieldsToNobody() {
        Director node = master(255, "owner_ignore_adverts");
        node.hear("VI_1", HIGHER, 255);
        assertThat(node.done()).isEmpty();
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    @Test
    void addressesAreAnnouncedAgainAfterADelayAndThenRefreshed() {
        Director node = master(100, "garp_master_delay 2", "garp_master_repeat 3", "garp_master_refresh 60",
                "garp_master_refresh_repeat 4");
        node.run(2);
        assertThat(node.done()).filteredOn(text -> text.startsWith("announce")).containsExactly("announce VI_1 3");
        node.run(57);
        assertThat(node.done()).noneMatch(text -> text.startsWith("announce"));
        node.run(62);
        assertThat(node.done()).filteredOn(text -> text.startsWith("announce")).containsExactly("announce VI_1 4",
                "announce VI_1 4");
    }

    @Test
    void whoEndsResignsAndTakesItsAddressesOff() {
        Director node = Director.with(instance("VI_1", 51, 100) + instance("VI_2", 52, 100)
                + "vrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n}\n" + instance("VI_3", 53, 50));
        node.run(5);
        node.hear("VI_3", HIGHER, 200);
        node.done();
        node.on(new Event.Stopped());
        assertThat(node.done()).containsExactly("send VI_1 0", "release VI_1", "send VI_2 0", "release VI_2",
                "VI_1 STOP 100", "VI_2 STOP 100", "VI_3 STOP 50", "GROUP G STOP 0");
        assertThat(node.machine.deadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aNodeThatWasHeldUpSendsOneAdvertAndNotAllThatItMissed() {
        Director node = master(100);
        node.done();
        node.sleep(3.5);
        node.run(0);
        assertThat(node.done()).containsExactly("send VI_1 100");
    }
}
