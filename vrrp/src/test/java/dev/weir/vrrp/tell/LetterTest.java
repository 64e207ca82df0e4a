package dev.weir.vrrp.tell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.vrrp.machine.Action.Subject;
import dev.weir.vrrp.machine.State;
import org.junit.jupiter.api.Test;

/** What mail says; keepalived 2.2.7 was asked. */
class LetterTest {
    @Test
    void anInstanceOwnsItsAddressesOrNot() {
        assertThat(Letter.of(Subject.INSTANCE, "VI_1", State.MASTER)).isEqualTo(new Letter(
                "VRRP Instance VI_1 - Entering MASTER state", "=> VRRP Instance is now owning VRRP VIPs <="));
        assertThat(Letter.of(Subject.INSTANCE, "VI_1", State.FAULT)).isEqualTo(new Letter(
                "VRRP Instance VI_1 - Entering FAULT state", "=> VRRP Instance is no longer owning VRRP VIPs <="));
        assertThat(Letter.of(Subject.INSTANCE, "VI_1", State.STOP)).isEqualTo(new Letter(
                "VRRP Instance VI_1 - Stopping", "=> VRRP Instance stopping <="));
    }

    @Test
    void aGroupIsInAState() {
        assertThat(Letter.of(Subject.GROUP, "G1", State.BACKUP)).isEqualTo(new Letter(
                "VRRP Group G1 - Entering BACKUP state", "=> All VRRP group instances are now in BACKUP state <="));
        assertThat(Letter.of(Subject.GROUP, "G1", State.STOP)).isEqualTo(new Letter(
                "VRRP Group G1 - Stopping", "=> All VRRP group instances are now stopping <="));
    }
}
