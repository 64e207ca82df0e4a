package dev.weir.vrrp.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.sys.NetworkNamespace;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon of its own process that owns addresses, and is killed. */
@Tag("root")
class GuardedOwnerTest {
    private static final int ADDRESSES = 100;
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    @TempDir
    Path folder;
    private NetworkNamespace host;

    @BeforeEach
    void begin() {
        host = NetworkNamespace.create("owned");
        host.run("ip link add e0 type veth peer name e1; ip link set e0 up; ip link set e1 up; "
                + "ip addr add 10.0.0.1/24 dev e0; ip addr add fd00::1/64 dev e0 nodad; sysctl -qw "
                + "net.ipv4.conf.e0.arp_filter=0 net.ipv4.conf.e0.arp_ignore=0; "
                + "while ip -6 addr | grep -q tentative; do sleep 0.05; done");
    }

    @AfterEach
    void end() {
        host.close();
    }

    private Process daemon() throws Exception {
        Path file = Files.writeString(folder.resolve("keepalived.conf"), """
                vrrp_instance A {
                    interface e0
                    virtual_router_id 51
                    no_accept
                    virtual_ipaddress {
                """ + IntStream.range(0, ADDRESSES).mapToObj(i -> "10.0.1." + (i + 1) + "/24\n")
                .collect(Collectors.joining()) + """
                            }
                            virtual_routes {
                                192.168.200.0/24 via 10.0.0.254 dev e0
                                fd77::/64 via fd00::fe dev e0 no_track
                            }
                            virtual_rules {
                                from 10.0.1.1 table 100 preference 500
                                from fd00::110 lookup 100 preference 504
                            }
                        }
                        vrrp_instance B {
                            interface e0
                            virtual_router_id 52
                            use_vmac
                            virtual_ipaddress {
                                10.0.0.150/24
                            }
                        }
                        """);
        Process process = host.start(List.of(ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                GuardedOwner.class.getName(), file.toString()));
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        while (line != null && !line.equals("ready")) {
            System.out.println(line);
            line = output.readLine();
        }
        assertThat(line).isEqualTo("ready");
        return process;
    }

    @Test
    void addresses_of_a_daemon_that_is_killed_go_at_once_and_all_else_follows() throws Exception {
        String before = traces();
        Process daemon = daemon();
        assertThat(traces()).contains("10.0.1.100/24").contains("192.168.200.0/24").contains("vrrp.52")
                .contains("weir_vrrp").contains("fd77::/64").contains("504:");
        long took = host.inside(() -> {
            try (Interfaces interfaces = Interfaces.open()) {
                long killed = System.nanoTime();
                daemon.destroyForcibly();
                while (hasVirtual(interfaces) && System.nanoTime() - killed < PATIENCE_NANOS) {
                    interfaces.follow();
                    Thread.sleep(1);
                }
                return (System.nanoTime() - killed) / 1_000_000;
            }
        });
        System.out.println("guardian: " + ADDRESSES + " addresses gone after " + took + " ms");
        assertThat(daemon.waitFor(5, TimeUnit.SECONDS)).isTrue();
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!traces().equals(before) && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(traces()).isEqualTo(before);
        assertThat(took).isLessThan(1000);
    }

    /** SIGSTOP: the kernel goes on answering ARP for its addresses, and another director has them by then. */
    @Test
    void addresses_of_a_daemon_that_stands_still_go() throws Exception {
        Process daemon = daemon();
        assertThat(stays(GuardedOwner.PATIENCE_SECONDS + 2)).as("addresses of one that moves").isTrue();
        NetworkNamespace.shell("kill -STOP " + daemon.pid());
        assertThat(stays(GuardedOwner.PATIENCE_SECONDS - 2)).as("addresses at once").isTrue();
        assertThat(stays(4)).as("addresses of one that stands still").isFalse();
        assertThat(traces()).contains("weir_vrrp").doesNotContain("192.168.200.0/24").doesNotContain("10.0.0.150/24");
        NetworkNamespace.shell("kill -CONT " + daemon.pid());
        daemon.getOutputStream().close();
        assertThat(daemon.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(daemon.exitValue()).isZero();
    }

    /** For so many seconds. */
    private boolean stays(int seconds) throws Exception {
        return host.inside(() -> {
            try (Interfaces interfaces = Interfaces.open()) {
                long end = System.nanoTime() + seconds * 1_000_000_000L;
                while (System.nanoTime() < end) {
                    interfaces.follow();
                    if (!hasVirtual(interfaces)) {
                        return false;
                    }
                    Thread.sleep(20);
                }
                return true;
            }
        });
    }

    @Test
    void a_daemon_that_ends_by_itself_leaves_nothing() throws Exception {
        String before = traces();
        Process daemon = daemon();
        daemon.getOutputStream().close();
        assertThat(daemon.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(traces()).isEqualTo(before);
    }

    private static boolean hasVirtual(Interfaces interfaces) {
        return interfaces.all().stream().flatMap(device -> interfaces.addresses(device).stream())
                .anyMatch(address -> address.toString().startsWith("10.0.1."));
    }

    private String traces() {
        return host.run("ip addr; ip route show table all; ip -6 route; ip rule; ip -6 rule; nft list ruleset; "
                + "sysctl net.ipv4.conf.e0").replaceAll("(?m) dynamic.*$", "");
    }
}
