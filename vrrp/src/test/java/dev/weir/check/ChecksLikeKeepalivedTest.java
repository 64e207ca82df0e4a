package dev.weir.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.bfd.SessionStates;
import dev.weir.conf.Configuration;
import dev.weir.notify.ScriptRunner;
import dev.weir.vrrp.Configurations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debian's keepalived and Weir check servers that answer by one script, each its own: they ask at the same times, and servers
 * come and go after the same answers. keepalived runs without IPVS: no-ipvs.c stands in for it.
 */
@Tag("root")
@Timeout(120)
class ChecksLikeKeepalivedTest {
    private static final Path KEEPALIVED = Path.of("/usr/sbin/keepalived");
    private static final Path SHIM = Path.of("src/test/resources/keepalived/no-ipvs.c");
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(13);
    private static final long TOLERANCE_MILLIS = 250;
    /** A machine that stands still for a while makes one of the two late; what differs each time is a difference. */
    private static final int ATTEMPTS = 3;
    private static final Pattern CHANGE = Pattern
            .compile(
                    "(Adding|Removing) service \\[127\\.0\\.0\\.1\\]:tcp:([0-9]+) (?:to|from) VS \\[10\\.0\\.0\\.([0-9]+)\\]");

    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario("TCP_CHECK", "+-+--+---+", "retry 1"),
            new Scenario("TCP_CHECK", "-----+---+", "retry 2"),
            new Scenario("TCP_CHECK", "---+--", "retry 1\nalpha"),
            new Scenario("TCP_CHECK", "+-+-+", "retry 0"),
            new Scenario("UDP_CHECK", "+-----+-+", "retry 2\npayload 010000\nrequire_reply 01"),
            new Scenario("UDP_CHECK", "--+--", "retry 1\nalpha\npayload 010000\nrequire_reply 01"),
            new Scenario("DNS_CHECK", "--+---+", "retry 2"),
            new Scenario("SMTP_CHECK", "---+--+", "retry 1"),
            new Scenario("SMTP_CHECK", "+-+--+", "retry 1\nalpha"),
            new Scenario("MISC_CHECK", "+-+--+", "retry 1"),
            new Scenario("MISC_CHECK", "--+-", "alpha"),
            new Scenario("HTTP_GET", "+---+++", "retry 1\nurl {\npath /\n}"),
            new Scenario("HTTP_GET", "-+--++", "retry 1\nurl {\npath /\n}"),
            new Scenario("HTTP_GET", "+++-++", "retry 0\nfast_recovery\nurl {\npath /a\n}\nurl {\npath /b\n}"));

    private final List<AutoCloseable> open = new ArrayList<>();
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private record Scenario(String kind, String script, String settings) {
        @Override
        public String toString() {
            return kind + " " + script + " " + settings.replace('\n', ' ');
        }
    }

    /** What keepalived's server saw of a scenario, and what Weir's did. */
    private record Comparison(Scenario scenario, String keepalived, String weir) {
        boolean differs() {
            return !keepalived.equals(weir);
        }
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
        open.clear();
    }

    @Test
    void serversAreAskedAtTheSameTimesAndComeAndGoAlike() throws Exception {
        if (!"true".equals(System.getenv("CI"))) {
            assumeTrue(Files.exists(KEEPALIVED) && Files.exists(Path.of("/usr/bin/gcc")),
                    "needs keepalived and gcc: apt install keepalived gcc libc6-dev");
        }
        List<Comparison> differing = compare(SCENARIOS);
        for (int attempt = 1; attempt < ATTEMPTS && !differing.isEmpty(); attempt++) {
            end();
            differing = compare(differing.stream().map(Comparison::scenario).toList());
        }
        assertThat(said(differing, Comparison::weir)).isEqualTo(said(differing, Comparison::keepalived));
    }

    private static String said(List<Comparison> comparisons, Function<Comparison, String> of) {
        return comparisons.stream().map(one -> one.scenario() + ": " + of.apply(one)).collect(Collectors.joining("\n"));
    }

    /** @return where they differ */
    private List<Comparison> compare(List<Scenario> scenarios) throws Exception {
        List<ScriptedServer> theirs = servers(scenarios);
        List<ScriptedServer> ours = servers(scenarios);
        Path log = keepalived(file(scenarios, theirs));
        Map<Integer, StringBuilder> changes = weir(scenarios, file(scenarios, ours));
        long end = System.nanoTime() + LONGEST;
        while (System.nanoTime() < end && !(haveAsked(scenarios, theirs) && haveAsked(scenarios, ours))) {
            Thread.sleep(50);
        }
        List<Comparison> comparisons = new ArrayList<>();
        for (int i = 0; i < scenarios.size(); i++) {
            Scenario scenario = scenarios.get(i);
            List<Long> wanted = gaps(theirs.get(i), scenario);
            List<Long> gaps = gaps(ours.get(i), scenario);
            comparisons.add(new Comparison(scenario, wanted + " " + changes(log, i + 1),
                    alike(gaps, wanted) + " " + changes.getOrDefault(i + 1, new StringBuilder())));
        }
        return comparisons.stream().filter(Comparison::differs).toList();
    }

    private List<ScriptedServer> servers(List<Scenario> scenarios) throws IOException {
        List<ScriptedServer> servers = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            ScriptedServer server = new ScriptedServer(scenario.kind(), scenario.script(), folder);
            open.add(server);
            servers.add(server);
        }
        return servers;
    }

    private static String file(List<Scenario> scenarios, List<ScriptedServer> servers) {
        StringBuilder text = new StringBuilder("global_defs {\nscript_user root\n}\n");
        for (int i = 0; i < servers.size(); i++) {
            ScriptedServer server = servers.get(i);
            Scenario scenario = scenarios.get(i);
            String more = scenario.kind().equals("MISC_CHECK")
                    ? "misc_path \"" + server.script() + "\"\n"
                    : "connect_timeout 2\n";
            text.append("""
                    virtual_server 10.0.0.%d %d {
                        protocol TCP
                        lb_algo rr
                        lb_kind NAT
                        delay_loop 1
                        delay_before_retry 0.4
                        warmup 0
                        real_server 127.0.0.1 %d {
                            %s {
                                %s%s
                            }
                        }
                    }
                    """.formatted(i + 1, server.port(), server.port(), scenario.kind(), more,
                    scenario.settings()));
        }
        return text.toString();
    }

    /** @return its log */
    private Path keepalived(String text) throws IOException, InterruptedException {
        Path shim = folder.resolve("no-ipvs.so");
        Path conf = Files.writeString(folder.resolve("keepalived.conf"), text);
        Path log = folder.resolve("log");
        Process gcc = new ProcessBuilder("gcc", "-shared", "-fPIC", "-o", shim.toString(), SHIM.toString())
                .redirectErrorStream(true).start();
        String said = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(gcc.waitFor()).as(said).isZero();
        Process process = new ProcessBuilder("unshare", "-m", "sh", "-c",
                "mount -t tmpfs none /run && LD_PRELOAD=" + shim + " exec " + KEEPALIVED + " -C -n -l -D -f " + conf)
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        open.add(() -> {
            process.destroy();
            if (!process.waitFor(Duration.ofSeconds(8))) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        });
        return log;
    }

    /** @return by the number of the scenario, + where its server came up and - where it went down */
    private Map<Integer, StringBuilder> weir(List<Scenario> scenarios, String text) {
        Map<Integer, StringBuilder> changes = new ConcurrentHashMap<>();
        Map<Integer, Boolean> states = new ConcurrentHashMap<>();
        ScriptRunner runner = new ScriptRunner();
        open.add(runner);
        Checks checks = new Checks(new Checks.Surroundings(runner, null, new SessionStates(), new Random(1)),
                checked -> {
                    int number = Integer
                            .parseInt(checked.key().service().replaceAll("^\\[10\\.0\\.0\\.([0-9]+)\\].*", "$1"));
                    Boolean before = states.put(number, checked.up());
                    boolean was = before != null ? before : !scenarios.get(number - 1).settings().contains("alpha");
                    if (was != checked.up()) {
                        changes.computeIfAbsent(number, _ -> new StringBuilder()).append(checked.up() ? '+' : '-');
                    }
                });
        open.add(checks);
        Configuration configuration = Configurations.read(text);
        List<Wanted> wanted = ChecksTest.wanted(configuration);
        assertThat(wanted).hasSameSizeAs(scenarios);
        checks.configure(wanted, configuration);
        return changes;
    }

    private static boolean haveAsked(List<Scenario> scenarios, List<ScriptedServer> servers) throws IOException {
        for (int i = 0; i < servers.size(); i++) {
            // One more shows the last pause, and that the last answer has arrived.
            if (servers.get(i).asked().size() <= scenarios.get(i).script().length()) {
                return false;
            }
        }
        return true;
    }

    private static List<Long> gaps(ScriptedServer server, Scenario scenario) throws IOException {
        List<Long> asked = server.asked();
        List<Long> gaps = new ArrayList<>();
        for (int i = 0; i + 1 < asked.size() && i < scenario.script().length(); i++) {
            gaps.add(TimeUnit.NANOSECONDS.toMillis(asked.get(i + 1) - asked.get(i)));
        }
        return gaps;
    }

    /** The same where each is about the same, so that what is shown differs only where they do. */
    private static List<Long> alike(List<Long> gaps, List<Long> wanted) {
        List<Long> alike = new ArrayList<>();
        for (int i = 0; i < gaps.size(); i++) {
            boolean same = i < wanted.size() && Math.abs(gaps.get(i) - wanted.get(i)) <= TOLERANCE_MILLIS;
            alike.add(same ? wanted.get(i) : gaps.get(i));
        }
        return alike;
    }

    private static String changes(Path log, int number) throws IOException {
        StringBuilder changes = new StringBuilder();
        for (String line : Files.readAllLines(log)) {
            Matcher matcher = CHANGE.matcher(line);
            if (matcher.find() && Integer.parseInt(matcher.group(3)) == number) {
                changes.append(matcher.group(1).equals("Adding") ? '+' : '-');
            }
        }
        return changes.toString();
    }
}
