package dev.weir.vrrp.track;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Definitions.ParamMatch;
import dev.weir.conf.Definitions.TrackProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which processes count for a vrrp_track_process, by a /proc of the test's own. */
class ProcessTableTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path proc;
    @SuppressWarnings("NullAway.Init")
    private ProcessTable table;

    @BeforeEach
    void begin() throws IOException {
        table = new ProcessTable(proc);
        Files.createDirectories(proc.resolve("self"));
    }

    private void process(int pid, String name, char state, String... words) throws IOException {
        Path folder = Files.createDirectories(proc.resolve(Integer.toString(pid)));
        Files.writeString(folder.resolve("stat"), pid + " (" + name + ") " + state + " 1 1 1");
        Files.writeString(folder.resolve("cmdline"), words.length == 0 ? "" : String.join("\0", words) + "\0");
    }

    private void gone(int pid) throws IOException {
        Path folder = proc.resolve(Integer.toString(pid));
        Files.delete(folder.resolve("stat"));
        Files.delete(folder.resolve("cmdline"));
        Files.delete(folder);
    }

    private static TrackProcess watched(ParamMatch match, boolean fullCommand, String... command) {
        return new TrackProcess("p", List.of(command), match, 1, 9, 0, false, Duration.ZERO, Duration.ZERO,
                fullCommand);
    }

    private int count(long now) {
        return table.count(now).getOrDefault("p", 0);
    }

    @Test
    void processesCountByTheirNameWhichTheKernelCutsShort() throws IOException {
        process(10, "nginx", 'S', "nginx: master process");
        process(11, "nginx", 'S');
        process(12, "nginx", 'Z');
        process(13, "systemd-network", 'S', "/lib/systemd/systemd-networkd");
        table.watch(List.of(watched(ParamMatch.NONE, false, "nginx")));
        assertThat(count(1)).as("but no zombie").isEqualTo(2);
        table.watch(List.of(watched(ParamMatch.NONE, false, "systemd-networkd")));
        assertThat(count(2)).isEqualTo(1);
    }

    @Test
    void aNameMayHaveBracketsAndBlanks() throws IOException {
        process(10, "a) Z (b", 'S');
        table.watch(List.of(watched(ParamMatch.NONE, false, "a) Z (b")));
        assertThat(count(1)).isEqualTo(1);
    }

    @Test
    void parametersAreComparedAsParamMatchSays() throws IOException {
        process(10, "sleep", 'S', "sleep", "10", "20");
        table.watch(List.of(watched(ParamMatch.EXACT, true, "sleep", "10", "20")));
        assertThat(count(1)).isEqualTo(1);
        table.watch(List.of(watched(ParamMatch.EXACT, true, "sleep", "10")));
        assertThat(count(1)).isZero();
        table.watch(List.of(watched(ParamMatch.PARTIAL, true, "sleep", "10")));
        assertThat(count(1)).isEqualTo(1);
        table.watch(List.of(watched(ParamMatch.PARTIAL, true, "sleep", "1")));
        assertThat(count(1)).isZero();
        table.watch(List.of(watched(ParamMatch.INITIAL, true, "sleep", "10", "2")));
        assertThat(count(1)).isEqualTo(1);
        table.watch(List.of(watched(ParamMatch.EXACT, true, "sleep")));
        assertThat(count(1)).as("param_match without parameters: it shall have none").isZero();
    }

    @Test
    void theWholeCommandHasItsPath() throws IOException {
        process(10, "nginx", 'S', "/usr/sbin/nginx", "-g", "x");
        table.watch(List.of(watched(ParamMatch.NONE, true, "/usr/sbin/nginx")));
        assertThat(count(1)).isEqualTo(1);
        table.watch(List.of(watched(ParamMatch.NONE, true, "nginx")));
        assertThat(count(1)).isZero();
    }

    @Test
    void oneThatEndsOrBecomesAnotherIsSeenAtTheNextLook() throws IOException {
        process(10, "nginx", 'S');
        process(11, "bash", 'S');
        table.watch(List.of(watched(ParamMatch.NONE, false, "nginx")));
        assertThat(count(1)).isEqualTo(1);
        process(11, "nginx", 'S');
        assertThat(count(SECOND)).as("a young one that calls exec").isEqualTo(2);
        process(10, "other", 'S');
        assertThat(count(100 * SECOND)).isEqualTo(1);
        gone(11);
        assertThat(count(101 * SECOND)).isZero();
    }

    @Test
    void anOldOneThatNobodyWatchesIsReadSeldom() throws IOException {
        process(10, "bash", 'S');
        table.watch(List.of(watched(ParamMatch.NONE, false, "nginx")));
        assertThat(count(1)).isZero();
        assertThat(count(9 * SECOND)).isZero();
        process(10, "nginx", 'S');
        assertThat(count(10 * SECOND)).isZero();
        assertThat(count(21 * SECOND)).isEqualTo(1);
    }
}
