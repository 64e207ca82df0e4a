package dev.weir.vrrp.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.sys.NetworkNamespace;
import dev.weir.vrrp.announce.Announcer;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host of a master looks the same, whether Debian's keepalived or Weir is the master, from the same file. */
@Tag("root")
class HostLikeKeepalivedTest {
    private static final String FILE = """
            global_defs {
                router_id k
                vrrp_version 3
                default_interface e2
                disable_local_igmp
            }
            track_group G {
                group {
                    A
                }
            }
            static_ipaddress {
                10.9.9.9/32 dev e0 scope link
                10.9.9.8/32
            }
            static_routes {
                10.77.0.0/16 via 10.0.0.254 dev e0 track_group G
            }
            static_rules {
                from 10.9.9.9 table 100 preference 777
            }
            vrrp_instance A {
                state MASTER
                interface e0
                virtual_router_id 51
                priority 200
                advert_int 0.1
                garp_master_delay 0
                garp_master_repeat 2
                virtual_ipaddress {
                    10.0.0.100/24
                    10.0.0.101/24 brd 10.0.0.255 label e0:vip
                    10.0.0.102
                    10.0.1.3/24 brd + dev e0 scope link
                    10.0.5.1/24 dev e2
                }
                virtual_ipaddress_excluded {
                    10.0.0.110/32
                    fd00::110/64
                }
                virtual_routes {
                    192.168.200.0/24 via 10.0.0.254 dev e0 metric 5
                    src 10.0.0.100 to 10.50.0.0/16 via 10.0.0.254 dev e0 table 100 mtu 1400 initcwnd 20 rtt 300ms
                    blackhole 10.60.0.0/16 no_track
                    unreachable 10.62.0.0/16 metric 7 no_track
                    10.63.0.0/16 dev e2 scope link mtu lock 1300
                    10.64.0.0/16 via 10.0.0.200 dev e0 onlink
                    10.61.0.0/16 no_track nexthop via 10.0.0.253 dev e0 weight 2 nexthop via 10.0.0.252 dev e0 weight 3
                    fd77::/64 via fd00::fe dev e0 metric 9
                    default via 10.0.0.254 dev e0 table 200
                }
                virtual_rules {
                    from 10.0.0.100 table 100 preference 500
                    to 10.70.0.0/16 iif e0 fwmark 0x3/0xff tos 0x10 prohibit preference 501
                    from all ipproto tcp dport 80-90 uidrange 0-5 lookup main preference 502
                    not from 10.1.0.0/16 lookup 100 preference 503 suppress_prefixlength 8
                    from fd00::110 lookup 100 preference 504
                }
            }
            vrrp_instance B {
                state MASTER
                interface e0
                virtual_router_id 52
                priority 200
                advert_int 0.1
                garp_master_delay 0
                garp_master_repeat 2
                virtual_ipaddress {
                    fe80::5:52/64
                    fd00::52/64
                    fd00::53
                    fd00::54/64 preferred_lft forever home
                    fd00::55/128 preferred_lft 4000
                }
            }
            """;
    private static final String MASTERED = "fd00::55/128";
    private static final long PATIENCE_NANOS = Duration.ofSeconds(10).toNanos();
    @TempDir
    Path folder;
    private NetworkNamespace keepalived;
    private NetworkNamespace weir;

    @BeforeEach
    void begin() {
        keepalived = host("kept");
        weir = host("weir");
    }

    private static NetworkNamespace host(String name) {
        NetworkNamespace host = NetworkNamespace.create(name);
        host.run("""
                for i in 0 2; do
                    ip link add e$i address 02:00:00:00:00:0$i type veth peer name e$((i+1)) address 02:00:00:00:00:1$i
                    ip link set e$((i+1)) up; ip link set e$i up
                done
                ip addr add 10.0.0.1/24 dev e0; ip addr add fd00::1/64 dev e0 nodad
                ip addr add 10.0.0.102/32 dev e0
                while ip -6 addr | grep -q tentative; do sleep 0.05; done
                """);
        return host;
    }

    @AfterEach
    void end() {
        NetworkNamespace.shell("ip netns pids " + keepalived.name() + " | xargs -r kill -9");
        keepalived.close();
        weir.close();
    }

    @Test
    void the_host_looks_the_same_and_hears_the_same() throws Exception {
        String before = listing(weir);
        assertThat(listing(keepalived)).isEqualTo(before);
        Path file = Files.writeString(folder.resolve("keepalived.conf"), FILE);
        Process theirFrames = capture(keepalived);
        Process daemon = keepalived.start(List.of("keepalived", "-n", "-l", "-P", "-f", file.toString(), "-p",
                folder + "/k.pid", "-r", folder + "/v.pid"));
        until(keepalived, "fd00::110/64");
        until(keepalived, MASTERED);
        Thread.sleep(200);
        String theirs = listing(keepalived);
        List<String> theirAnnouncements = announcements(theirFrames);
        daemon.destroy();
        assertThat(daemon.waitFor(10, TimeUnit.SECONDS)).isTrue();
        String theirsAfter = listing(keepalived);

        Process ourFrames = capture(weir);
        weir.inside(() -> {
            Configuration configuration = KeepalivedConf.read(file, LocalHost.surroundings()).configuration();
            try (Owner owner = Owner.open(UndoLog.NOBODY); Announcer announcer = new Announcer(owner, configuration)) {
                owner.configure(configuration);
                owner.own("A");
                announcer.announce("A", 2, 0);
                owner.own("B");
                announcer.announce("B", 2, 0);
                assertThat(listing(weir)).isEqualTo(theirs);
                owner.follow(0);
                assertThat(owner.restored()).isEmpty();
            }
            return true;
        });
        assertThat(announcements(ourFrames)).containsExactlyInAnyOrderElementsOf(theirAnnouncements);
        assertThat(listing(weir)).isEqualTo(theirsAfter);
    }

    /** Among them one of the other family, one on another interface, and one there with a VMAC of its own. */
    private static final String VMACS = """
            global_defs {
                router_id k
                vrrp_version 3
            }
            vrrp_instance C {
                state MASTER
                interface e0
                virtual_router_id 53
                priority 200
                advert_int 0.1
                use_vmac
                virtual_ipaddress {
                    10.0.0.150/24
                    10.0.0.151/24 dev e0
                    10.0.5.151/24 dev e2
                    10.0.5.152/24 dev e2 use_vmac
                }
                virtual_ipaddress_excluded {
                    fd00::153/64
                }
            }
            vrrp_instance D {
                state MASTER
                interface e0
                virtual_router_id 54
                priority 200
                advert_int 0.1
                use_vmac vm54
                vmac_xmit_base
                virtual_ipaddress {
                    fe80::5:54/64
                    fd00::154/64
                }
            }
            vrrp_instance F {
                state MASTER
                interface e0
                virtual_router_id 56
                priority 200
                advert_int 0.1
                use_vmac_addr
                virtual_ipaddress {
                    10.0.0.160/24
                    10.0.6.151/24 dev e2
                }
            }
            """;

    @Test
    void vmacs_are_the_same() throws Exception {
        Path file = Files.writeString(folder.resolve("keepalived.conf"), VMACS);
        Process daemon = keepalived.start(List.of("keepalived", "-n", "-l", "-P", "-f", file.toString(), "-p",
                folder + "/k.pid", "-r", folder + "/v.pid"));
        until(keepalived, "10.0.6.151/24");
        until(keepalived, "fd00::154/64");
        until(keepalived, "fd00::153/64");
        String theirs = vmacs(keepalived);
        daemon.destroy();
        assertThat(daemon.waitFor(10, TimeUnit.SECONDS)).isTrue();
        String before = listing(weir) + settings(weir, "e0 e2");
        weir.inside(() -> {
            Configuration configuration = KeepalivedConf.read(file, LocalHost.surroundings()).configuration();
            try (Owner owner = Owner.open(UndoLog.NOBODY)) {
                owner.configure(configuration);
                List.of("C", "D", "F").forEach(owner::own);
                assertThat(vmacs(weir)).isEqualTo(theirs);
            }
            return true;
        });
        assertThat(listing(weir) + settings(weir, "e0 e2")).isEqualTo(before);
    }

    private static String vmacs(NetworkNamespace host) {
        // The kernel takes its time to call what is up UP.
        return host.run("ip -d link show type macvlan; ip -br addr").replaceAll("\\b(UNKNOWN|UP) +", "")
                + settings(host, "e0 e2 vrrp.53 vrrp1.53 vrrp.56");
    }

    private static String settings(NetworkNamespace host, String interfaces) {
        return host.run("for i in " + interfaces + "; do for s in arp_ignore arp_filter rp_filter accept_local "
                + "promote_secondaries; do sysctl net/ipv4/conf/$i/$s; done; done");
    }

    private static String listing(NetworkNamespace host) {
        return host.run("ip -d addr; ip -d route show table all; ip -d -6 route show table all; ip -d rule; "
                + "ip -d -6 rule; sysctl net.ipv4.igmp_link_local_mcast_reports").lines()
                .map(line -> line.replaceAll("(promiscuity|allmulti) \\d+", "")
                        .replaceAll("preferred_lft [1-9]\\d*sec", "preferred_lft Nsec").stripTrailing())
                .collect(Collectors.joining("\n"));
    }

    private static Process capture(NetworkNamespace host) throws Exception {
        Process process = host.start(List.of("tcpdump", "-l", "-tnXXpi", "e1", "-Z", "root",
                "arp or (icmp6 and ip6[40] == 136 and ip6[24:2] == 0xff02)"));
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        while (line != null && !line.contains("listening on e1")) {
            line = output.readLine();
        }
        assertThat(line).as("tcpdump's word that it is ready").isNotNull();
        return process;
    }

    /** Each frame's bytes, as tcpdump shows them. */
    private static List<String> announcements(Process capture) throws Exception {
        Thread.sleep(300);
        NetworkNamespace.shell("kill -INT " + capture.pid());
        String text = capture.inputReader(StandardCharsets.UTF_8).lines().collect(Collectors.joining("\n"));
        return Stream.of(text.split("\n(?=\\S)", -1)).filter(frame -> frame.contains("0x0000")).toList();
    }

    private static void until(NetworkNamespace host, String address) throws Exception {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!host.run("ip addr").contains(address)) {
            assertThat(System.nanoTime()).as("no " + address + " in time").isLessThan(end);
            Thread.sleep(50);
        }
    }
}
