package dev.weir.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.sys.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.api.io.TempDir;

/** A daemon of its own process, ended as nobody wants it to end. */
@Tag("root")
class GuardianTest {
    private static final long SLACK_MILLIS = 1000;
    private NetworkNamespace director;
    @TempDir
    Path folder;

    @BeforeEach
    void begin() {
        director = NetworkNamespace.create("guarded");
        director.run("ip link add c0 type veth peer name c1; ip link set c0 up; ip link set c1 up");
        director.run("tc qdisc add dev c1 clsact; tc filter add dev c1 ingress pref 7 bpf bytecode \"1,6 0 0 0\" "
                + "flowid 1:1");
    }

    @AfterEach
    void end() {
        director.close();
    }

    @Test
    void a_daemon_that_is_killed_leaves_no_trace() throws Exception {
        String before = traces();
        Path other = Files.writeString(folder.resolve("another's"), "stays");
        List<Path> files = List.of(folder.resolve("plain"), folder.resolve("a $(word) 'of' \"it\" * "));
        Process daemon = daemon(files.get(0).toString(), files.get(1).toString());
        assertThat(traces()).contains("weir_ingress").contains("weir0");
        assertThat(files).allMatch(Files::exists);
        long killed = System.nanoTime();
        assertThat(daemon.destroyForcibly().waitFor(5, TimeUnit.SECONDS)).isTrue();
        long end = killed + SLACK_MILLIS * 1_000_000;
        String after = traces();
        while (!after.equals(before) && System.nanoTime() < end) {
            after = traces();
        }
        long took = (System.nanoTime() - killed) / 1_000_000;
        System.out.println("guardian: all traces gone after " + took + " ms, asking included");
        assertThat(after).isEqualTo(before);
        while (!guardians().isEmpty() && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        assertThat(guardians()).isEmpty();
        assertThat(files).noneMatch(Files::exists);
        assertThat(other).exists();
    }

    @Test
    void a_daemon_that_ends_cleanly_takes_its_guardian_along() throws Exception {
        String before = traces();
        Process daemon = daemon();
        assertThat(guardians()).hasSize(1);
        daemon.getOutputStream().close();
        assertThat(daemon.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(daemon.exitValue()).isZero();
        assertThat(traces()).isEqualTo(before);
        assertThat(guardians()).isEmpty();
    }

    /**
     * Else the host may answer clients until another director takes over, and would send on what masqueraded servers send,
     * as it is.
     */
    @ParameterizedTest
    @ValueSource(strings = {"no", "gateway"})
    void frames_of_a_daemon_that_had_an_address_are_kept_from_the_host_for_a_while(String gateway) throws Exception {
        int patience = GuardedDaemon.PATIENCE_SECONDS * (gateway.equals("gateway") ? 2 : 1);
        director.run("ip addr add 10.9.9.9/32 dev c0");
        String before = traces();
        Process daemon = daemon("10.9.9.9/32", gateway);
        long killed = System.nanoTime();
        assertThat(daemon.destroyForcibly().waitFor(5, TimeUnit.SECONDS)).isTrue();
        while (director.run("ip addr").contains("10.9.9.9")) {
            assertThat(System.nanoTime() - killed).isLessThan(1_000_000_000);
        }
        assertThat(traces()).contains("weir_ingress");
        while (!traces().equals(before)) {
            assertThat(System.nanoTime() - killed).isLessThan((patience + 2) * 1_000_000_000L);
        }
        assertThat(System.nanoTime() - killed).isGreaterThan(patience * 1_000_000_000L);
    }

    @Test
    void the_guardian_of_a_dead_daemon_leaves_alone_what_the_next_one_has_put_there() throws Exception {
        director.run("ip addr add 10.9.9.9/32 dev c0");
        String before = traces();
        assertThat(daemon("10.9.9.9/32", "gateway").destroyForcibly().waitFor(5, TimeUnit.SECONDS)).isTrue();
        Process next = daemon();
        long end = System.nanoTime() + (2 * GuardedDaemon.PATIENCE_SECONDS + 2) * 1_000_000_000L;
        while (System.nanoTime() < end) {
            assertThat(traces()).containsSubsequence("weir_ingress", "weir_ingress");
        }
        assertThat(guardians()).hasSize(1);
        next.getOutputStream().close();
        assertThat(next.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(traces()).isEqualTo(before);
    }

    private Process daemon(String... files) throws Exception {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED", "-cp", classes, GuardedDaemon.class.getName(), "c0", "c1"));
        command.addAll(List.of(files));
        Process process = director.start(command);
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        while (line != null && !line.equals("ready 2")) {
            System.out.println(line);
            line = output.readLine();
        }
        assertThat(line).isEqualTo("ready 2");
        return process;
    }

    /** Processes of that name in the namespace. */
    private List<String> guardians() {
        return director.run("ip netns pids " + director.name()).lines().map(GuardianTest::commandLine)
                .filter(line -> line.contains("weir-guardian")).toList();
    }

    private static String commandLine(String pid) {
        try {
            return Files.readString(Path.of("/proc", pid, "cmdline"));
        } catch (IOException e) {
            return "ended: " + e.getMessage();
        }
    }

    private String traces() {
        return director.run("for i in c0 c1; do tc qdisc show dev $i; tc filter show dev $i ingress; done; "
                + "ip -br link | sed \"s/ .*//\"").replaceAll("id \\d+", "id");
    }
}
