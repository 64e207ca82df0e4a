package dev.weir.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class InterfacesTest {
    private final List<Link> links = List.of(
            new Link(1, "lo", 0, 65536, true, Link.LOOPBACK, "", 0, 0),
            link(2, "eth0", "", 0, 0), link(3, "eth1", "", 9, 0), link(4, "eth2", "", 0, 0),
            new Link(5, "eth3", 0x020000000003L, 1500, false, Link.ETHERNET, "", 0, 0),
            link(6, "eth2.100", "vlan", 0, 4), link(7, "weir0", "tun", 0, 0), link(8, "tap0", "tun", 0, 0),
            link(9, "br0", "bridge", 0, 0), link(10, "dummy0", "dummy", 0, 0), link(11, "veth0", "veth", 12, 2),
            link(12, "vrf0", "vrf", 0, 0), new Link(13, "tun0", 0, 1500, true, 65534, "tun", 0, 0));

    @Test
    void by_default_each_frame_is_received_once_where_the_hosts_stack_has_it() {
        assertThat(Interfaces.byDefault(links)).extracting(Link::name).containsExactly("eth0", "eth2.100", "tap0",
                "br0",
                "veth0");
    }

    @Test
    void named_interfaces_are_taken_in_their_order_also_what_lies_under_another() throws Exception {
        assertThat(Interfaces.named(links, List.of("eth2", "eth0", "eth2"))).extracting(Link::name)
                .containsExactly("eth2", "eth0");
    }

    @Test
    void refusals_say_what_there_is() {
        assertThatThrownBy(() -> Interfaces.named(links, List.of("eth9"))).hasMessage("no interface is called eth9; "
                + "there are eth0, eth1, eth2, eth3 (down), eth2.100, tap0, br0, dummy0, veth0, vrf0");
        assertThatThrownBy(() -> Interfaces.named(links, List.of("eth3"))).hasMessageContaining("eth3 is down");
        assertThatThrownBy(() -> Interfaces.named(links, List.of("lo"))).hasMessageContaining("no Ethernet");
        assertThatThrownBy(() -> Interfaces.named(links, List.of("tun0"))).hasMessageContaining("no Ethernet");
        assertThatThrownBy(() -> Interfaces.named(links, List.of("eth2", "eth2.100"))).hasMessageContaining("twice");
        assertThatThrownBy(() -> Interfaces.named(links, List.of("br0", "eth1"))).hasMessageContaining("twice");
    }

    private static Link link(int index, String name, String kind, int master, int lower) {
        return new Link(index, name, 0x020000000000L + index, 1500, true, Link.ETHERNET, kind, master, lower);
    }
}
