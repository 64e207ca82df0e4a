package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.lbd.Options.PortKind;
import dev.weir.route.Link;
import dev.weir.sys.Ethtool;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortChoiceTest {
    @ParameterizedTest(name = "driver {0}, kind {1}, MTU {2}, LRO {3}: {4}")
    @CsvSource({"ixgbe, '', 1500, false, AF_XDP, finished", "mlx5_core, '', 3500, false, AF_XDP, finished",
            "veth, veth, 1500, false, AF_PACKET, unfinished", "virtio_net, '', 1500, false, AF_PACKET, unfinished",
            "xen_netfront, '', 1500, false, AF_PACKET, unfinished", "bridge, bridge, 1500, false, AF_PACKET, no driver",
            "bonding, bond, 1500, false, AF_PACKET, no driver", "'', '', 1500, false, AF_PACKET, no driver",
            "802.1Q VLAN Support, vlan, 1500, false, AF_PACKET, no driver",
            "ixgbe, '', 9000, false, AF_XDP, 'its MTU is 9000'",
            "ixgbe, '', 1500, true, AF_PACKET, lro off"})
    void af_xdp_where_senders_finish_checksums_and_the_driver_can(String driver, String kind, int mtu,
            boolean largeReceive, PortKind expected, String reason) {
        Link link = new Link(2, "eth0", 0x020000000001L, mtu, true, Link.ETHERNET, kind, 0, 0);
        PortChoice choice = PortChoice.of(link, new Ethtool(driver, 4, true, largeReceive));
        assertThat(choice.kind()).isEqualTo(expected);
        assertThat(choice.reason()).contains(reason);
    }
}
