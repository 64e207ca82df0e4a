package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.Http;
import dev.weir.conf.VirtualServer.OfGroup;
import dev.weir.conf.VirtualServer.OfMark;
import dev.weir.conf.VrrpInstance.Multicast;
import dev.weir.conf.VrrpInstance.NoAuthentication;
import dev.weir.conf.VrrpInstance.Password;
import dev.weir.conf.VrrpInstance.Peer;
import dev.weir.conf.VrrpInstance.Unicast;
import dev.weir.wire.IpAddress;
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
            assertThat(server.service()).isEqualTo(new AtAddress(IpAddress.parse("192.168.11.121"), 80));
            assertThat(server.scheduler()).isEqualTo("rr");
            assertThat(server.persistence()).isEqualTo(Duration.ofSeconds(50));
            assertThat(server.servers()).hasSize(2).allSatisfy(real -> {
                assertThat(real.method()).containsExactly("DR");
                assertThat(real.checks()).singleElement().satisfies(check -> {
                    assertThat(check.kind()).isEqualTo("TCP_CHECK");
                    assertThat(check.interval()).isEqualTo(Duration.ofSeconds(6));
                    assertThat(check.connectTimeout()).isEqualTo(Duration.ofSeconds(3));
                    assertThat(check.delayBeforeRetry()).isEqualTo(Duration.ofSeconds(3));
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
                .isEqualTo(new Unicast(List.of(new Peer(IpAddress.parse("10.9.0.2"), 254, 255)), 255, true));
        assertThat(first.addresses()).first().isEqualTo(
                new VirtualAddress(IpAddress.parse("10.9.0.100"), 24, "eth0", "eth0:vip", null, "+"));
        VrrpInstance second = configuration.instances().getLast();
        assertThat(second.transport()).isEqualTo(new Multicast(IpAddress.parse("ff02::12")));
        assertThat(second.vmac()).isEqualTo("vrrp.52");
        assertThat(second.accept()).isFalse();
        assertThat(configuration.groups()).singleElement()
                .satisfies(group -> assertThat(group.members()).containsExactly("VI_1", "VI_2"));
        assertThat(configuration.servers()).extracting(VirtualServer::service)
                .containsExactly(new OfGroup("web"), new OfMark(7));
        assertThat(configuration.servers().getFirst().servers().getFirst().checks().getFirst().probe())
                .isInstanceOfSatisfying(Http.class, http -> {
                    assertThat(http.secure()).isTrue();
                    assertThat(http.urls().getFirst().statusCodes()).containsExactly("200-204", "301");
                });
        assertThat(configuration.processes().getFirst().forkDelay()).isEqualTo(Duration.ofMillis(500));
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
}
