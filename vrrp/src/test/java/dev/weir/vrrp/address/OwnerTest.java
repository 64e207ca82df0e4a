package dev.weir.vrrp.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.sys.Guardian.By;
import dev.weir.sys.NetworkNamespace;
import dev.weir.vrrp.address.UndoLog.Undo;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Event.LinkChanged;
import dev.weir.vrrp.machine.Event.LinkGone;
import dev.weir.vrrp.machine.Event.PossessionsMissing;
import dev.weir.vrrp.machine.Event.SourceChanged;
import dev.weir.wire.IpAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an instance owns, against a kernel of its own. */
@Tag("root")
class OwnerTest {
    private static final String A = """
            vrrp_instance A { interface e0
                virtual_router_id 51
                virtual_ipaddress {
                    10.0.0.100/24
                    10.0.0.101/24 no_track
                }
                virtual_routes {
                    192.168.200.0/24 via 10.0.0.254 dev e0
                }
                virtual_rules {
                    from 10.0.0.100 table 100 preference 500
                }
            }
            """;
    private static final long LATER = 1_000_000_000;
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    @TempDir
    Path folder;
    private NetworkNamespace host;

    @BeforeEach
    void begin() {
        host = NetworkNamespace.create("owner");
        host.run("ip link add e0 type veth peer name e1; ip link set e0 up; ip link set e1 up; "
                + "ip addr add 10.0.0.1/24 dev e0");
    }

    @AfterEach
    void end() {
        host.close();
    }

    private interface Body {
        void with(Owner owner) throws Exception;
    }

    private void owning(String file, Body body) throws Exception {
        host.inside(() -> {
            try (Owner owner = Owner.open(UndoLog.NOBODY)) {
                owner.configure(configuration(file));
                body.with(owner);
            }
            return true;
        });
    }

    private static Configuration configuration(String file) {
        return KeepalivedConf.read(file, "test", Path.of("/"), LocalHost.surroundings()).configuration();
    }

    @Test
    void what_somebody_takes_away_comes_back_and_is_to_be_announced() throws Exception {
        owning(A, owner -> {
            owner.own("A");
            owner.follow(0);
            String whole = listing();
            host.run("ip addr del 10.0.0.100/24 dev e0; ip route del 192.168.200.0/24; ip rule del pref 500");
            owner.follow(LATER);
            assertThat(listing()).isEqualTo(whole);
            assertThat(owner.restored()).containsExactly("A");
            owner.follow(2 * LATER);
            assertThat(owner.restored()).isEmpty();
        });
    }

    @Test
    void what_has_no_track_stays_away() throws Exception {
        owning(A, owner -> {
            owner.own("A");
            host.run("ip addr del 10.0.0.101/24 dev e0");
            owner.follow(LATER);
            assertThat(listing()).contains("10.0.0.100/24").doesNotContain("10.0.0.101/24");
            assertThat(owner.restored()).isEmpty();
        });
    }

    @Test
    void who_takes_it_away_again_and_again_does_not_keep_the_thread_busy() throws Exception {
        owning(A, owner -> {
            owner.own("A");
            host.run("ip addr del 10.0.0.100/24 dev e0");
            owner.follow(LATER);
            assertThat(listing()).contains("10.0.0.100/24");
            host.run("ip addr del 10.0.0.100/24 dev e0");
            owner.follow(LATER + 1);
            assertThat(listing()).doesNotContain("10.0.0.100/24");
            assertThat(owner.deadline()).isBetween(LATER, LATER + 100_000_000);
            owner.follow(owner.deadline());
            assertThat(listing()).contains("10.0.0.100/24");
            assertThat(owner.deadline()).isEqualTo(Long.MAX_VALUE);
        });
    }

    @Test
    void what_an_earlier_daemon_left_goes_at_the_start() throws Exception {
        host.run("ip addr add 10.0.0.100/24 dev e0; ip rule add from 10.0.0.100 table 100 preference 500 protocol 18");
        String left = listing();
        assertThat(left).contains("10.0.0.100/24");
        owning(A, owner -> assertThat(listing()).doesNotContain("10.0.0.100"));
    }

    @Test
    void a_reload_changes_what_changed_and_nothing_else() throws Exception {
        owning(A, owner -> {
            owner.own("A");
            Path seen = folder.resolve("monitor");
            host.run("timeout 5 ip -o monitor address route rule >" + seen + " 2>&1 </dev/null & sleep 0.3");
            owner.configure(configuration(A));
            owner.configure(configuration(A.replace("10.0.0.101/24 no_track", "10.0.0.102/24")));
            host.run("sleep 0.2");
            assertThat(seen).content().contains("10.0.0.101").contains("10.0.0.102").doesNotContain("10.0.0.100/24")
                    .doesNotContain("192.168.200");
            assertThat(listing()).contains("10.0.0.102/24").doesNotContain("10.0.0.101/24");
        });
    }

    @Test
    void an_instance_that_is_no_more_loses_all() throws Exception {
        String before = listing();
        owning(A, owner -> {
            owner.own("A");
            owner.configure(configuration("global_defs { router_id x }"));
            assertThat(listing()).isEqualTo(before);
        });
    }

    @Test
    void links_and_sources_are_told_of_as_they_change() throws Exception {
        owning(A, owner -> {
            assertThat(owner.events()).contains(new LinkChanged("e0", true),
                    new SourceChanged("A", IpAddress.parse("10.0.0.1")));
            host.run("ip link set e1 down");
            hears(owner, new LinkChanged("e0", false), new LinkChanged("e1", false));
            owner.own("A");
            host.run("ip addr del 10.0.0.1/24 dev e0; ip link set e1 up");
            hears(owner, new LinkChanged("e0", true), new SourceChanged("A", null));
        });
    }

    @Test
    void an_interface_that_is_made_anew_gets_its_addresses_back() throws Exception {
        owning(A, owner -> {
            owner.own("A");
            owner.events();
            host.run("ip link del e0");
            hears(owner, new LinkGone("e0"), new SourceChanged("A", null));
            host.run("ip link add d8 type veth peer name d9; ip link add e0 type veth peer name e1; ip link set e0 up; "
                    + "ip link set e1 up; ip addr add 10.0.0.1/24 dev e0");
            hears(owner, new LinkChanged("e0", true), new SourceChanged("A", IpAddress.parse("10.0.0.1")));
            owner.follow(owner.deadline());
            assertThat(listing()).contains("10.0.0.100/24").contains("192.168.200.0/24");
        });
    }

    @Test
    void a_source_that_is_tracked_has_to_be_there() throws Exception {
        String file = A.replace("virtual_router_id", "mcast_src_ip 10.0.0.9\ntrack_src_ip\nvirtual_router_id");
        owning(file, owner -> {
            assertThat(owner.events()).contains(new SourceChanged("A", null))
                    .doesNotContain(new SourceChanged("A", IpAddress.parse("10.0.0.9")));
            host.run("ip addr add 10.0.0.9/24 dev e0");
            owner.follow(0);
            assertThat(owner.events()).containsExactly(new SourceChanged("A", IpAddress.parse("10.0.0.9")));
        });
    }

    @Test
    void what_is_static_and_cannot_be_put_back_is_missing_to_its_track_group() throws Exception {
        String file = """
                track_group G {
                    group {
                        A
                    }
                }
                static_routes {
                    10.77.0.0/16 via 10.2.0.9 dev e2 track_group G
                    10.78.0.0/16 via 10.2.0.9 dev e2
                }
                """ + A;
        host.run("ip link add e2 type veth peer name e3; ip link set e2 up; ip link set e3 up; "
                + "ip addr add 10.2.0.1/24 dev e2");
        owning(file, owner -> {
            assertThat(owner.events()).contains(new PossessionsMissing("A", List.of()));
            assertThat(host.run("ip route")).contains("10.77.0.0/16 via 10.2.0.9", "10.78.0.0/16 via 10.2.0.9");
            host.run("ip route del 10.77.0.0/16");
            owner.follow(LATER);
            assertThat(owner.events()).isEmpty();
            assertThat(host.run("ip route")).contains("10.77.0.0/16");
            host.run("ip addr del 10.2.0.1/24 dev e2");
            owner.follow(2 * LATER);
            assertThat(owner.events()).containsExactly(new PossessionsMissing("A",
                    List.of("route 10.77.0.0/16 via 10.2.0.9 dev e2")));
            host.run("ip addr add 10.2.0.1/24 dev e2");
            owner.follow(3 * LATER);
            assertThat(owner.events()).containsExactly(new PossessionsMissing("A", List.of()));
            assertThat(host.run("ip route")).contains("10.77.0.0/16 via 10.2.0.9", "10.78.0.0/16 via 10.2.0.9");
        });
    }

    @Test
    void igmp_reports_are_as_before_at_the_end_and_after_a_reload() throws Exception {
        String igmp = "sysctl -n net.ipv4.igmp_link_local_mcast_reports";
        String file = "global_defs {\n    disable_local_igmp\n}\n" + A;
        assertThat(host.run(igmp).strip()).isEqualTo("1");
        owning(file, owner -> {
            assertThat(host.run(igmp).strip()).isEqualTo("0");
            owner.configure(configuration(A));
            assertThat(host.run(igmp).strip()).isEqualTo("1");
            owner.configure(configuration(file));
            assertThat(host.run(igmp).strip()).isEqualTo("0");
        });
        assertThat(host.run(igmp).strip()).isEqualTo("1");
    }

    @Test
    void the_guardian_hears_of_each_thing_before_it_is_there_and_after_it_is_gone() throws Exception {
        List<String> told = new ArrayList<>();
        UndoLog log = new UndoLog() {
            @Override
            public void willDo(Undo undo) {
                told.add("+" + undo.line() + (undo.by() == By.IP4 ? "" : " " + undo.by()));
            }

            @Override
            public void undone(Undo undo) {
                told.add("-" + undo.line());
            }

            @Override
            public void alive(int seconds) {
                told.add("alive " + seconds);
            }
        };
        host.inside(() -> {
            try (Owner owner = Owner.open(log)) {
                owner.configure(configuration(A));
                owner.own("A");
            }
            return true;
        });
        assertThat(told).containsExactly("+addr del 10.0.0.100/24 dev e0", "+addr del 10.0.0.101/24 dev e0",
                "+route del 192.168.200.0/24 via 10.0.0.254 dev e0 proto 18",
                "+rule del from 10.0.0.100 table 100 preference 500",
                "-rule del from 10.0.0.100 table 100 preference 500",
                "-route del 192.168.200.0/24 via 10.0.0.254 dev e0 proto 18", "-addr del 10.0.0.101/24 dev e0",
                "-addr del 10.0.0.100/24 dev e0");
    }

    /** The kernel takes its time to say that a carrier is gone. */
    private static void hears(Owner owner, Event... expected) throws Exception {
        List<Event> heard = new ArrayList<>();
        long begun = System.nanoTime();
        while (!heard.containsAll(List.of(expected)) && System.nanoTime() - begun < PATIENCE_NANOS) {
            Thread.sleep(5);
            owner.follow(System.nanoTime());
            heard.addAll(owner.events());
        }
        assertThat(heard).contains(expected);
    }

    private String listing() {
        return host.run("(ip addr show dev e0 2>/dev/null || true; ip route; ip rule) | sort");
    }
}
