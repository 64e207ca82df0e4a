package dev.weir.vrrp.machine;

import static dev.weir.vrrp.machine.Director.instance;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** vrrp_sync_group, in the order of keepalived 2.2.7's notifications. */
class SyncGroupTest {
    private static final String HIGHER = "192.168.0.2";
    private static final String GROUP = "vrrp_sync_group G {\ngroup {\nV1\nV2\n}\n%s\n}\n";

    private static final String MEMBERS = instance("V1", 51, 100) + instance("V2", 52, 100);

    private static Director group(String... settings) {
        return Director.with(MEMBERS + GROUP.formatted(String.join("\n", settings)));
    }

    @Test
    void theGroupBeginsBeforeItsMembersAndFollowsThemToMaster() {
        Director node = group();
        assertThat(node.notified()).containsExactly("GROUP G BACKUP 0", "V1 BACKUP 100", "V2 BACKUP 100");
        node.run(4);
        assertThat(node.notified()).containsExactlyInAnyOrder("V1 MASTER 100", "V2 MASTER 100", "GROUP G MASTER 0")
                .endsWith("GROUP G MASTER 0");
    }

    @Test
    void aMemberIsNotMasterUntilAllWouldBe() {
        Director node = group();
        for (int i = 0; i < 10; i++) {
            node.hear("V2", HIGHER, 150);
            node.run(1);
        }
        assertThat(node.state("V1")).isEqualTo(State.BACKUP);
        node.run(3);
        assertThat(node.state("V1")).isEqualTo(State.MASTER);
        assertThat(node.state("V2")).isEqualTo(State.MASTER);
    }

    @Test
    void allYieldWhenOneDoes() {
        Director node = group();
        node.run(4);
        node.done();
        node.hear("V2", HIGHER, 150);
        assertThat(node.done()).containsExactly("release V2", "V2 BACKUP 100", "release V1", "V1 BACKUP 100",
                "GROUP G BACKUP 0");
    }

    @Test
    void aFaultOfOneIsAllsAndTheyComeBackTogether() {
        Director node = Director.with(instance("V1", 51, 100) + instance("V2", 52, 100, "track_interface {\neth1\n}")
                + GROUP.formatted(""));
        node.run(4);
        node.done();
        node.on(new Event.LinkChanged("eth1", false));
        assertThat(node.done()).containsExactly("send V2 0", "release V2", "V2 FAULT 100", "send V1 0", "release V1",
                "V1 FAULT 100", "GROUP G FAULT 0");
        node.on(new Event.LinkChanged("eth1", true));
        assertThat(node.notified()).containsExactly("V2 BACKUP 100", "V1 BACKUP 100", "GROUP G BACKUP 0");
    }

    @Test
    void itComesBackWhenTheLastFaultIsGone() {
        Director node = group();
        node.run(4);
        node.notified();
        node.on(new Event.LinkChanged("eth0", false));
        assertThat(node.notified()).containsExactly("V1 FAULT 100", "V2 FAULT 100", "GROUP G FAULT 0");
        node.on(new Event.SourceChanged("V2", null));
        node.on(new Event.LinkChanged("eth0", true));
        assertThat(node.notified()).isEmpty();
        node.on(new Event.SourceChanged("V2", Director.SELF));
        assertThat(node.notified()).containsExactly("V2 BACKUP 100", "V1 BACKUP 100", "GROUP G BACKUP 0");
        assertThat(node.secondsUntil("V1", State.MASTER)).isEqualTo(3.609);
    }

    @Test
    void aGroupThatBeginsInFaultTellsItsMembersFirst() {
        Director node = Director.with(instance("V1", 51, 100) + instance("V2", 52, 100, "track_interface {\neth9\n}")
                + instance("V3", 53, 100) + GROUP.formatted("")
                + "vrrp_sync_group H {\ngroup {\nV3\n}\n}\n");
        assertThat(node.notified()).containsExactly("V1 FAULT 100", "V2 FAULT 100", "GROUP G FAULT 0",
                "GROUP H BACKUP 0", "V3 BACKUP 100");
    }

    @Test
    void aGroupWaitsInSilenceForAScriptsFirstResult() {
        Director node = Director.with("vrrp_script chk {\nscript /bin/true\n}\n"
                + instance("V1", 51, 100, "track_script {\nchk\n}") + instance("V2", 52, 100) + GROUP.formatted(""));
        assertThat(node.notified()).isEmpty();
        node.on(new Event.ScriptChanged("chk", true));
        assertThat(node.notified()).containsExactly("V1 BACKUP 100", "V2 BACKUP 100", "GROUP G BACKUP 0");
    }

    @Test
    void whatTheGroupTracksAllItsMembersTrack() {
        Director node = group("track_interface {\neth1\n}");
        node.run(4);
        node.on(new Event.LinkChanged("eth1", false));
        assertThat(node.state("V1")).isEqualTo(State.FAULT);
        assertThat(node.state("V2")).isEqualTo(State.FAULT);
    }

    @Test
    void weightsCountInAGroupOnlyWhereAsked() {
        String script = "vrrp_script chk {\nscript /bin/true\nweight -20\n}\n";
        String member = instance("V1", 51, 100, "track_script {\nchk\n}") + instance("V2", 52, 100);
        Director node = Director.with(script + member + GROUP.formatted(""));
        node.on(new Event.ScriptChanged("chk", false));
        assertThat(node.standing("V1").priority()).isEqualTo(100);
        Director asked = Director.with(script + member + GROUP.formatted("sync_group_tracking_weight"));
        asked.on(new Event.ScriptChanged("chk", false));
        assertThat(asked.standing("V1").priority()).isEqualTo(80);
    }

    @Test
    void allAnnounceAgainWhenOneHearsALosingAdvert() {
        Director node = group();
        node.run(30);
        node.done();
        node.hear("V1", HIGHER, 50);
        assertThat(node.done()).containsExactly("send V1 100", "announce V1 5", "announce V2 5", "lower V1 100");
    }

    @Test
    void membersOfStateMasterDoNotWaitForEachOther() {
        Director node = Director.with(instance("V1", 51, 150, "state MASTER") + instance("V2", 52, 100, "state MASTER")
                + GROUP.formatted(""));
        assertThat(node.secondsUntil("V2", State.MASTER)).isEqualTo(3.414);
    }
}
