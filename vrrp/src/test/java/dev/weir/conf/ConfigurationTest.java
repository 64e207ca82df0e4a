package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.ConnectionSync.KeyFile;
import dev.weir.conf.ConnectionSync.KeyText;
import dev.weir.conf.ConnectionSync.Tell;
import dev.weir.conf.Definitions.Fifos;
import dev.weir.conf.Definitions.Globals;
import dev.weir.conf.Definitions.InitFile;
import dev.weir.conf.Definitions.Mail;
import dev.weir.conf.Definitions.NotifyFifo;
import dev.weir.conf.Definitions.ParamMatch;
import dev.weir.conf.Definitions.Scripting;
import dev.weir.conf.Definitions.TrackProcess;
import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.SplitBrain.Heartbeat;
import dev.weir.conf.SplitBrain.Release;
import dev.weir.conf.SplitBrain.Script;
import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.OfMark;
import dev.weir.conf.VrrpInstance.Multicast;
import dev.weir.conf.VrrpInstance.NoAuthentication;
import dev.weir.conf.VrrpInstance.Password;
import dev.weir.conf.VrrpInstance.OldChecksum;
import dev.weir.conf.VrrpInstance.Peer;
import dev.weir.conf.VrrpInstance.Unicast;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A configuration as values. */
class ConfigurationTest {
    private static Configuration sample(String name) throws IOException {
        return TestHost.read(Files.readString(Path.of("src/test/resources/keepalived", name))).configuration();
    }

    @Test
    void aPairOfDirectorsHasItsDefaultsFilledIn() throws IOException {
        Configuration configuration = sample("pair-dr.conf");
        assertThat(configuration.globals().routerId()).isEqualTo("lb01");
        assertThat(configuration.instances()).singleElement().satisfies(instance -> {
            assertThat(instance.master()).isFalse();
            assertThat(instance.version()).isEqualTo(2);
            assertThat(instance.advertInterval()).isEqualTo(Duration.ofSeconds(1));
            assertThat(instance.authentication()).isEqualTo(new Password("asd12345"));
            assertThat(instance.transport()).isEqualTo(new Multicast(IpAddress.parse("224.0.0.18")));
            assertThat(instance.preemption().preempt()).isTrue();
            assertThat(instance.announcements().masterRepeat()).isEqualTo(5);
            assertThat(instance.addresses()).containsExactly(
                    new VirtualAddress(IpAddress.parse("192.168.11.121"), 32, null, null, null, null));
            assertThat(instance.notifications().master()).isEqualTo(
                    new Command("/scripts/notify.sh master", List.of("/scripts/notify.sh", "master"), null, null));
        });
        assertThat(configuration.servers()).singleElement().satisfies(server -> {
            assertThat(server.services()).containsExactly(new AtAddress("TCP", IpAddress.parse("192.168.11.121"), 80));
            assertThat(server.scheduler()).isEqualTo("rr");
            assertThat(server.persistence()).isEqualTo(Duration.ofSeconds(50));
            assertThat(server.servers()).hasSize(2).allSatisfy(real -> {
                assertThat(real.method()).containsExactly("DR");
                assertThat(real.checks()).singleElement().satisfies(check -> {
                    assertThat(check.kind()).isEqualTo("TCP_CHECK");
                    assertThat(check.timing().interval()).isEqualTo(Duration.ofSeconds(6));
                    assertThat(check.connection().timeout()).isEqualTo(Duration.ofSeconds(3));
                    assertThat(check.timing().delayBeforeRetry()).isEqualTo(Duration.ofSeconds(3));
                });
            });
        });
    }

    @Test
    void whatGlobalsAndDefinitionsSayReachesInstancesAndChecks() throws IOException {
        Configuration configuration = sample("whole.conf");
        VrrpInstance first = configuration.instances().getFirst();
        assertThat(first.version()).isEqualTo(3);
        assertThat(first.advertInterval()).isEqualTo(Duration.ofMillis(100));
        assertThat(first.authentication()).isEqualTo(new NoAuthentication());
        assertThat(first.preemption().preempt()).isFalse();
        assertThat(first.transport())
                .isEqualTo(new Unicast(List.of(new Peer(IpAddress.parse("10.9.0.2"), 254, 255)), 255, true,
                        OldChecksum.AS_HEARD, IpAddress.parse("224.0.0.19")));
        assertThat(first.addresses()).first().isEqualTo(
                new VirtualAddress(IpAddress.parse("10.9.0.100"), 24, "eth0", "eth0:vip", null, "+"));
        VrrpInstance second = configuration.instances().getLast();
        assertThat(second.transport()).isEqualTo(new Multicast(IpAddress.parse("ff02::12")));
        assertThat(second.vmac()).isEqualTo("vrrp.52");
        assertThat(second.accept()).isFalse();
        assertThat(configuration.groups()).singleElement()
                .satisfies(group -> assertThat(group.members()).containsExactly("VI_1", "VI_2"));
        assertThat(configuration.servers()).extracting(VirtualServer::name).containsExactly("[web]:0", "FWM 7");
        assertThat(configuration.servers().getLast().services()).containsExactly(new OfMark(7, true));
        assertThat(configuration.servers().getFirst().servers().getFirst().checks().getFirst().probe())
                .isInstanceOfSatisfying(Http.class, http -> {
                    assertThat(http.secure()).isTrue();
                    assertThat(http.urls().getFirst().statusCodes()).containsExactly("200-204", "301");
                });
        assertThat(configuration.processes().getFirst().forkDelay()).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void whatIsToBeToldAndToWhomIsFilledIn() {
        Configuration configuration = TestHost.read("""
                global_defs {
                    notification_email { a@example.org
                        b@example.org }
                    smtp_server mail.example.org 2525
                    smtp_alert
                    no_email_faults
                    script_user nobody nogroup
                    umask IWGRP|IWOTH
                    shutdown_script "/etc/down.sh now" nobody
                    shutdown_script_timeout 3
                    vrrp_notify_fifo /run/fifo nobody
                    vrrp_notify_fifo_script "/etc/read.sh x"
                    vrrp_notify_priority_changes
                }
                track_file f { file /etc/f
                    init_file 5 overwrite }
                vrrp_track_process p { process nginx -g
                    quorum_max 3 }
                vrrp_track_process q { process nginx
                    param_match initial }
                vrrp_sync_group G { group { A } }
                vrrp_instance A {
                    interface eth0
                    virtual_router_id 1
                    notify_priority_changes off
                }
                """).configuration();
        Globals globals = configuration.globals();
        assertThat(globals.mail()).isEqualTo(new Mail(List.of("a@example.org", "b@example.org"), null,
                "mail.example.org", 2525, null, Duration.ofSeconds(30), false));
        assertThat(globals.scripts()).isEqualTo(new Scripting("nobody", "nogroup", false, 022, null,
                Duration.ofSeconds(10), new Command("/etc/down.sh now", List.of("/etc/down.sh", "now"), "nobody", null),
                Duration.ofSeconds(3)));
        assertThat(globals.fifos()).isEqualTo(new Fifos(null, new NotifyFifo("/run/fifo", "nobody", null,
                new Command("/etc/read.sh x", List.of("/etc/read.sh", "x"), null, null)), null, false));
        assertThat(configuration.files().getFirst().init()).isEqualTo(new InitFile(5, true));
        assertThat(configuration.processes()).extracting(TrackProcess::match)
                .containsExactly(ParamMatch.EXACT, ParamMatch.INITIAL);
        assertThat(configuration.processes()).extracting(TrackProcess::quorumMax)
                .containsExactly(3, Integer.MAX_VALUE);
        assertThat(configuration.groups().getFirst().notifications().smtpAlert()).isTrue();
        assertThat(configuration.groups().getFirst().notifications().priorityChanges()).isTrue();
        assertThat(configuration.instances().getFirst().notifications().priorityChanges()).isFalse();
    }

    @Test
    void aHeartbeatTakesItsKeyAndItsPaceFromTheInstance() {
        VrrpInstance instance = TestHost.read("""
                vrrp_instance A {
                    interface eth0
                    virtual_router_id 1
                    advert_int 2
                    authentication { auth_type PASS
                        auth_pass 1234 }
                    heartbeat { peer 10.1.0.2
                        peer fd00::2 }
                    split_brain release
                    arbiter 10.0.0.254
                }
                """).configuration().instances().getFirst();
        assertThat(instance.splitBrain()).isEqualTo(new SplitBrain(
                new Heartbeat(List.of(IpAddress.parse("10.1.0.2"), IpAddress.parse("fd00::2")), null,
                        Duration.ofSeconds(2), 11200, "1234"),
                new Release(), IpAddress.parse("10.0.0.254")));
    }

    @Test
    void aHeartbeatMayStandOnLinesThatKeepalivedPassesOver() {
        String heartbeat = """
                    heartbeat {
                        peer 10.1.0.2
                        secret k
                    }
                    split_brain release
                """;
        String instance = "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n";
        assertThat(TestHost.read(instance + heartbeat.replaceAll("(?m)^ ", "    @weir ") + "}\n").configuration())
                .isEqualTo(TestHost.read(instance + heartbeat + "}\n").configuration())
                .satisfies(read -> assertThat(read.instances().getFirst().splitBrain().releases()).isTrue());
    }

    @Test
    void whatIsSaidOfTheSecondPathCounts() {
        VrrpInstance instance = TestHost.read("""
                vrrp_instance A {
                    interface eth0
                    virtual_router_id 1
                    heartbeat { peer 10.1.0.2
                        interface eth1
                        interval 0.25
                        port 4000
                        secret k }
                    split_brain script "/etc/split.sh now" nobody
                }
                """).configuration().instances().getFirst();
        assertThat(instance.splitBrain()).isEqualTo(new SplitBrain(
                new Heartbeat(List.of(IpAddress.parse("10.1.0.2")), "eth1", Duration.ofMillis(250), 4000, "k"),
                new Script(new Command("/etc/split.sh now", List.of("/etc/split.sh", "now"), "nobody", null)), null));
    }

    @Test
    void withoutGlobalDefsScriptsAndMailAreAsKeepalivedHasThem() {
        Globals globals = TestHost.read("vrrp_script s { script true }").configuration().globals();
        assertThat(globals.scripts().umask()).isEqualTo(0177);
        assertThat(globals.mail().server()).isEqualTo("127.0.0.1");
        assertThat(globals.mail().port()).isEqualTo(25);
        assertThat(globals.mail().faults()).isTrue();
        assertThat(globals.fifos()).isEqualTo(new Fifos(null, null, null, false));
    }

    @Test
    void canonicalFormAsksForTheSame() throws IOException {
        for (Corpus.Case sample : Corpus.samples()) {
            KeepalivedConf conf = TestHost.read(sample.text());
            assertThat(TestHost.read(conf.canonical()).configuration()).as(sample.name())
                    .isEqualTo(conf.configuration());
        }
    }

    /** Where a quote is not closed, printing closes it; so what is asked for is compared only where nothing is wrong. */
    @Test
    void checkPathAndSlowStartAreTheNearestThatAreSaid() {
        Configuration configuration = TestHost.read("""
                global_defs {
                    @weir drain_timeout 60
                }
                virtual_server 10.0.0.1 80 {
                    protocol TCP
                    lb_algo rr
                    @weir check_path vip
                    @weir slow_start 30
                    real_server 10.0.0.2 80 {
                        TCP_CHECK {
                            check_path server
                        }
                        TCP_CHECK {
                        }
                    }
                    real_server 10.0.0.3 80 {
                        @weir check_path server
                        @weir slow_start 0.5
                        TCP_CHECK {
                        }
                    }
                }
                """).configuration();

        assertThat(configuration.lvs().drain()).isEqualTo(Duration.ofSeconds(60));
        List<VirtualServer.RealServer> servers = configuration.servers().getFirst().servers();
        assertThat(servers).extracting(VirtualServer.RealServer::slowStart).containsExactly(Duration.ofSeconds(30),
                Duration.ofMillis(500));
        assertThat(servers.stream().flatMap(server -> server.checks().stream())
                .map(HealthCheck::connection).map(HealthCheck.Connection::path))
                .containsExactly(HealthCheck.Path.SERVER, HealthCheck.Path.VIP, HealthCheck.Path.SERVER);
    }

    @Test
    void anyMutationOfASampleCanBeReadPrintedAndAskedOf() throws IOException {
        List<Corpus.Case> samples = Corpus.samples();
        for (long seed = 0; seed < 1000; seed++) {
            Corpus.Case mutation = Corpus.mutation(samples.get((int) (seed % samples.size())), seed);
            KeepalivedConf conf = TestHost.read(mutation.text());
            KeepalivedConf again = TestHost.read(conf.canonical());
            assertThat(again.canonical()).as(mutation.name()).isEqualTo(conf.canonical());
            Configuration asked = conf.configuration();
            if (conf.exit() == 0) {
                assertThat(again.configuration()).as(mutation.name()).isEqualTo(asked);
            }
        }
    }

    @Test
    void connectionSyncHasDefaults() {
        String sync = """
                    connection_sync {
                        peer 10.1.0.2
                        key_file /tmp/weir-conf-key
                    }
                """;
        ConnectionSync expected = new ConnectionSync(
                List.of(new ConnectionSync.Peer(IpAddress.parse("10.1.0.2"), 8849)), null, 8849,
                new KeyFile("/tmp/weir-conf-key"), Tell.ESTABLISHED, Duration.ofSeconds(10), Duration.ofSeconds(30));
        assertThat(TestHost.read("global_defs {\n" + sync + "}\n").problems()).isEmpty();
        assertThat(TestHost.read("global_defs {\n" + sync + "}\n").configuration().sync()).isEqualTo(expected);
        assertThat(TestHost.read("global_defs {\n" + sync.replaceAll("(?m)^ ", "    @weir ") + "}\n").configuration()
                .sync()).isEqualTo(expected);
        assertThat(TestHost.read("").configuration().sync()).isNull();
    }

    @Test
    void whatConnectionSyncSaysCounts() {
        assertThat(TestHost.read("""
                global_defs {
                    connection_sync {
                        peer 10.1.0.2
                        peer fd00::3 9001
                        source 10.1.0.1
                        port 9000
                        key 0123456789abcdef
                        tell half_open
                        wait 2.5
                        quiet 0
                    }
                }
                """).configuration().sync()).isEqualTo(new ConnectionSync(
                List.of(new ConnectionSync.Peer(IpAddress.parse("10.1.0.2"), 9000),
                        new ConnectionSync.Peer(IpAddress.parse("fd00::3"), 9001)),
                IpAddress.parse("10.1.0.1"), 9000, new KeyText("0123456789abcdef"), Tell.HALF_OPEN,
                Duration.ofMillis(2500), Duration.ZERO));
    }

    @Test
    void whatServersBeginLeavesBySnat() {
        assertThat(TestHost.read("""
                global_defs {
                    snat 192.168.0.0/24 to 198.51.100.0/24 via 172.25.254.50
                    snat 192.168.0.0/24 via 172.25.254.51,172.25.254.52
                    snat 192.168.1.0/24 via fd00::1
                }
                """).configuration().sourceNats())
                .containsExactly(SourceNatRule.parse(List.of("192.168.0.0/24", "to", "198.51.100.0/24", "via",
                        "172.25.254.50")),
                        new SourceNatRule(IpPrefix.parse("192.168.0.0/24"), IpPrefix.ALL_V4,
                                List.of(IpAddress.parse("172.25.254.51"), IpAddress.parse("172.25.254.52"))));
    }

    @Test
    void connectionSyncWithoutPeerOrKeyIsNone() {
        assertThat(TestHost.read("global_defs {\nconnection_sync {\npeer 10.1.0.2\n}\n}\n").configuration().sync())
                .isNull();
        assertThat(TestHost.read("global_defs {\nconnection_sync {\nkey 0123456789abcdef\n}\n}\n").configuration()
                .sync()).isNull();
    }

    @Test
    void aBfdInstanceHasItsDefaultsFilledIn() {
        assertThat(TestHost.read("bfd_instance B {\nneighbor_ip 10.0.0.2\n}").configuration().bfds())
                .containsExactly(new BfdInstance("B", IpAddress.parse("10.0.0.2"), null, null, Duration.ofMillis(10),
                        Duration.ofMillis(10), Duration.ofSeconds(1), 5, false, 255, 0, 0, false, true, true));
    }

    @Test
    void whatABfdInstanceSaysHolds() {
        assertThat(TestHost.read("""
                bfd_instance B {
                    neighbour_ip fd00::2
                    source_ip fd00::1
                    @weir interface eth1
                    min_rx 1.5
                    min_tx 300
                    min_tx 0
                    idle_tx 2000.25
                    multiplier 3
                    passive
                    hoplimit 200
                    max_hops -1
                    weight -20 reverse
                    vrrp
                }
                """).configuration().bfds())
                .containsExactly(new BfdInstance("B", IpAddress.parse("fd00::2"), IpAddress.parse("fd00::1"),
                        "eth1", Duration.ofNanos(1_500_000), Duration.ofMillis(300), Duration.ofNanos(2_000_250_000), 3,
                        true,
                        200, BfdInstance.ANY_HOPS, -20, true, true, false));
    }

    @Test
    void overIpv6TheHopLimitIsKeepaliveds() {
        assertThat(TestHost.read("bfd_instance B {\nneighbor_ip fd00::2\nchecker\n}").configuration().bfds())
                .singleElement().satisfies(bfd -> {
                    assertThat(bfd.ttl()).isEqualTo(64);
                    assertThat(bfd.toVrrp()).isFalse();
                    assertThat(bfd.toCheckers()).isTrue();
                });
    }

    @Test
    void aBfdInstanceThatIsNoSessionIsPassedOver() {
        assertThat(TestHost.read("""
                bfd_instance A {
                    neighbor_ip 10.0.0.2
                }
                bfd_instance A {
                    neighbor_ip 10.0.0.3
                }
                bfd_instance B {
                    neighbor_ip 10.0.0.2
                }
                bfd_instance C {
                    source_ip 10.0.0.2
                }
                bfd_instance D {
                    neighbor_ip 10.0.0.4
                    source_ip fd00::1
                }
                """).configuration().bfds()).extracting(BfdInstance::name).containsExactly("A");
    }
}
