package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Definitions.Reloading;
import dev.weir.conf.Network.LinkDelay;
import dev.weir.conf.Network.Needed;
import dev.weir.conf.Network.Route;
import dev.weir.conf.Network.Rule;
import dev.weir.conf.VrrpInstance.OldChecksum;
import dev.weir.conf.VrrpInstance.Unicast;
import dev.weir.conf.VrrpInstance.Watched;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a file says of the host that it is read on: interfaces, links, static addresses, and how it is read anew. */
class HostConfigurationTest {
    private static Configuration read(String text) {
        return TestHost.read(text).configuration();
    }

    private static List<String> messages(String text) {
        return TestHost.read(text).problems().stream().map(Object::toString).toList();
    }

    private static String instance(String... lines) {
        return "vrrp_instance A {\nvirtual_router_id 51\n" + String.join("\n", lines) + "\n}\n";
    }

    private static final String ADDRESS = "virtual_ipaddress {\n10.0.0.100\n}";

    @Test
    void addressesThatNameNoInterfaceAreOnTheDefaultOne() {
        String file = "static_ipaddress {\n10.0.0.1/24\n10.0.0.2/24 dev eth1\n}\n"
                + instance("unicast_peer {\n10.0.0.9\n}", ADDRESS, "virtual_ipaddress_excluded {\n10.0.0.101\n}");
        assertThat(devices(read(file))).containsExactly("eth0", "eth1", "eth0", "eth0");
        assertThat(devices(read("global_defs {\ndefault_interface eth1\n}\n" + file)))
                .containsExactly("eth1", "eth1", "eth1", "eth1");
        assertThat(devices(read(instance("interface eth0", ADDRESS)))).containsOnlyNulls();
    }

    private static List<String> devices(Configuration configuration) {
        List<VirtualAddress> all = new ArrayList<>(configuration.fixed().addresses());
        configuration.instances().forEach(instance -> {
            all.addAll(instance.addresses());
            all.addAll(instance.excluded());
        });
        return all.stream().map(VirtualAddress::device).toList();
    }

    @Test
    void staticAddressesNeedAnInterfaceThatIsThere() {
        String file = "static_ipaddress {\n10.0.0.1/24\n}\n";
        assertThat(TestHost.read(file).exit()).isZero();
        assertThat(messages("global_defs {\ndefault_interface eth9\n}\n" + file)).containsExactly(
                "keepalived.conf:5: '10.0.0.1/24' has no dev, and the interface 'eth9' is not here; name one with dev,"
                        + " or with default_interface");
        assertThat(TestHost.read("global_defs {\ndynamic_interfaces\ndefault_interface eth9\n}\n" + file).exit())
                .isZero();
    }

    private static final String GROUP = "track_group G {\ngroup {\nA\nB\n}\n}\n";

    @Test
    void whatNamesATrackGroupIsNeededByItsInstances() {
        Configuration configuration = read(GROUP + """
                static_ipaddress {
                10.0.0.1/24 dev eth1 track_group G
                10.0.0.2/24 dev eth1 track_group G no_track
                10.0.0.3/24 dev eth1
                }
                static_routes {
                10.9.0.0/16 via 10.0.0.9 track_group G dev eth1
                }
                static_rules {
                from 10.9.0.0/16 iif eth1 table 7 preference 3 track_group G
                }
                """ + instance("interface eth0", ADDRESS));
        assertThat(configuration.fixed().needed()).containsExactly(
                new Needed(configuration.fixed().addresses().getFirst(), Set.of("A", "B")),
                new Needed(new Route(List.of("10.9.0.0/16", "via", "10.0.0.9", "dev", "eth1")), Set.of("A", "B")),
                new Needed(new Rule(List.of("from", "10.9.0.0/16", "iif", "eth1", "table", "7", "preference", "3")),
                        Set.of("A", "B")));
        assertThat(configuration.fixed().routes())
                .containsExactly(new Route(List.of("10.9.0.0/16", "via", "10.0.0.9", "dev", "eth1")));
        assertThat(configuration.instances().getFirst().watching().interfaces())
                .containsExactly(new Watched("eth1", null, false));
    }

    @Test
    void aTrackGroupIsForWhatIsStaticAndHasAnInterface() {
        String end = instance("interface eth0", ADDRESS);
        assertThat(messages(GROUP + "static_routes {\n10.9.0.0/16 dev eth1 track_group H\n}\n" + end)).contains(
                "keepalived.conf:8: there is no track_group 'H'");
        assertThat(messages(GROUP + "static_routes {\n10.9.0.0/16 via 10.0.0.9 no_track track_group G\n}\n" + end))
                .contains("keepalived.conf:8: track_group needs an interface, named by dev");
        assertThat(messages(GROUP + instance("interface eth0", ADDRESS,
                "virtual_routes {\n10.9.0.0/16 dev eth1 track_group G\n}")))
                .contains("keepalived.conf:14: track_group is for static routes and rules");
        assertThat(messages(GROUP + end)).containsExactly(
                "keepalived.conf:4: warning: track_group names B, which is no vrrp_instance; it is passed over");
    }

    @Test
    void delaysOfLinks() {
        assertThat(read("interface_up_down_delays {\neth0 1.5\neth1 0.5 1\n}\n").linkDelays()).isEqualTo(Map.of(
                "eth0", new LinkDelay(Duration.ofMillis(1500), Duration.ZERO),
                "eth1", new LinkDelay(Duration.ofMillis(500), Duration.ofSeconds(1))));
        assertThat(messages("interface_up_down_delays {\neth0 2\neth1 200\n}\n" + instance("interface eth0", ADDRESS)))
                .containsExactly(
                        "keepalived.conf:2: warning: the delay of eth0 is cut to 1.996 s: vrrp_instance A would"
                                + " become master before; it has to be shorter than one advert_int less than"
                                + " down_timer_adverts of them");
    }

    @Test
    void aVrfIsForAnInstanceWithoutInterface() {
        VrrpInstance instance = read(instance("vrf eth1", "unicast_peer {\n10.0.0.9\n}", ADDRESS)).instances()
                .getFirst();
        assertThat(instance.link()).isEqualTo("eth1");
        assertThat(instance.watching().interfaces()).extracting(Watched::name).contains("eth1");
        assertThat(read(instance("interface eth0", "vrf eth1", ADDRESS)).instances().getFirst().link())
                .isEqualTo("eth0");
    }

    @Test
    void theChecksumForPeersOfOldVersions() {
        assertThat(oldChecksum("")).isEqualTo(OldChecksum.AS_HEARD);
        assertThat(oldChecksum("old_unicast_checksum")).isEqualTo(OldChecksum.ALWAYS);
        assertThat(oldChecksum("old_unicast_checksum never")).isEqualTo(OldChecksum.NEVER);
    }

    private static OldChecksum oldChecksum(String line) {
        return ((Unicast) read(instance("interface eth0", "unicast_peer {\n10.0.0.9\n}", ADDRESS, line)).instances()
                .getFirst().transport()).oldChecksum();
    }

    @Test
    void howTheFileIsReadAnew() {
        assertThat(reloading("")).isEqualTo(new Reloading(null, null, false, null));
        assertThat(reloading("reload_check_config\nreload_file"))
                .isEqualTo(new Reloading("/dev/null", null, false, "/run/keepalived.reload"));
        assertThat(reloading("reload_check_config /tmp/c\nreload_time_file /tmp/t\nreload_repeat\nreload_file /tmp/r"))
                .isEqualTo(new Reloading("/tmp/c", "/tmp/t", true, "/tmp/r"));
        assertThat(read("global_defs {\ndisable_local_igmp\n}\n").globals().disableLocalIgmp()).isTrue();
    }

    private static Reloading reloading(String lines) {
        return read("global_defs {\n" + lines + "\n}\n").globals().reloading();
    }
}
