package dev.weir.lbctl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.client.ControlMessage;
import dev.weir.lvs.Operator;
import dev.weir.lvs.ServerPattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LbCtlTest {
    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
    private static final String SERVER = "[10.1.0.1]:tcp:80";
    private static final String SERVICE = "[192.168.11.121]:tcp:80";

    private final Half half = new Half();
    private final LbCtl lbCtl = new LbCtl(null, List::of, Map.of("sysctl",
            (arguments, stdin) -> new ControlMessage.Answer(0, "sysctl " + arguments + "\n", "")));

    /** Notes what is asked of it, and answers as it is told. */
    private static final class Half implements Operator {
        private final List<String> asked = new ArrayList<>();
        private Reloaded reloaded = new Reloaded(true, List.of(), List.of());
        private Answer answer = new Answer(List.of(new Change(SERVICE, SERVER, "draining, 12 connections")), null);

        @Override
        public Status status() {
            return new Status("/etc/keepalived/keepalived.conf", NOON, NOON.plusSeconds(60), 2,
                    List.of(new InstanceStatus("VI_1", "MASTER", NOON, 100)),
                    List.of(new ServiceStatus(SERVICE, "rr", true, NOON, 1, 1, false, false, List.of(
                            new ServerStatus(SERVER, ServerState.UP, "all checks succeed", NOON, 1, 3, 5, 7, "weight 1",
                                    List.of(new CheckStatus("TCP_CHECK", true, "connected", NOON, Duration.ofMillis(3),
                                            0))),
                            new ServerStatus("[10.1.0.2]:tcp:80", ServerState.DOWN, "TCP_CHECK: connection refused",
                                    NOON, 0, 0, 0, 0, null,
                                    List.of(new CheckStatus("TCP_CHECK", false, "connection refused", NOON,
                                            Duration.ZERO, 4),
                                            new CheckStatus("PING_CHECK", true, null, null, Duration.ZERO, 0)))))),
                    List.of(SERVICE + " " + SERVER + " has weight 9"));
        }

        @Override
        public Reloaded reload() {
            asked.add("reload");
            return reloaded;
        }

        @Override
        public Answer drain(ServerPattern servers, @Nullable Duration limit) {
            asked.add("drain " + servers + " " + limit);
            return answer;
        }

        @Override
        public Answer disable(ServerPattern servers) {
            asked.add("disable " + servers);
            return answer;
        }

        @Override
        public Answer enable(ServerPattern servers) {
            asked.add("enable " + servers);
            return answer;
        }

        @Override
        public Answer weight(ServerPattern servers, int weight) {
            asked.add("weight " + servers + " " + weight);
            return answer;
        }
    }

    private ControlMessage.Answer run(String line) {
        lbCtl.operator(half);
        return lbCtl.run(List.of(line.split(" ", -1)), "");
    }

    @Test
    void statusSaysWhyAServerIsUpOrDownSinceWhenAndWhatItsChecksSaw() {
        assertThat(StatusListing.of(half.status(), java.time.ZoneOffset.UTC)).isEqualTo(
                """
                        /etc/keepalived/keepalived.conf, taken over 2026-11-21 12:01:00, running since 2026-11-21 12:00:00; mended 2 times
                        instance VI_1: MASTER since 2026-11-21 12:00:00, priority 100

                        [192.168.11.121]:tcp:80 rr: up since 2026-11-21 12:00:00, weight 1 of quorum 1
                          [10.1.0.1]:tcp:80: up since 2026-11-21 12:00:00, weight 1 (configured: 3), 5 active and 7 inactive connections; by hand: weight 1
                            because: all checks succeed
                            TCP_CHECK: up, asked 2026-11-21 12:00:00, took 3 ms: connected
                          [10.1.0.2]:tcp:80: down since 2026-11-21 12:00:00, weight 0, 0 active and 0 inactive connections
                            because: TCP_CHECK: connection refused
                            TCP_CHECK: down, asked 2026-11-21 12:00:00, took 0 ms, failed 4 times in a row: connection refused
                            PING_CHECK: counts as up, not asked yet

                        changed by others, and left so:
                          [192.168.11.121]:tcp:80 [10.1.0.1]:tcp:80 has weight 9
                        """);
        assertThat(run("status").stdout()).contains("because: all checks succeed");
    }

    @Test
    void statusIsAnObjectOfJsonToo() {
        assertThat(run("status --json").stdout())
                .startsWith("{\"config\":\"/etc/keepalived/keepalived.conf\",\"started\":\"2026-11-21T12:00:00Z\"")
                .contains("\"instances\":[{\"name\":\"VI_1\",\"state\":\"MASTER\",\"since\":\"2026-11-21T12:00:00Z\","
                        + "\"priority\":100}]",
                        "\"state\":\"down\",\"why\":\"TCP_CHECK: connection refused\"", "\"by_hand\":\"weight 1\"",
                        "{\"kind\":\"PING_CHECK\",\"up\":true,\"took_ms\":0,\"failures\":0}",
                        "\"differences\":[\"[192.168.11.121]:tcp:80 [10.1.0.1]:tcp:80 has weight 9\"]")
                .endsWith("}\n");
    }

    @ParameterizedTest
    @CsvSource({"drain 10.1.0.1, drain 10.1.0.1 null", "drain 10.1.0.1:80 --for 5m, drain 10.1.0.1:80 PT5M",
            "drain --for 90 10.1.0.1, drain 10.1.0.1 PT1M30S",
            "drain --for=1h30m [fd00::1]:80, drain [fd00::1]:80 PT1H30M",
            "disable farm/10.1.0.1, disable farm/10.1.0.1", "enable 10.1.0.1, enable 10.1.0.1",
            "weight 10.1.0.1 5, weight 10.1.0.1 5", "reload, reload"})
    void commandsReachTheHalfOfKeepalivedConf(String line, String asked) {
        assertThat(run(line).exit()).isZero();
        assertThat(half.asked).containsExactly(asked);
    }

    @Test
    void whatWasChangedIsSaid() {
        assertThat(run("drain 10.1.0.1"))
                .isEqualTo(
                        new ControlMessage.Answer(0, SERVER + " of " + SERVICE + ": draining, 12 connections\n", ""));
        assertThat(run("--json drain 10.1.0.1").stdout()).isEqualTo("{\"changed\":[{\"service\":\"" + SERVICE
                + "\",\"server\":\"" + SERVER + "\",\"what\":\"draining, 12 connections\"}]}\n");
    }

    @Test
    void aServerThatNobodyHasIsAMistake() {
        half.answer = new Operator.Answer(List.of(), null);
        assertThat(run("drain 10.1.0.9")).isEqualTo(new ControlMessage.Answer(1, "",
                "lb-ctl: no service has a server 10.1.0.9; lb-ctl status lists them\n"));
        assertThat(run("drain 10.1.0.9 --json").exit()).isEqualTo(1);
    }

    @Test
    void reloadPrintsWhatWasDone() {
        half.reloaded = new Operator.Reloaded(true, List.of("added " + SERVER), List.of());
        assertThat(run("reload")).isEqualTo(new ControlMessage.Answer(0, "added " + SERVER + "\n", ""));
        half.reloaded = new Operator.Reloaded(true, List.of(), List.of());
        assertThat(run("reload")).isEqualTo(new ControlMessage.Answer(0, "nothing to do\n", ""));
    }

    @Test
    void reloadOfAFileWithMistakesSaysWhereTheyAreAndFails() {
        half.reloaded = new Operator.Reloaded(false, List.of(), List.of("keepalived.conf:3: no such directive: vip"));
        assertThat(run("reload")).isEqualTo(new ControlMessage.Answer(1, "", """
                keepalived.conf:3: no such directive: vip
                lb-ctl: the file is not taken over; all goes on as before
                """));
        assertThat(run("reload --json")).isEqualTo(new ControlMessage.Answer(1,
                "{\"taken\":false,\"actions\":[],\"problems\":[\"keepalived.conf:3: no such directive: vip\"]}\n", ""));
    }

    @Test
    void withoutKeepalivedConfThereIsNobodyToAsk() {
        ControlMessage.Answer answer = lbCtl.run(List.of("drain", "10.1.0.1"), "");
        assertThat(answer.exit()).isEqualTo(1);
        assertThat(answer.stderr()).contains("no keepalived.conf");
        assertThat(lbCtl.run(List.of("status"), "").exit()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"drain", "drain web1", "drain 10.1.0.1 --for x", "drain 10.1.0.1 --for", "weight 10.1.0.1",
            "weight 10.1.0.1 65536", "weight 10.1.0.1 -1", "weight 10.1.0.1 x", "status x", "reload now",
            "remove 10.1.0.1",
            "drain 10.1.0.1 --for -5m"})
    void aWrongCommandLineAsksNothingAndSaysWhatItShouldBe(String line) {
        ControlMessage.Answer answer = run(line);
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.stderr()).startsWith("lb-ctl: ");
        assertThat(half.asked).isEmpty();
    }

    @Test
    void sysctlIsLbSysctl() {
        assertThat(run("sysctl expire_nodest_conn").stdout()).isEqualTo("sysctl [expire_nodest_conn]\n");
    }
}
