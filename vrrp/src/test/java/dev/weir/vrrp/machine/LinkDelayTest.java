package dev.weir.vrrp.machine;

import static dev.weir.vrrp.machine.Director.instance;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** interface_up_down_delays, as keepalived 2.2.7 ran with them. */
class LinkDelayTest {
    private static final String OTHER = "192.168.0.2";

    private static String delays(String line) {
        return "interface_up_down_delays {\n" + line + "\n}\n";
    }

    private static void link(Director node, String device, boolean up) {
        node.on(new Event.LinkChanged(device, up));
    }

    private static Director master(String text) {
        Director node = Director.with(text);
        node.run(4);
        node.done();
        return node;
    }

    @Test
    void aLinkThatIsDownForLongEnoughIsDown() {
        Director node = master(delays("eth0 1.5 1") + instance("VI_1", 51, 200));
        link(node, "eth0", false);
        assertThat(node.told()).containsExactly("interface eth0 is down: that counts if it is so for 1.500 s");
        node.run(1.4);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        assertThat(node.secondsUntil("VI_1", State.FAULT)).isEqualTo(0.1);
        assertThat(node.told()).contains("entering FAULT state: interface eth0 is down");
        link(node, "eth0", true);
        assertThat(node.secondsUntil("VI_1", State.BACKUP)).isEqualTo(1);
    }

    @Test
    void oneThatComesBackBeforeHasNotBeenDown() {
        Director node = master(delays("eth0 1.5") + instance("VI_1", 51, 200));
        link(node, "eth0", false);
        node.run(1);
        link(node, "eth0", true);
        assertThat(node.told()).contains("interface eth0 is up again, as if nothing had been");
        node.run(1);
        link(node, "eth0", false);
        node.run(1.4);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        assertThat(node.secondsUntil("VI_1", State.FAULT)).isEqualTo(0.1);
    }

    /** keepalived.conf(5) says that the delay down is taken; keepalived 2.2.7 takes none. */
    @Test
    void withoutADelayUpItIsUpAtOnce() {
        Director node = master(delays("eth0 1.5") + instance("VI_1", 51, 200));
        link(node, "eth0", false);
        node.run(2);
        link(node, "eth0", true);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
    }

    @Test
    void aTrackedLinkHasItsOwnDelayOfAnyLength() {
        Director node = master(delays("eth1 30 0") + instance("VI_1", 51, 200, "track_interface {\neth1\n}"));
        link(node, "eth1", false);
        assertThat(node.secondsUntil("VI_1", State.FAULT)).isEqualTo(30);
        link(node, "eth1", true);
        assertThat(node.state("VI_1")).isEqualTo(State.BACKUP);
    }

    /** The limits are those of keepalived 2.2.7's dump, in microseconds. */
    @Test
    void advertsAreWaitedForLongerThanAnInstancesOwnLinkIsWaitedOut() {
        assertThat(limit("")).isEqualTo(1.996);
        assertThat(limit("advert_int 2")).isEqualTo(3.992);
        assertThat(limit("advert_int 3", "down_timer_adverts 5")).isEqualTo(11.988);
        assertThat(limit("down_timer_adverts 2")).isEqualTo(0.996);
        assertThat(limit("down_timer_adverts 1")).isZero();
        assertThat(limit("version 3", "advert_int 0.5")).isEqualTo(0.998);
    }

    private static double limit(String... settings) {
        Director node = Director.with(delays("eth0 100 200") + instance("VI_1", 51, 200, settings));
        node.run(60);
        link(node, "eth0", false);
        return node.secondsUntil("VI_1", State.FAULT);
    }

    @Test
    void aBackupGoesByTheIntervalOfTheMasterThatItHears() {
        Director node = Director
                .with(delays("eth0 1.5") + instance("VI_1", 51, 100, "version 3", "advert_int 1"));
        node.hear("VI_1", OTHER, 200, 3, 0.2);
        link(node, "eth0", false);
        assertThat(node.secondsUntil("VI_1", State.FAULT)).isEqualTo(0.399);
        assertThat(node.notified()).doesNotContain("VI_1 MASTER 100");
    }

    @Test
    void anInterfaceThatIsRemovedIsDownAtOnce() {
        Director node = master(delays("eth0 1.5 1") + instance("VI_1", 51, 200));
        node.on(new Event.LinkGone("eth0"));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
        link(node, "eth0", true);
        assertThat(node.secondsUntil("VI_1", State.BACKUP)).isEqualTo(1);
    }

    @Test
    void aVirtualInterfaceHasTheDelaysOfTheOneBelow() {
        Director node = Director.with(delays("eth0 1.5") + instance("VI_1", 51, 200, "use_vmac")
                + instance("VI_2", 52, 200, "track_interface {\nvrrp.51\n}"));
        link(node, "vrrp.51", true);
        node.run(4);
        link(node, "vrrp.51", false);
        assertThat(node.secondsUntil("VI_2", State.FAULT)).isEqualTo(1.5);
    }

    @Test
    void atTheStartLinksAreAsTheyAre() {
        Director node = new Director();
        link(node, "eth0", false);
        node.reload(delays("eth0 1.5 1") + instance("VI_1", 51, 200));
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
    }

    @Test
    void aReloadTakesOtherDelaysOver() {
        Director node = master(instance("VI_1", 51, 200));
        node.reload(delays("eth0 1.5") + instance("VI_1", 51, 200));
        link(node, "eth0", false);
        node.run(1);
        assertThat(node.state("VI_1")).isEqualTo(State.MASTER);
        link(node, "eth0", true);
        node.reload(instance("VI_1", 51, 200));
        link(node, "eth0", false);
        assertThat(node.state("VI_1")).isEqualTo(State.FAULT);
    }
}
