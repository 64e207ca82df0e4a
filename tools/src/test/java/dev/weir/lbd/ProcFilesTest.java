package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.ipvsadm.StillDirector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcFilesTest {
    @TempDir
    Path folder;
    private final StillDirector director = new StillDirector();
    private final Set<Path> guarded = new HashSet<>();

    private String file(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("it did not come").isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    @Test
    void keepsTheFilesUntilItIsClosed() throws Exception {
        try (ControlThread control = new ControlThread(Map.of())) {
            try (ProcFiles _ = ProcFiles.open(folder, director, control, guarded::add)) {
                assertThat(file("net/ip_vs")).startsWith("IP Virtual Server version 1.2.1 (size=4096)\n");
                assertThat(file("net/ip_vs_stats").lines()).hasSize(6);
                assertThat(file("net/ip_vs_conn")).startsWith("Pro FromIP");
                assertThat(file("sys/net/ipv4/vs/sync_threshold")).isEqualTo("3\t50\n");
                director.settings(director.settings().with("sloppy_tcp", "1"));
                await(() -> file("sys/net/ipv4/vs/sloppy_tcp").equals("1\n"));
            }
            try (var left = Files.walk(folder)) {
                assertThat(left.filter(Files::isRegularFile)).containsExactly(folder.resolve(ProcFiles.LOCK));
            }
        }
    }

    @Test
    void whatIsWrittenToASysctlsFileIsSetOrTakenBack() throws Exception {
        try (ControlThread control = new ControlThread(Map.of());
                ProcFiles _ = ProcFiles.open(folder, director, control, guarded::add)) {
            Path rate = folder.resolve("sys/net/ipv4/vs/am_droprate");
            Files.writeString(rate, "0x20\n");
            await(() -> director.settings().amDroprate() == 32 && Files.readString(rate).equals("32\n"));
            Files.writeString(rate, "a dozen\n");
            await(() -> Files.readString(rate).equals("32\n"));
            Files.writeString(rate, "");
            await(() -> Files.readString(rate).equals("32\n"));
            assertThat(director.settings().amDroprate()).isEqualTo(32);
        }
    }

    @Test
    void everyFileIsGuardedAgainstTheDaemonsDeath() throws Exception {
        try (ControlThread control = new ControlThread(Map.of());
                ProcFiles _ = ProcFiles.open(folder, director, control, guarded::add);
                var there = Files.walk(folder)) {
            assertThat(guarded).containsAll(there.filter(Files::isRegularFile)
                    .filter(file -> !file.equals(folder.resolve(ProcFiles.LOCK))).toList());
        }
    }

    @Test
    void aFolderHasOneDirector() throws Exception {
        try (ControlThread control = new ControlThread(Map.of())) {
            try (ProcFiles _ = ProcFiles.open(folder, director, control, guarded::add)) {
                assertThatThrownBy(() -> ProcFiles.open(folder, director, control, guarded::add))
                        .isInstanceOf(RefusalException.class)
                        .hasMessageContaining(
                                "already running (pid " + ProcessHandle.current().pid() + ") at " + folder)
                        .hasMessageContaining("--proc-dir");
                assertThat(file("net/ip_vs")).as("the first one's").isNotEmpty();
            }
            ProcFiles.open(folder, director, control, guarded::add).close();
        }
    }

    @Test
    void refusesAFolderThatCannotBeWritten() {
        try (ControlThread control = new ControlThread(Map.of())) {
            assertThatThrownBy(() -> ProcFiles.open(Path.of("/proc"), director, control, guarded::add))
                    .isInstanceOf(RefusalException.class).hasMessageContaining("--proc-dir");
        }
    }
}
