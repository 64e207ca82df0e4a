package dev.weir.vrrp.machine;

import static dev.weir.vrrp.machine.Director.instance;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Two masters: who the other is, since when, and what the likely cause is. */
class SplitBrainTest {
    private static final IpAddress OTHER = IpAddress.parse("192.168.0.2");

    private static Director master() {
        Director node = Director.with(instance("VI_1", 51, 100));
        node.run(4);
        node.told();
        return node;
    }

    @Test
    void aSecondMasterIsToldOfOnceThoughEachOfItsAdvertsIsAnswered() {
        Director node = master();
        node.runHearing(5, "VI_1", "192.168.0.2", 90);
        assertThat(node.told()).containsExactly(
                "192.168.0.2 is master, too, with lower priority 90 (here 100): this node stays master");
        node.hear("VI_1", "192.168.0.2", 90);
        assertThat(node.done()).contains("send VI_1 100", "lower VI_1 100");
    }

    @Test
    void aSecondMasterThatStaysDoesNotHearThisOne() {
        Director node = master();
        node.runHearing(30, "VI_1", "192.168.0.2", 90);
        assertThat(node.told()).last().asString().startsWith(
                "two masters, this node and 192.168.0.2, for 10.000 s: it does not hear this node's adverts")
                .contains("firewall", "auth_pass", "version");
    }

    @Test
    void aSecondMasterThatIsGoneIsToldOf() {
        Director node = master();
        node.runHearing(3, "VI_1", "192.168.0.2", 90);
        node.told();
        node.run(200);
        assertThat(node.told())
                .containsExactly("192.168.0.2 is master no more: seen from 122.000 s ago for 2.000 s");
        assertThat(node.machine.deadline()).isNotEqualTo(Long.MAX_VALUE);
    }

    @Test
    void anotherHostThatAnnouncesTheAddressIsASplitBrain() {
        Director node = master();
        Event claim = new Event.ConflictSeen("VI_1", IpAddress.parse("10.0.0.51"), "02:00:00:00:00:02");
        node.on(claim);
        node.on(claim);
        assertThat(node.told()).singleElement().asString().isEqualTo("split brain: 10.0.0.51, which is this"
                + " master's, is announced by the host with MAC address 02:00:00:00:00:02");
        node.run(2);
        node.told();
        node.on(claim);
        assertThat(node.told()).singleElement().asString().startsWith("two masters, this node and the host with MAC"
                + " address 02:00:00:00:00:02, for 2.000 s").contains("firewall");
    }

    private static final String HEARTBEAT = "heartbeat {\npeer 10.1.0.2\nsecret k\n}";
    private static final IpAddress ARBITER = IpAddress.parse("192.168.0.254");

    private static Director node(int priority, String... settings) {
        return Director.with(instance("VI_1", 51, priority, HEARTBEAT, String.join("\n", settings)));
    }

    private static Director master(int priority, String... settings) {
        Director node = node(priority, settings);
        node.run(4);
        node.done();
        return node;
    }

    @Test
    void aMasterOnTheSecondPathIsASplitBrainWhenItLasts() {
        Director node = master(100);
        node.runBeaten(2, "VI_1", State.MASTER, 150, false);
        assertThat(node.told()).isEmpty();
        node.beat("VI_1", State.MASTER, 150, false);
        assertThat(node.standing("VI_1").rivals()).singleElement().asString().startsWith(
                "192.168.0.2 is master, too, for 2.000 s: its heartbeats arrive and its adverts do not")
                .contains("firewall");
        assertThat(node.done()).contains("split VI_1 192.168.0.2");
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        node.beat("VI_1", State.BACKUP, 150, false);
        assertThat(node.done()).contains("united VI_1 192.168.0.2", "announce VI_1 5");
    }

    @Test
    void theAlertNamesWhatDiffers() {
        Director node = master(100);
        Terms other = new Terms(52, 3, Duration.ofSeconds(1), 1, 7, true, 0);
        for (int i = 0; i < 3; i++) {
            node.on(new Event.HeartbeatHeard("VI_1", IpAddress.parse("10.1.0.2"), new Heartbeat(State.MASTER, 90, OTHER,
                    Duration.ofSeconds(9), Duration.ofSeconds(1), false, other)));
            node.run(1);
        }
        assertThat(node.told()).singleElement().asString().isEqualTo("split brain: two masters, this node and"
                + " 192.168.0.2, for 2.000 s: virtual_router_id is 52 there and 51 here; version is 3 there and 2 here;"
                + " auth_type differs; there are unicast_peers there, and none here");
    }

    @Test
    void theAlertNamesWhyAdvertsAreNotTaken() {
        Director node = master(100);
        for (int i = 0; i < 3; i++) {
            node.on(new Event.AdvertRejected("VI_1", OTHER, "the checksum is wrong"));
            node.beat("VI_1", State.MASTER, 90, false);
            node.run(1);
        }
        assertThat(node.told()).singleElement().asString()
                .endsWith("its adverts arrive and are not taken: the checksum is wrong");
    }

    @Test
    void withReleaseTheWeakerMasterGivesItsAddressesUpUntilTheOtherIsGone() {
        Director node = master(100, "split_brain release");
        node.runBeaten(3, "VI_1", State.MASTER, 150, false);
        assertThat(node.done()).containsSubsequence("split VI_1 192.168.0.2", "release VI_1", "VI_1 BACKUP 100",
                "beat VI_1 BACKUP");
        node.runBeaten(60, "VI_1", State.MASTER, 150, false);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isLessThanOrEqualTo(3);
    }

    @Test
    void withReleaseTheStrongerMasterStays() {
        Director node = master(150, "split_brain release");
        node.runBeaten(30, "VI_1", State.MASTER, 100, false);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    @Test
    void ofEqualPrioritiesTheHigherAddressWins() {
        Director node = master(100, "split_brain release");
        node.runBeaten(3, "VI_1", State.MASTER, 100, false);
        assertThat(node.told()).anySatisfy(said -> assertThat(said).isEqualTo("entering BACKUP state: it gives its"
                + " addresses up to 192.168.0.2, which is heard on the second path: it has the same priority 100 and the"
                + " higher address"));
    }

    @Test
    void aBackupTakesNothingFromAMasterThatItHearsOnTheSecondPathOnly() {
        Director node = node(100, "split_brain release");
        node.done();
        node.runBeaten(20, "VI_1", State.MASTER, 150, false);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        assertThat(node.told()).singleElement().asString().startsWith("192.168.0.2 is master and heard on the second"
                + " path only; this node leaves it the addresses").contains("firewall");
        node.beat("VI_1", State.FAULT, 150, false);
        assertThat(node.secondsUntil("VI_1", State.MASTER)).isEqualTo(0.609);
    }

    @Test
    void aBackupOfHigherPriorityPreemptsAllTheSame() {
        Director node = node(200, "split_brain release");
        node.runBeaten(4, "VI_1", State.MASTER, 150, false);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    @Test
    void withoutReleaseABackupTakesOver() {
        Director node = node(100);
        node.runBeaten(4, "VI_1", State.MASTER, 150, false);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    @Test
    void whoDoesNotReachTheArbiterLosesWhateverItsPriorityIs() {
        Director node = master(150, "split_brain release", "arbiter 192.168.0.254");
        node.on(new Event.ArbiterChanged(ARBITER, false));
        node.runBeaten(3, "VI_1", State.MASTER, 100, true);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        node.runBeaten(20, "VI_1", State.MASTER, 100, true);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
        node.on(new Event.ArbiterChanged(ARBITER, true));
        node.runBeaten(4, "VI_1", State.MASTER, 100, true);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    @Test
    void aBackupThatReachesTheArbiterTakesOverFromAMasterThatDoesNot() {
        Director node = node(100, "split_brain release", "arbiter 192.168.0.254");
        node.on(new Event.ArbiterChanged(ARBITER, true));
        node.runBeaten(4, "VI_1", State.MASTER, 150, false);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        node.runBeaten(20, "VI_1", State.MASTER, 150, false);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    @Test
    void itSpeaksOnTheSecondPathInEachIntervalAndAtEachChange() {
        Director node = node(100, "advert_int 1");
        node.done();
        node.run(3.5);
        assertThat(node.done()).containsOnly("beat VI_1 BACKUP").hasSize(3);
        node.run(0.2);
        assertThat(node.done()).contains("beat VI_1 MASTER");
        node.on(new Event.Stopped());
        assertThat(node.done()).last().isEqualTo("beat VI_1 STOP");
    }

    @Test
    void aBackupTakesNoNotice() {
        Director node = node(100);
        node.told();
        node.on(new Event.ConflictSeen("VI_1", IpAddress.parse("10.0.0.51"), "02:00:00:00:00:02"));
        node.beat("VI_1", State.MASTER, 150, false);
        assertThat(node.told()).isEmpty();
    }
}
