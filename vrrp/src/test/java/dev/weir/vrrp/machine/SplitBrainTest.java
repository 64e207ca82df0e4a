package dev.weir.vrrp.machine;

import static dev.weir.vrrp.machine.Director.instance;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.IpAddress;
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

    @Test
    void aMasterOnTheSecondPathIsASplitBrain() {
        Director node = master();
        node.on(new Event.HeartbeatHeard("VI_1", OTHER, 150));
        assertThat(node.told()).first().asString().isEqualTo("split brain: 192.168.0.2 says that it is master, too (its"
                + " priority 150 is the higher one, here 100)");
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
    }

    @Test
    void aBackupTakesNoNotice() {
        Director node = Director.with(instance("VI_1", 51, 100));
        node.told();
        node.on(new Event.ConflictSeen("VI_1", IpAddress.parse("10.0.0.51"), "02:00:00:00:00:02"));
        node.on(new Event.HeartbeatHeard("VI_1", OTHER, 150));
        assertThat(node.told()).isEmpty();
    }
}
