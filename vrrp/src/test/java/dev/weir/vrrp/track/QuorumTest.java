package dev.weir.vrrp.track;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Whether a vrrp_track_process has its quorum. */
class QuorumTest {
    @Test
    void theFirstCountIsTold() {
        Quorum quorum = new Quorum(2, 9, 50, 50);
        assertThat(quorum.counted(1, 0)).isTrue();
        assertThat(quorum.up()).isFalse();
        Quorum there = new Quorum(2, 9, 50, 50);
        assertThat(there.counted(2, 0)).isTrue();
        assertThat(there.up()).isTrue();
    }

    @Test
    void withoutDelaysAChangeCountsAtOnce() {
        Quorum quorum = new Quorum(1, 2, 0, 0);
        quorum.counted(1, 0);
        assertThat(quorum.counted(0, 1)).isTrue();
        assertThat(quorum.up()).isFalse();
        assertThat(quorum.counted(2, 2)).isTrue();
        assertThat(quorum.up()).isTrue();
        assertThat(quorum.counted(3, 3)).as("more than quorum_max").isTrue();
        assertThat(quorum.up()).isFalse();
    }

    @Test
    void oneThatIsStartedAgainWithinTheTerminateDelayWasNeverAway() {
        Quorum quorum = new Quorum(1, 9, 0, 50);
        quorum.counted(1, 0);
        assertThat(quorum.counted(0, 100)).isFalse();
        assertThat(quorum.isWaiting()).isTrue();
        assertThat(quorum.deadline()).isEqualTo(150);
        assertThat(quorum.counted(1, 149)).isFalse();
        assertThat(quorum.isWaiting()).isFalse();
        assertThat(quorum.counted(0, 200)).isFalse();
        assertThat(quorum.counted(0, 249)).isFalse();
        assertThat(quorum.counted(0, 250)).isTrue();
        assertThat(quorum.up()).isFalse();
    }

    @Test
    void whatForksAndEndsWithinTheForkDelayDoesNotCount() {
        Quorum quorum = new Quorum(1, 1, 50, 0);
        quorum.counted(1, 0);
        assertThat(quorum.counted(2, 100)).isFalse();
        assertThat(quorum.counted(1, 110)).isFalse();
        assertThat(quorum.up()).isTrue();
        assertThat(quorum.counted(2, 200)).isFalse();
        assertThat(quorum.counted(2, 250)).isTrue();
        assertThat(quorum.up()).isFalse();
    }

    @Test
    void withQuorumMaxZeroNothingMayRun() {
        Quorum quorum = new Quorum(1, 0, 0, 0);
        quorum.counted(0, 0);
        assertThat(quorum.up()).isTrue();
        assertThat(quorum.counted(1, 1)).isTrue();
        assertThat(quorum.up()).isFalse();
    }
}
