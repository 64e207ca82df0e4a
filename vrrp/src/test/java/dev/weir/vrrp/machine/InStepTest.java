package dev.weir.vrrp.machine;

import static dev.weir.vrrp.machine.Director.instance;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** connection_sync: a node that comes back takes over once it knows all connections, or its patience is over. */
class InStepTest {
    /** Of priority 150 and version 2: 3.414 s. */
    private static final double WAIT = 3.414;

    private static String sync(int wait) {
        return "global_defs {\n@weir connection_sync {\n@weir peer 10.1.0.2\n@weir key 0123456789abcdef\n@weir wait "
                + wait + "\n@weir }\n}\n";
    }

    private static Director node(int wait, String... settings) {
        return Director.with(sync(wait) + instance("A", 51, 150, settings));
    }

    @Test
    void aWeakerMasterIsLeftAloneUntilItsConnectionsAreKnown() {
        Director node = node(10);
        node.runHearing(5, "A", "192.168.0.2", 100);
        assertThat(node.state("A")).isEqualTo(State.BACKUP);
        node.on(new Event.InStepChanged(true));
        node.hear("A", "192.168.0.2", 100);
        node.run(2.413);
        assertThat(node.state("A")).isEqualTo(State.BACKUP);
        node.hear("A", "192.168.0.2", 100);
        node.run(0.002);
        assertThat(node.state("A")).isEqualTo(State.MASTER);
    }

    @Test
    void butNotForLongerThanItsPatience() {
        Director node = node(10);
        node.runHearing(13, "A", "192.168.0.2", 100);
        assertThat(node.state("A")).isEqualTo(State.BACKUP);
        node.hear("A", "192.168.0.2", 100);
        assertThat(node.secondsUntil("A", State.MASTER)).isEqualTo(0.414);
    }

    @Test
    void aMasterThatDiesMeanwhileIsSucceededAtOnce() {
        Director dead = node(60);
        dead.runHearing(2, "A", "192.168.0.2", 100);
        assertThat(dead.secondsUntil("A", State.MASTER)).isEqualTo(2.414);

        Director resigned = node(60);
        resigned.runHearing(2, "A", "192.168.0.2", 100);
        resigned.hear("A", "192.168.0.2", 0);
        assertThat(resigned.secondsUntil("A", State.MASTER)).isEqualTo(0.414);
    }

    @Test
    void whereNobodyIsMasterNothingIsWaitedFor() {
        assertThat(node(60).secondsUntil("A", State.MASTER)).isEqualTo(WAIT);
    }

    @Test
    void theLongerOfPreemptDelayAndPatienceCounts() {
        Director node = node(5, "preempt_delay 20");
        node.on(new Event.InStepChanged(true));
        node.runHearing(20, "A", "192.168.0.2", 100);
        node.hear("A", "192.168.0.2", 100);
        assertThat(node.secondsUntil("A", State.MASTER)).isEqualTo(WAIT);
    }

    @Test
    void whoIsOutOfStepAgainBeforeItTookOverWaitsOnWithinItsPatience() {
        Director node = node(10);
        node.runHearing(2, "A", "192.168.0.2", 100);
        node.on(new Event.InStepChanged(true));
        node.runHearing(1, "A", "192.168.0.2", 100);
        node.on(new Event.InStepChanged(false));
        node.runHearing(6, "A", "192.168.0.2", 100);
        assertThat(node.state("A")).isEqualTo(State.BACKUP);
        node.runHearing(5, "A", "192.168.0.2", 100);
        assertThat(node.state("A")).isEqualTo(State.MASTER);
    }

    @Test
    void anAddressOwnerListensFirst() {
        Director node = Director.with(sync(10) + instance("A", 51, 255, "state MASTER"));
        node.runHearing(3, "A", "192.168.0.2", 100);
        assertThat(node.state("A")).isEqualTo(State.BACKUP);
        node.on(new Event.InStepChanged(true));
        node.runHearing(4, "A", "192.168.0.2", 100);
        assertThat(node.state("A")).isEqualTo(State.MASTER);
    }

    @Test
    void aGroupWaitsAsOne() {
        Director node = Director.with(sync(10) + instance("A", 51, 150) + instance("B", 52, 150)
                + "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n");
        for (int i = 0; i < 6; i++) {
            node.hear("A", "192.168.0.2", 100);
            node.hear("B", "192.168.0.2", 100);
            node.run(1);
        }
        assertThat(node.notified()).doesNotContain("GROUP G MASTER 0");
        node.on(new Event.InStepChanged(true));
        for (int i = 0; i < 8; i++) {
            node.hear("A", "192.168.0.2", 100);
            node.hear("B", "192.168.0.2", 100);
            node.run(1);
        }
        assertThat(node.notified()).contains("A MASTER 150", "B MASTER 150", "GROUP G MASTER 0");
    }

    @Test
    void withoutConnectionSyncNothingIsOtherThanUnderKeepalived() {
        Director node = Director.with(instance("A", 51, 150));
        node.runHearing(3, "A", "192.168.0.2", 100);
        node.hear("A", "192.168.0.2", 100);
        assertThat(node.secondsUntil("A", State.MASTER)).isEqualTo(0.414);
    }
}
