package dev.weir.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.notify.ScriptRunner.Exited;
import dev.weir.notify.ScriptRunner.Outcome;
import dev.weir.notify.ScriptRunner.Run;
import dev.weir.notify.ScriptRunner.TimedOut;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts that really run. */
@Timeout(20)
class ScriptRunnerTest {
    private final ScriptRunner runner = new ScriptRunner();
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @AfterEach
    void end() {
        runner.close();
    }

    private Run run(Script script, Duration limit, String... more) {
        return runner.start(script, List.of(more), limit, lines::add, outcome::complete);
    }

    private Outcome ended() throws InterruptedException, ExecutionException, TimeoutException {
        return outcome.get(10, TimeUnit.SECONDS);
    }

    private static Script sh(String line) {
        return new Script(line, List.of(line), true, Account.own(), 022);
    }

    private static Script program(String... words) {
        return new Script(words[0], List.of(words), false, Account.own(), 022);
    }

    @Test
    void argumentsArriveAsTheyAreAndThoseThatAreAddedComeLast() throws Exception {
        run(program("/usr/bin/printf", "<%s>\\n", "a  b", "$HOME", "'"), Duration.ZERO, "INSTANCE", "VI 1");
        assertThat(ended()).isEqualTo(new Exited(0));
        assertThat(lines).containsExactly("<a  b>", "<$HOME>", "<'>", "<INSTANCE>", "<VI 1>");
    }

    @Test
    void aLineForTheShellGetsThemToo() throws Exception {
        run(sh("true && printf '<%s>\\n'"), Duration.ZERO, "a b", "c");
        assertThat(ended()).isEqualTo(new Exited(0));
        assertThat(lines).containsExactly("<a b>", "<c>");
    }

    @Test
    void bothOutputsAreReadAndTheStatusIsToldAfterThem() throws Exception {
        run(sh("echo out; echo err >&2; printf last; exit 7"), Duration.ZERO);
        assertThat(ended()).isEqualTo(new Exited(7));
        assertThat(lines).containsExactlyInAnyOrder("out", "err", "last");
    }

    @Test
    void whatAScriptSaysDoesNotFloodOrForgeTheLog() throws Exception {
        run(sh("printf 'a\\033[2Jb\\rc\\n'; head -c 2000 /dev/zero | tr '\\0' x; echo; seq 1 300"), Duration.ZERO);
        ended();
        assertThat(lines).hasSize(Output.MOST_LINES + 1).contains("a?[2Jb?c", "(and 202 lines more)");
        assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThan(Output.LONGEST_LINE + 10));
    }

    @Test
    void whenItsTimeIsOverItIsEndedWithAllThatItStarted() throws Exception {
        Path pids = folder.resolve("pids");
        run(sh("sleep 60 & echo $! >" + pids + "; sleep 61"), Duration.ofMillis(300));
        assertThat(ended()).isEqualTo(new TimedOut(Duration.ofMillis(300)));
        assertThat(isGone(Files.readString(pids).strip())).isTrue();
    }

    @Test
    void oneThatIgnoresSigtermIsKilledTwoSecondsLater() throws Exception {
        long begun = System.nanoTime();
        run(sh("trap '' TERM; sleep 60; sleep 60; true"), Duration.ofMillis(100));
        assertThat(ended()).isInstanceOf(TimedOut.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(Duration.ofSeconds(2),
                Duration.ofSeconds(4));
    }

    @Test
    void whatItLeavesRunningDoesNotKeepItFromEnding() throws Exception {
        Path pid = folder.resolve("pid");
        run(sh("sleep 60 & echo $! >" + pid + "; exit 3"), Duration.ZERO);
        assertThat(ended()).isEqualTo(new Exited(3));
        ProcessHandle left = ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
        assertThat(left.isAlive()).isTrue();
        left.destroyForcibly();
    }

    @Test
    void oneThatIsNotWantedAnyMoreIsEnded() throws Exception {
        run(sh("sleep 60"), Duration.ZERO).end();
        assertThat(ended()).isInstanceOfSatisfying(Exited.class,
                exited -> assertThat(exited.status()).isGreaterThan(128));
    }

    @Test
    void itLeadsAProcessGroupAndHasTheUmaskThatIsSet() throws Exception {
        run(new Script("x", List.of("umask; ps -o pid=,pgid= -p $$"), true, Account.own(), 0137), Duration.ZERO);
        ended();
        assertThat(lines.take()).isEqualTo("0137");
        String[] numbers = lines.take().strip().split(" +", -1);
        assertThat(numbers[0]).isEqualTo(numbers[1]);
    }

    @Test
    void whenTheRunnerIsClosedNothingRunsAndNothingStarts() throws Exception {
        run(sh("sleep 60"), Duration.ZERO);
        runner.close();
        assertThat(outcome).isCompleted();
        CompletableFuture<Outcome> late = new CompletableFuture<>();
        runner.start(sh("true"), List.of(), Duration.ZERO, lines::add, late::complete);
        assertThat(late.get(1, TimeUnit.SECONDS)).isInstanceOf(ScriptRunner.NotStarted.class);
    }

    @Test
    @Tag("root")
    void itRunsAsAnotherUserWithThatGroupAlone() throws Exception {
        assumeTrue(Account.own().uid() == 0, "needs root: it becomes nobody");
        run(new Script("id", List.of("/usr/bin/id"), false, new Account(65534, 7), 022), Duration.ZERO);
        assertThat(ended()).isEqualTo(new Exited(0));
        assertThat(lines.take()).matches("uid=65534.* gid=7.* groups=7[^,]*");
    }

    private static boolean isGone(String pid) throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            if (ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive).isEmpty()) {
                return true;
            }
            Thread.sleep(20);
        }
        return false;
    }
}
