package dev.weir.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.bfd.SessionStates;
import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import dev.weir.check.Outcome.Weighted;
import dev.weir.conf.Configuration;
import dev.weir.conf.HealthCheck;
import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.notify.ScriptRunner;
import dev.weir.vrrp.Configurations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checks as they run, of the two kinds that need no server. */
@Timeout(30)
class ChecksTest {
    private final BlockingQueue<Checked> checked = new LinkedBlockingQueue<>();
    private final ScriptRunner runner = new ScriptRunner();
    private final SessionStates sessions = new SessionStates();
    private final Checks checks = new Checks(new Checks.Surroundings(runner, null, sessions, new Random(1)),
            checked::add);
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @AfterEach
    void end() {
        checks.close();
        runner.close();
    }

    /** Of virtual servers 10.0.0.1, 10.0.0.2 and so on, each with one real server that has these checks. */
    private Configuration read(String global, String... servers) {
        StringBuilder text = new StringBuilder("global_defs {\nscript_user " + System.getProperty("user.name") + "\n}\n"
                + global + "\n");
        for (int i = 0; i < servers.length; i++) {
            text.append("""
                    virtual_server 10.0.0.%d 80 {
                        protocol TCP
                        delay_loop 0.2
                        warmup 0
                        real_server 10.0.1.%d 80 {
                            %s
                        }
                    }
                    """.formatted(i + 1, i + 1, servers[i]));
        }
        return Configurations.read(text.toString());
    }

    static List<Wanted> wanted(Configuration configuration) {
        List<Wanted> wanted = new ArrayList<>();
        for (VirtualServer server : configuration.servers()) {
            for (RealServer real : server.servers()) {
                for (HealthCheck check : real.checks()) {
                    wanted.add(new Wanted(
                            new CheckKey(server.name(), real.name(server), check.connection(), check.probe(), 0),
                            check, server.services().getFirst(), real));
                }
            }
        }
        return wanted;
    }

    private void configure(String global, String... servers) {
        Configuration configuration = read(global, servers);
        checks.configure(wanted(configuration), configuration);
    }

    /** With a timeout that no machine is too slow for; unless told, it is delay_loop. */
    private static String misc(String script, String... more) {
        return "MISC_CHECK {\nmisc_path \"" + script + "\"\nmisc_timeout 20\n" + String.join("\n", more) + "\n}\n";
    }

    private Checked next() throws InterruptedException {
        return Objects.requireNonNull(checked.poll(10, TimeUnit.SECONDS), "nothing was checked");
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("file"), text);
    }

    @Test
    void aScriptsStatusSaysWhetherItsServerIsUp() throws Exception {
        configure("", misc("/bin/true"));
        Checked first = next();
        assertThat(first.up()).isTrue();
        assertThat(first.key().service()).isEqualTo("[10.0.0.1]:tcp:80");
        assertThat(first.key().server()).isEqualTo("[10.0.1.1]:tcp:80");
        assertThat(first.outcome()).isEqualTo(new Success("/bin/true exited with status 0"));
        configure("", misc("/bin/sh -c 'echo no disk; exit 3'"));
        Checked other = next();
        while (other.key().equals(first.key())) {
            other = next();
        }
        assertThat(other.up()).isFalse();
        assertThat(other.outcome().detail()).endsWith("exited with status 3: no disk");
        assertThat(checks.running()).isOne();
    }

    @Test
    void aDynamicScriptsStatusIsAWeight() throws Exception {
        configure("", misc("/bin/sh -c 'exit 2'", "misc_dynamic"), misc("/bin/sh -c 'exit 255'", "misc_dynamic"),
                misc("/bin/sh -c 'exit 1'", "misc_dynamic"), misc("/bin/sh -c 'exit 0'", "misc_dynamic"),
                misc("/bin/sh -c 'exit 2'"));
        List<Object> outcomes = new ArrayList<>(List.of("", "", "", "", ""));
        while (outcomes.contains("")) {
            Checked one = next();
            int server = Integer.parseInt(one.key().server().replaceAll(".*[.]([0-9])[]].*", "$1"));
            outcomes.set(server - 1, one.outcome() instanceof Weighted weighted
                    ? weighted.weight()
                    : one.outcome().getClass().getSimpleName());
        }
        assertThat(outcomes).containsExactly(0, 253, "Failure", "Success", "Failure");
    }

    @Test
    void aScriptThatTakesTooLongHasFailed() throws Exception {
        configure("", misc("/bin/sleep 20", "misc_timeout 1"));
        Checked one = next();
        assertThat(one.up()).isFalse();
        assertThat(one.outcome().detail()).isEqualTo("/bin/sleep 20 timed out after 1.0 s");
    }

    @Test
    void aScriptThatCannotBeRunIsNoCheck() throws Exception {
        configure("", misc("/nonexistent/script"));
        assertThat(next().up()).isTrue();
        assertThat(checked.poll(500, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void aScriptIsAskedAtItsIntervalUntilItIsNotWantedAnyMore() throws Exception {
        configure("", misc("/bin/true"));
        assertThat(List.of(next().up(), next().up(), next().up())).containsOnly(true);
        configure("");
        checked.clear();
        assertThat(checked.poll(600, TimeUnit.MILLISECONDS)).isNull();
        assertThat(checks.running()).isZero();
    }

    @Test
    void aReloadThatAddsACheckLeavesOthersAlone() throws Exception {
        Path count = folder.resolve("count");
        String first = misc("/bin/sh -c 'echo >>" + count + "; sleep 1; exit 1'");
        configure("", first);
        assertThat(awaitLines(count)).isOne();
        configure("", first, misc("/bin/true"));
        Checked one = next();
        assertThat(one.key().server()).isEqualTo("[10.0.1.2]:tcp:80");
        while (one.up()) {
            one = next();
        }
        assertThat(Files.readAllLines(count)).as("the run that was under way went on").hasSize(1);
    }

    private static int awaitLines(Path file) throws Exception {
        while (!Files.exists(file)) {
            Thread.sleep(10);
        }
        return Files.readAllLines(file).size();
    }

    @Test
    void failuresSurviveAReloadThatChangesThePace() throws Exception {
        configure("", misc("/bin/sh -c 'exit 1'"));
        Checked one = next();
        assertThat(one.failures()).isOne();
        configure("", misc("/bin/sh -c 'exit 1'", "delay_loop 0.1"));
        Checked two = next();
        assertThat(two.up()).isFalse();
        assertThat(two.failures()).isEqualTo(2);
    }

    @Test
    void aListenerThatFailsEndsNoCheck() throws Exception {
        BlockingQueue<Checked> told = new LinkedBlockingQueue<>();
        try (Checks others = new Checks(new Checks.Surroundings(runner, null, new SessionStates(), new Random(1)),
                one -> {
                    told.add(one);
                    throw new IllegalStateException("a mistake in the listener");
                })) {
            Configuration configuration = read("", misc("/bin/true"));
            others.configure(wanted(configuration), configuration);
            for (int i = 0; i < 2; i++) {
                assertThat(told.poll(10, TimeUnit.SECONDS)).isNotNull();
            }
        }
    }

    @Test
    void theSameCheckTwiceIsOne() {
        Configuration configuration = read("", misc("/bin/true"));
        List<Wanted> twice = new ArrayList<>(wanted(configuration));
        twice.addAll(wanted(configuration));
        checks.configure(twice, configuration);
        assertThat(checks.running()).isOne();
    }

    @Test
    void suspendedChecksRest() throws Exception {
        configure("", misc("/bin/true"), misc("/bin/true"));
        next();
        checks.suspend(Set.of("[10.0.0.1]:tcp:80"));
        Thread.sleep(300);
        checked.clear();
        for (int i = 0; i < 3; i++) {
            assertThat(next().key().service()).isEqualTo("[10.0.0.2]:tcp:80");
        }
        checks.suspend(Set.of());
        Checked one = next();
        while (one.key().service().equals("[10.0.0.2]:tcp:80")) {
            one = next();
        }
        assertThat(one.up()).isTrue();
    }

    @Test
    void aFilesNumberIsAFailureOrAWeight() throws Exception {
        Path file = file("0\n");
        configure("track_file F {\nfile " + file + "\nweight 3\n}", "FILE_CHECK {\ntrack_file F\nweight 0\n}");
        assertThat(next().outcome()).isEqualTo(new Success("track_file F says 0"));
        Files.writeString(file, "1\n");
        Checked down = next();
        assertThat(down.up()).isFalse();
        assertThat(down.outcome()).isEqualTo(new Failure("track_file F says 1"));
        Files.writeString(file, "0\n");
        assertThat(next().up()).isTrue();
    }

    @Test
    void aFileCheckWithoutAWeightHasThatOfItsFile() throws Exception {
        Path file = file("5\n");
        String track = "track_file F {\nfile " + file + "\nweight -3\n}";
        configure(track, "FILE_CHECK {\ntrack_file F\n}", "FILE_CHECK {\ntrack_file F\nweight 2 reverse\n}",
                "FILE_CHECK {\ntrack_file F\nweight 0 reverse\n}");
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            outcomes.add(next().outcome());
        }
        assertThat(outcomes).containsExactlyInAnyOrder(new Weighted(-15, true, "track_file F says 5"),
                new Weighted(-10, true, "track_file F says 5"), new Success("track_file F says 5"));
    }

    @Test
    void aServerUnderBfdGoesAndReturnsWithItsSession() throws Exception {
        sessions.put("B", false);
        configure("bfd_instance B {\nneighbor_ip 10.0.1.1\n}", "BFD_CHECK {\nname B\n}");
        Checked down = next();
        assertThat(down.up()).isFalse();
        assertThat(down.outcome()).isEqualTo(new Failure("BFD session B is down"));
        sessions.put("B", true);
        Checked up = next();
        assertThat(up.up()).isTrue();
        assertThat(up.outcome()).isEqualTo(new Success("BFD session B is up"));
        assertThat(checked.poll(500, TimeUnit.MILLISECONDS)).isNull();
        sessions.put("B", false);
        assertThat(next().up()).isFalse();
    }

    @Test
    void aSessionThatTellsVirtualRoutersOnlyChecksNothing() throws Exception {
        sessions.put("B", false);
        configure("bfd_instance B {\nneighbor_ip 10.0.1.1\nvrrp\n}", "BFD_CHECK {\nname B\n}");
        assertThat(next().up()).isTrue();
        configure("bfd_instance B {\nneighbor_ip 10.0.1.1\n}", "BFD_CHECK {\nname B\n}");
        assertThat(next().up()).isFalse();
    }

    @Test
    void closingEndsWhatRuns() throws Exception {
        configure("", misc("/bin/sleep 20"), misc("/bin/true"));
        next();
        long before = System.nanoTime();
        checks.close();
        assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(2));
        checked.clear();
        assertThat(checked.poll(400, TimeUnit.MILLISECONDS)).isNull();
        assertThat(checks.running()).isZero();
    }
}
