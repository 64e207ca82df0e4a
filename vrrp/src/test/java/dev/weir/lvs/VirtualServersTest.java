package dev.weir.lvs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.check.CheckKey;
import dev.weir.check.Checked;
import dev.weir.check.Outcome;
import dev.weir.check.Wanted;
import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.lvs.Balancer.Done;
import dev.weir.lvs.Balancer.Failed;
import dev.weir.lvs.Balancer.NotThere;
import dev.weir.lvs.Balancer.Order;
import dev.weir.lvs.Balancer.Present;
import dev.weir.lvs.Balancer.PresentServer;
import dev.weir.lvs.Balancer.Result;
import dev.weir.lvs.Balancer.ServerAddress;
import dev.weir.lvs.VirtualServers.Step;
import dev.weir.wire.IpAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of virtual servers, without checks, threads or a dataplane. */
class VirtualServersTest {
    private static final String WEB = "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind DR\nprotocol TCP\n";
    private static final String FIRST = "real_server 10.0.1.1 80 {\nTCP_CHECK {\n}\n}\n";
    private static final String SECOND = "real_server 10.0.1.2 80 {\nTCP_CHECK {\n}\n}\n";

    private final VirtualServers servers = new VirtualServers();
    private long nanos = TimeUnit.DAYS.toNanos(1);
    private Function<Order, Result> dataplane = _ -> new Done();

    private Moment now() {
        return new Moment(nanos, Instant.EPOCH.plusNanos(nanos));
    }

    private void after(Duration time) {
        nanos += time.toNanos();
    }

    private static Configuration read(String text) {
        return KeepalivedConf.read(text, "test", Path.of("/"), LocalHost.surroundings()).configuration();
    }

    /** Carries a step out; what it ordered and told, a line each. */
    private List<String> done(Step step) {
        return done(step, false);
    }

    private List<String> done(Step step, boolean mending) {
        List<Result> results = step.orders().stream().map(dataplane).toList();
        servers.settled(step.orders(), results, mending);
        return step.orders().stream().map(Orders::text).toList();
    }

    private static List<String> told(Step step) {
        return step.notices().stream().map(Notice::text).toList();
    }

    private List<String> configure(String text) {
        servers.configure(read(text), now());
        return done(servers.step(now()));
    }

    private Step check(String server, boolean up) {
        return check(server, up, up ? new Outcome.Success("connected") : new Outcome.Failure("connection refused"));
    }

    private Step check(String server, boolean up, Outcome outcome) {
        CheckKey key = servers.checks().stream().map(Wanted::key).filter(one -> one.server().contains(server))
                .findFirst().orElseThrow();
        servers.checked(new Checked(key, up, outcome, up ? 0 : 2, now().wall(), Duration.ZERO), now());
        return servers.step(now());
    }

    private Step tick(long connections) {
        servers.tick(Map.of(service(), new Present(Map.of(new ServerAddress(IpAddress.parse("10.0.1.2"), 80),
                new PresentServer(0, connections, 0)), Set.of())), now());
        return servers.step(now());
    }

    private Step mend(Map<Service, Present> present) {
        servers.mend(present);
        return servers.step(now());
    }

    private Service service() {
        return servers.pools().iterator().next().conf().services().getFirst();
    }

    private Step hand(String server, @Nullable Hand said) {
        Pool pool = servers.pools().iterator().next();
        Member member = pool.members().stream().filter(one -> one.address().address().toString().equals(server))
                .findFirst().orElseThrow();
        servers.hand(pool, member, said, now());
        return servers.step(now());
    }

    @Test
    void serversAreInServiceFromTheStart() {
        assertThat(configure(WEB + FIRST + SECOND + "}")).containsExactly(
                "set timeouts: tcp 0 s, tcpfin 0 s, udp 0 s (0: as it was)",
                "add service [10.0.0.1]:tcp:80, scheduler rr",
                "add server 10.0.1.1:80 to [10.0.0.1]:tcp:80, DR, weight 1",
                "add server 10.0.1.2:80 to [10.0.0.1]:tcp:80, DR, weight 1");
    }

    private static String fullNat(String addresses, String settings) {
        return "local_address_group outside {\n" + addresses + "}\n" + WEB.replace("lb_kind DR", "lb_kind FNAT")
                + "laddr_group_name outside\n" + settings + FIRST.replace("10.0.1.1 80", "10.0.1.1 8080") + "}";
    }

    @Test
    void underFullNatLocalAddressesComeBeforeServersAndAReloadTouchesOnlyWhatIsOther() {
        assertThat(configure(fullNat("10.1.0.1 dpdk0\n", ""))).containsExactly(
                "set timeouts: tcp 0 s, tcpfin 0 s, udp 0 s (0: as it was)",
                "add service [10.0.0.1]:tcp:80, scheduler rr",
                "add local address 10.1.0.1 to [10.0.0.1]:tcp:80",
                "add server 10.0.1.1:8080 to [10.0.0.1]:tcp:80, FNAT, weight 1");
        assertThat(configure(fullNat("10.1.0.1\n", ""))).isEmpty();
        assertThat(configure(fullNat("10.1.0.1-3\n", ""))).containsExactly(
                "add local address 10.1.0.2 to [10.0.0.1]:tcp:80", "add local address 10.1.0.3 to [10.0.0.1]:tcp:80");
        assertThat(configure(fullNat("10.1.0.3\n10.1.0.2\n", "")))
                .containsExactly("remove local address 10.1.0.1 from [10.0.0.1]:tcp:80");
        assertThat(configure(fullNat("10.1.0.3\n10.1.0.2\n", "proxy_protocol v2\n")))
                .containsExactly("change service [10.0.0.1]:tcp:80");
        assertThat(configure("")).as("its connections need their local addresses still")
                .containsExactly("change server 10.0.1.1:8080 of [10.0.0.1]:tcp:80: FNAT, draining");
    }

    @Test
    void aLocalAddressThatSomebodyElseRemovedOrAddedIsADifference() {
        configure(fullNat("10.1.0.1\n", ""));
        Present there = new Present(Map.of(new ServerAddress(IpAddress.parse("10.0.1.1"), 8080),
                new PresentServer(1, 0, 0)), Set.of(IpAddress.parse("10.1.0.2")));
        assertThat(servers.differences(Map.of(service(), there))).containsExactly(
                "local address 10.1.0.1 of [10.0.0.1]:tcp:80 was removed",
                "local address 10.1.0.2 of [10.0.0.1]:tcp:80 was added");
    }

    @Test
    void aLocalAddressThatCouldNotBeAddedIsTriedAgain() {
        dataplane = order -> order instanceof Balancer.AddLocalAddress ? new Failed("no") : new Done();
        configure(fullNat("10.1.0.1\n", ""));
        dataplane = _ -> new Done();
        Present there = new Present(Map.of(), Set.of());
        assertThat(done(mend(Map.of(service(), there)), true))
                .containsExactly("add local address 10.1.0.1 to [10.0.0.1]:tcp:80");
    }

    @Test
    void underAlphaTheyComeWhenTheirCheckHasSucceeded() {
        assertThat(configure(WEB + "alpha\n" + FIRST + SECOND + "}")).noneMatch(line -> line.startsWith("add server"));
        assertThat(done(check("10.0.1.1", true)))
                .containsExactly("add server 10.0.1.1:80 to [10.0.0.1]:tcp:80, DR, weight 1");
    }

    @Test
    void whatHappensTogetherIsDoneTogether() {
        configure(WEB + FIRST + SECOND + "}");
        for (Wanted wanted : servers.checks()) {
            servers.checked(new Checked(wanted.key(), false, new Outcome.Failure("connection refused"), 2, now().wall(),
                    Duration.ZERO), now());
        }
        assertThat(done(servers.step(now()))).hasSize(2).allMatch(line -> line.startsWith("remove server"));
        assertThat(servers.step(now()).isEmpty()).isTrue();
    }

    @Test
    void whatFailsLeavesAndWhatRecoversReturns() {
        configure(WEB + FIRST + SECOND + "}");
        Step down = check("10.0.1.2", false);
        assertThat(told(down)).containsExactly(
                "real server [10.0.1.2]:tcp:80 of [10.0.0.1]:tcp:80 is down: TCP_CHECK: connection refused");
        assertThat(done(down)).containsExactly("remove server 10.0.1.2:80 from [10.0.0.1]:tcp:80");
        assertThat(check("10.0.1.2", false).isEmpty()).isTrue();
        assertThat(done(check("10.0.1.2", true)))
                .containsExactly("add server 10.0.1.2:80 to [10.0.0.1]:tcp:80, DR, weight 1");
    }

    @Test
    void anInhibitedServerStaysWithWeightZero() {
        configure(WEB + "inhibit_on_failure\n" + FIRST + "}");
        assertThat(done(check("10.0.1.1", false)))
                .containsExactly("change server 10.0.1.1:80 of [10.0.0.1]:tcp:80: DR, weight 0");
        assertThat(done(check("10.0.1.1", true)))
                .containsExactly("change server 10.0.1.1:80 of [10.0.0.1]:tcp:80: DR, weight 1");
    }

    @Test
    void ofSeveralChecksAllMustSucceed() {
        configure(WEB + "real_server 10.0.1.1 80 {\nTCP_CHECK {\n}\nTCP_CHECK {\nconnect_port 81\n}\n}\n}");
        List<CheckKey> keys = servers.checks().stream().map(Wanted::key).toList();
        assertThat(keys).hasSize(2).doesNotHaveDuplicates();
        List<Boolean> changes = List.of(run(keys.get(0), false), run(keys.get(1), false), run(keys.get(0), true),
                run(keys.get(1), true));
        assertThat(changes).containsExactly(true, false, false, true);
    }

    /** Whether the dataplane changed. */
    private boolean run(CheckKey key, boolean up) {
        servers.checked(new Checked(key, up, up ? new Outcome.Success("") : new Outcome.Failure(""), 1, now().wall(),
                Duration.ZERO), now());
        return !done(servers.step(now())).isEmpty();
    }

    @Test
    void withoutQuorumTheSorryServerServesAlone() {
        configure(WEB + "quorum 2\nsorry_server 10.0.1.9 80\n" + FIRST + SECOND + "}");
        Step lost = check("10.0.1.2", false);
        assertThat(told(lost)).last().asString()
                .isEqualTo("virtual server [10.0.0.1]:tcp:80 lost quorum 2-0=2 > 1: its sorry server serves");
        assertThat(done(lost)).containsExactly("add server 10.0.1.9:80 to [10.0.0.1]:tcp:80, DR, weight 1",
                "remove server 10.0.1.1:80 from [10.0.0.1]:tcp:80",
                "remove server 10.0.1.2:80 from [10.0.0.1]:tcp:80");
        Step gained = check("10.0.1.2", true);
        assertThat(told(gained)).last().asString().contains("gained quorum 2+0=2 <= 2");
        assertThat(done(gained)).containsExactly("add server 10.0.1.1:80 to [10.0.0.1]:tcp:80, DR, weight 1",
                "add server 10.0.1.2:80 to [10.0.0.1]:tcp:80, DR, weight 1",
                "remove server 10.0.1.9:80 from [10.0.0.1]:tcp:80");
    }

    @Test
    void hysteresisIsInTheWayOfBothChanges() {
        configure(WEB + "quorum 2\nhysteresis 1\n" + FIRST + SECOND + SECOND.replace("1.2", "1.3") + "}");
        Pool pool = servers.pools().iterator().next();
        assertThat(pool.quorumUp()).isTrue();
        done(check("10.0.1.1", false));
        done(check("10.0.1.2", false));
        assertThat(pool.quorumUp()).as("1 of 3, and 2 - 1 are needed to keep it").isTrue();
        done(check("10.0.1.3", false));
        assertThat(pool.quorumUp()).isFalse();
        done(check("10.0.1.1", true));
        done(check("10.0.1.2", true));
        assertThat(pool.quorumUp()).as("2 of 3, and 2 + 1 are needed to gain it").isFalse();
        done(check("10.0.1.3", true));
        assertThat(pool.quorumUp()).isTrue();
    }

    @Test
    void aReloadThatChangesNothingDoesNothing() {
        configure(WEB + FIRST + SECOND + "}");
        done(check("10.0.1.2", false));
        List<Wanted> checks = servers.checks();
        servers.configure(read("! again\n" + WEB + FIRST + SECOND + "}"), now());
        Step step = servers.step(now());
        assertThat(step.isEmpty()).as(step.toString()).isTrue();
        assertThat(servers.checks()).isEqualTo(checks);
    }

    @Test
    void aReloadChangesWhatIsOtherwiseAlone() {
        configure(WEB + FIRST + SECOND + "}");
        assertThat(configure(WEB.replace("rr", "wlc") + FIRST.replace("TCP_CHECK", "weight 5\nTCP_CHECK") + SECOND
                + SECOND.replace("1.2", "1.3") + "}")).containsExactly("change service [10.0.0.1]:tcp:80",
                        "change server 10.0.1.1:80 of [10.0.0.1]:tcp:80: DR, weight 5",
                        "add server 10.0.1.3:80 to [10.0.0.1]:tcp:80, DR, weight 1");
    }

    @Test
    void aServerThatTheFileLostDrainsAndLeaves() {
        configure(WEB + FIRST + SECOND + "}");
        assertThat(configure(WEB + FIRST + "}"))
                .containsExactly("change server 10.0.1.2:80 of [10.0.0.1]:tcp:80: DR, draining");
        after(Duration.ofSeconds(10));
        assertThat(done(tick(3))).isEmpty();
        assertThat(done(tick(0))).containsExactly("remove server 10.0.1.2:80 from [10.0.0.1]:tcp:80");
        assertThat(servers.waits()).isFalse();
    }

    @Test
    void aServerThatNatDoesNotReachHasThePortOfItsService() {
        String other = SECOND.replace("1.2 80", "1.2 8080");
        configure(WEB + FIRST + other + "}");
        configure(WEB + FIRST + "}");
        assertThat(done(tick(3))).isEmpty();
        assertThat(done(tick(0))).containsExactly("remove server 10.0.1.2:80 from [10.0.0.1]:tcp:80");
    }

    @Test
    void whatSomebodyElseChangedIsSaid() {
        configure(WEB + FIRST + SECOND + "}");
        Service web = service();
        assertThat(servers.differences(Map.of(web, new Present(Map.of(
                new ServerAddress(IpAddress.parse("10.0.1.1"), 80), new PresentServer(5, 0, 0),
                new ServerAddress(IpAddress.parse("10.0.1.3"), 80), new PresentServer(1, 0, 0)), Set.of()))))
                .containsExactlyInAnyOrder("server 10.0.1.1:80 of [10.0.0.1]:tcp:80 has weight 5, was set to 1",
                        "server 10.0.1.2:80 of [10.0.0.1]:tcp:80 was removed",
                        "server 10.0.1.3:80 of [10.0.0.1]:tcp:80 was added");
        assertThat(servers.differences(Map.of())).containsExactly("service [10.0.0.1]:tcp:80 was removed");
    }

    @Test
    void itLeavesWithItsConnectionsWhenTheTimeIsUp() {
        configure(WEB + FIRST + SECOND + "}");
        configure(WEB + FIRST + "}");
        after(Duration.ofMinutes(5));
        assertThat(done(tick(3))).containsExactly("remove server 10.0.1.2:80 from [10.0.0.1]:tcp:80");
    }

    @Test
    void oneThatIsDownLeavesAtOnce() {
        configure(WEB + "inhibit_on_failure\n" + FIRST + SECOND + "}");
        done(check("10.0.1.2", false));
        assertThat(configure(WEB + "inhibit_on_failure\n" + FIRST + "}"))
                .containsExactly("remove server 10.0.1.2:80 from [10.0.0.1]:tcp:80");
    }

    @Test
    void aServiceThatTheFileLostGoesWithTheLastOfItsServers() {
        configure(WEB + SECOND + "}");
        assertThat(configure("")).containsExactly("change server 10.0.1.2:80 of [10.0.0.1]:tcp:80: DR, draining");
        assertThat(done(tick(0))).containsExactly("remove service [10.0.0.1]:tcp:80");
        assertThat(servers.pools()).isEmpty();
    }

    @Test
    void withoutDrainTimeItGoesAtOnce() {
        configure("global_defs {\ndrain_timeout 0\n}\n" + WEB + SECOND + "}");
        assertThat(configure("global_defs {\ndrain_timeout 0\n}\n")).contains("remove service [10.0.0.1]:tcp:80");
    }

    @Test
    void whatOperatorsRemoveStaysAway() {
        configure(WEB + FIRST + SECOND + "}");
        dataplane = _ -> new NotThere();
        done(check("10.0.1.2", false));
        done(check("10.0.1.2", true));
        assertThat(servers.failed()).isEqualTo(1);
        assertThat(mend(Map.of()).orders()).as("the service is still away").isEmpty();
        assertThat(configure(WEB + FIRST + SECOND + "}")).as("nothing but what failed")
                .containsExactly("add server 10.0.1.2:80 to [10.0.0.1]:tcp:80, DR, weight 1");
    }

    @Test
    void whatFailedIsMendedLater() {
        dataplane = order -> order instanceof Balancer.AddServer ? new Failed("no memory") : new Done();
        configure(WEB + FIRST + "}");
        assertThat(servers.failed()).isEqualTo(1);
        dataplane = _ -> new Done();
        assertThat(done(mend(Map.of(service(), new Present(Map.of(), Set.of()))), true))
                .containsExactly("add server 10.0.1.1:80 to [10.0.0.1]:tcp:80, DR, weight 1");
        assertThat(servers.mended()).isEqualTo(1);
        assertThat(mend(Map.of()).orders()).isEmpty();
    }

    @Test
    void aWeightByHandSurvivesAReloadUntilTheFileSaysOtherwise() {
        configure(WEB + FIRST + "}");
        assertThat(done(hand("10.0.1.1", new Hand.Weight(7, 1, now().wall()))))
                .containsExactly("change server 10.0.1.1:80 of [10.0.0.1]:tcp:80: DR, weight 7");
        assertThat(configure(WEB + FIRST + "}")).isEmpty();
        assertThat(configure(WEB + FIRST.replace("TCP_CHECK", "weight 3\nTCP_CHECK") + "}"))
                .containsExactly("change server 10.0.1.1:80 of [10.0.0.1]:tcp:80: DR, weight 3");
    }

    @Test
    void aServerThatIsDrainedByHandStaysAwayUntilItIsEnabled() {
        configure(WEB + FIRST + SECOND + "}");
        assertThat(done(hand("10.0.1.2", new Hand.Drained(Long.MAX_VALUE, false, now().wall()))))
                .containsExactly("change server 10.0.1.2:80 of [10.0.0.1]:tcp:80: DR, draining");
        assertThat(done(tick(0))).containsExactly("remove server 10.0.1.2:80 from [10.0.0.1]:tcp:80");
        assertThat(configure(WEB + FIRST + SECOND + "}")).isEmpty();
        done(check("10.0.1.2", false));
        done(check("10.0.1.2", true));
        assertThat(done(hand("10.0.1.2", null)))
                .containsExactly("add server 10.0.1.2:80 to [10.0.0.1]:tcp:80, DR, weight 1");
    }

    @Test
    void oneThatIsDisabledByHandCountsForNoQuorum() {
        configure(WEB + "sorry_server 10.0.1.9 80\n" + FIRST + "}");
        assertThat(done(hand("10.0.1.1", new Hand.Disabled(now().wall()))))
                .containsExactly("add server 10.0.1.9:80 to [10.0.0.1]:tcp:80, DR, weight 1",
                        "remove server 10.0.1.1:80 from [10.0.0.1]:tcp:80");
    }

    @Test
    void theWeightOfAServerThatCameBackGrows() {
        configure(WEB + "slow_start 10\n" + FIRST.replace("TCP_CHECK", "weight 10\nTCP_CHECK") + SECOND + "}");
        done(check("10.0.1.1", false));
        assertThat(done(check("10.0.1.1", true)))
                .containsExactly("add server 10.0.1.1:80 to [10.0.0.1]:tcp:80, DR, weight 1");
        after(Duration.ofSeconds(5));
        assertThat(done(tick(0))).containsExactly("change server 10.0.1.1:80 of [10.0.0.1]:tcp:80: DR, weight 5");
        after(Duration.ofSeconds(5));
        assertThat(done(tick(0))).containsExactly("change server 10.0.1.1:80 of [10.0.0.1]:tcp:80: DR, weight 10");
        assertThat(servers.waits()).isFalse();
    }

    @Test
    void aScriptSetsTheWeight() {
        configure(
                WEB + "real_server 10.0.1.1 80 {\nweight 3\nMISC_CHECK {\nmisc_path /bin/true\nmisc_dynamic\n}\n}\n}");
        assertThat(done(check("10.0.1.1", true, new Outcome.Weighted(42, false, "exited with status 44"))))
                .containsExactly("change server 10.0.1.1:80 of [10.0.0.1]:tcp:80: DR, weight 42");
    }

    @Test
    void severalScriptsAddUp() {
        String script = "MISC_CHECK {\nmisc_path /bin/true\nmisc_dynamic\n}\n";
        configure(WEB + "real_server 10.0.1.1 80 {\nweight 5\n" + script + script + "}\n}");
        List<CheckKey> keys = servers.checks().stream().map(Wanted::key).toList();
        for (int i = 0; i < 2; i++) {
            servers.checked(new Checked(keys.get(i), true, new Outcome.Weighted(10 + 10 * i, false, ""), 0,
                    now().wall(), Duration.ZERO), now());
        }
        assertThat(done(servers.step(now())))
                .containsExactly("change server 10.0.1.1:80 of [10.0.0.1]:tcp:80: DR, weight 25");
    }

    @Test
    void aGroupsMembersHaveTheSameServers() {
        assertThat(configure("virtual_server_group g {\n10.0.0.1-2 80\nfwmark 5\n}\n"
                + WEB.replace("10.0.0.1 80", "group g") + FIRST + "}"))
                .filteredOn(line -> line.startsWith("add server"))
                .hasSize(3).allMatch(line -> line.contains("10.0.1.1:80 to "));
    }

    @Test
    void mailTellsOfServersAndOfCheckersUnlessThatIsNotWanted() {
        String twoChecks = WEB + "smtp_alert\nreal_server 10.0.1.1 80 {\nTCP_CHECK {\n}\nPING_CHECK {\n}\n}\n" + SECOND
                + "}";
        configure(twoChecks);
        assertThat(mails(check("10.0.1.1", false))).containsExactly("=> TCP CHECK failed on service <=");
        assertThat(mails(second(false))).containsExactly("=> ICMP CHECK failed on service <=");
        configure("global_defs {\nno_checker_emails\n}\n" + twoChecks);
        assertThat(mails(second(true))).isEmpty();
        assertThat(mails(check("10.0.1.1", true))).containsExactly("=> TCP CHECK succeed on service <=");
    }

    private Step second(boolean up) {
        CheckKey key = servers.checks().get(1).key();
        servers.checked(new Checked(key, up, new Outcome.Failure(""), 1, now().wall(), Duration.ZERO), now());
        return servers.step(now());
    }

    private static List<String> mails(Step step) {
        return step.notices().stream().flatMap(notice -> Stream.ofNullable(switch (notice) {
            case Notice.OfServer of -> of.mail();
            case Notice.OfChecker of -> of.mail();
            case Notice.OfQuorum of -> of.mail();
            case Notice.Remark _ -> null;
        })).toList();
    }

    @Test
    void onlyWithOmegaTheEndIsTold() {
        configure(WEB + "omega\n" + FIRST + "}\n" + WEB.replace(" 80", " 81") + SECOND + "}");
        servers.stop();
        Step end = servers.step(now());
        assertThat(told(end)).hasSize(2).allMatch(text -> text.contains("[10.0.0.1]:tcp:80"));
        assertThat(done(end)).containsExactly("remove service [10.0.0.1]:tcp:80", "remove service [10.0.0.1]:tcp:81");
    }
}
