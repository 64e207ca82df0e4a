package dev.weir.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Random configurations, saved and restored. */
class RoundTripTest {
    private static final int CONFIGURATIONS = 200;
    private static final List<String> SCHEDULERS = List.of("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed",
            "nq", "fo", "ovf", "mh");
    private static final List<String> CLIENT_ADDRESSES = List.of("none", "toa", "proxy-v1", "proxy-v2");
    private static final List<String> FLAGS = List.of("flag-1", "flag-2", "flag-3");

    private record Node(Ipvsadm ipvsadm) {
        Node() {
            this(new Ipvsadm(new StillDirector(), new SystemNames(List.of("http 80/tcp", "domain 53/udp")),
                    new SyncDaemons(name -> 1500, new IdleRunner())));
        }

        String run(String arguments, String stdin, String about) {
            Result result = ipvsadm.run(List.of(arguments.split(" ", -1)), stdin);
            assertThat(result.stderr()).as("%s: ipvsadm %s", about, arguments).isEmpty();
            assertThat(result.exit()).as("%s: ipvsadm %s", about, arguments).isZero();
            return result.stdout();
        }

        String run(String arguments, String about) {
            return run(arguments, "", about);
        }
    }

    @Test
    void whatIsSavedIsRestoredByteForByte() {
        for (long seed = 1; seed <= CONFIGURATIONS; seed++) {
            String about = "seed " + seed;
            Node first = new Node();
            configure(first, new Random(seed), about);
            String saved = first.run("-S -n", about);
            String full = first.run("-S -n --full", about);
            for (String restore : List.of("-R", "-R --atomic")) {
                Node second = new Node();
                second.run(restore, saved, about);
                assertThat(second.run("-S -n", about)).as(about).isEqualTo(saved);
            }
            Node third = new Node();
            third.run("-R", full, about);
            assertThat(third.run("-S -n --full", about)).as(about).isEqualTo(full);
            for (String listing : List.of("-L -n", "-L -n --thresholds", "-L -n --tun-info", "-L --timeout",
                    "-L --json", "-G -n", "-G --json")) {
                assertThat(third.run(listing, about)).as(about).isEqualTo(first.run(listing, about));
            }
            third.run("-R --atomic", "-C\n" + saved, about);
            assertThat(third.run("-S -n", about)).as(about).isEqualTo(saved);
        }
    }

    @Test
    void anAtomicRestoreThatFailsAnywhereChangesNothing() {
        for (long seed = 1; seed <= 50; seed++) {
            String about = "seed " + seed;
            Random random = new Random(seed);
            Node node = new Node();
            configure(node, random, about);
            String before = node.run("-S -n --full", about) + node.run("-L --json", about);
            Node other = new Node();
            configure(other, random, about);
            List<String> lines = new ArrayList<>(other.run("-S -n", about).lines().toList());
            lines.addFirst("-C");
            int bad = 1 + random.nextInt(lines.size());
            lines.add(bad, random.nextBoolean() ? "-D -f 4000000000" : "-A -t 10.0.0.1:70000");
            Result result = node.ipvsadm().run(List.of("-R", "--atomic"), String.join("\n", lines));
            assertThat(result.exit()).as(about).isNotZero();
            assertThat(result.stderr()).as(about).startsWith("line " + (bad + 1) + " (")
                    .contains("nothing was changed");
            assertThat(node.run("-S -n --full", about) + node.run("-L --json", about)).as(about).isEqualTo(before);
        }
    }

    private static void configure(Node node, Random random, String about) {
        Set<String> services = new LinkedHashSet<>();
        localAddresses(node, random, "", about);
        for (int count = random.nextInt(8); count > 0; count--) {
            boolean v4 = random.nextBoolean();
            int kind = random.nextInt(4);
            int port = random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(65535);
            String address = v4 ? "172.25.254." + random.nextInt(256) : "[2001:db8::" + random.nextInt(100) + "]";
            String service = switch (kind) {
                case 0 -> "-t " + address + ":" + port;
                case 1 -> "-u " + address + ":" + port;
                case 2 -> "--sctp-service " + address + ":" + port;
                default -> "-f " + (1 + random.nextInt(Integer.MAX_VALUE - 1)) + (v4 ? "" : " -6");
            };
            if (services.add(service)) {
                node.run("-A " + service + settings(random, kind, v4, port), about);
                localAddresses(node, random, service + " ", about);
                servers(node, random, service, v4, about);
            }
        }
        if (random.nextBoolean()) {
            node.run("--set " + (1 + random.nextInt(1000)) + " 0 " + (1 + random.nextInt(1000)), about);
        }
    }

    private static String settings(Random random, int kind, boolean v4, int port) {
        StringBuilder text = new StringBuilder();
        if (random.nextInt(5) > 0) {
            text.append(" -s ").append(SCHEDULERS.get(random.nextInt(SCHEDULERS.size())));
        }
        if (random.nextBoolean() || port == 0) {
            text.append(" -p ").append(1 + random.nextInt(31 * 24 * 3600));
            if (random.nextBoolean()) {
                text.append(" -M ")
                        .append(v4 ? "255.255." + random.nextInt(256) + ".0" : "" + (1 + random.nextInt(128)));
            }
            if (random.nextInt(3) == 0) {
                text.append(" --pe sip");
            }
        }
        if (kind == 1 && random.nextBoolean()) {
            text.append(" -o");
        }
        if (random.nextInt(3) == 0) {
            text.append(" -b ").append(String.join(",", FLAGS.subList(0, 1 + random.nextInt(2))));
        }
        if (kind != 1 && kind != 2 && random.nextInt(3) == 0) {
            text.append(" --client-address ").append(CLIENT_ADDRESSES.get(random.nextInt(CLIENT_ADDRESSES.size())));
        }
        return text.toString();
    }

    private static void localAddresses(Node node, Random random, String service, String about) {
        for (int i = random.nextInt(4) * random.nextInt(2); i > 0; i--) {
            node.run("-P " + service + "-z "
                    + (random.nextBoolean() ? "10.1." + random.nextInt(256) + "." + i : "2001:db8:1::" + i), about);
        }
    }

    private static void servers(Node node, Random random, String service, boolean v4, String about) {
        for (int i = 0, count = random.nextInt(5); i < count; i++) {
            int method = random.nextInt(6);
            boolean sameFamily = method < 2 || random.nextInt(3) > 0;
            int port = random.nextBoolean() ? 1 + random.nextInt(65535) : 0;
            String v6 = "2001:db8:5::" + (i + 1);
            String address = v4 == sameFamily ? "10.0.0." + (i + 1) : port == 0 ? v6 : "[" + v6 + "]";
            String checksum = List.of("", " --tun-nocsum", " --tun-csum").get(random.nextInt(3));
            int upper = random.nextInt(1000);
            node.run(
                    "-a " + service + " -r " + address + (port == 0 ? "" : ":" + port)
                            + switch (method) {
                                case 0 -> " -m";
                                case 1 -> " -g";
                                case 2 -> " -i";
                                case 3 -> " --fullnat";
                                case 4 -> " -i --tun-type gue --tun-port " + (1 + random.nextInt(65535)) + checksum;
                                default -> " -i --tun-type gre" + checksum;
                            } + (random.nextInt(4) == 0 ? "" : " -w " + random.nextInt(65536))
                            + (random.nextBoolean() ? "" : " -x " + upper + " -y " + random.nextInt(upper + 1)),
                    about);
        }
    }
}
