package dev.weir.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Definitions.Scripting;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.notify.ScriptQueue.Call;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Slow scripts, and those behind them. */
@Timeout(20)
class ScriptQueueTest {
    private final ScriptRunner runner = new ScriptRunner();
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @AfterEach
    void end() {
        runner.close();
    }

    private List<Call> script(String line) {
        KeepalivedConf conf = KeepalivedConf.read("global_defs {\nscript_user " + System.getProperty("user.name")
                + "\nstartup_script \"" + line + "\"\n}\n", "c", folder, LocalHost.surroundings());
        Scripting settings = conf.configuration().globals().scripts();
        Script script = Objects.requireNonNull(new Scripts(settings).ready(settings.startup(), "test"));
        return List.of(new Call(script, List.of()));
    }

    private List<Call> touch(String name) {
        return script("/usr/bin/touch " + folder.resolve(name));
    }

    private boolean isThereSoon(String name) throws InterruptedException {
        for (int i = 0; i < 100 && !Files.exists(folder.resolve(name)); i++) {
            Thread.sleep(20);
        }
        return Files.exists(folder.resolve(name));
    }

    @Test
    void aSlowScriptHoldsTheNextStateUpForSoLongOnly() throws Exception {
        ScriptQueue queue = new ScriptQueue("VI_1", runner, Duration.ofMillis(300), Duration.ofMinutes(1));
        queue.add(script("/bin/sleep 60"));
        queue.add(touch("next"));
        Thread.sleep(100);
        assertThat(folder.resolve("next")).doesNotExist();
        assertThat(isThereSoon("next")).isTrue();
        queue.add(touch("third"));
        assertThat(isThereSoon("third")).as("the second has ended").isTrue();
    }

    @Test
    void oneThatNeverEndsIsEndedWhenItsTimeIsOver() throws Exception {
        ScriptQueue queue = new ScriptQueue("VI_1", runner, Duration.ofMinutes(1), Duration.ofMillis(200));
        queue.add(script("/bin/sleep 60"));
        queue.add(touch("next"));
        assertThat(isThereSoon("next")).isTrue();
    }

    @Test
    void whatWaitsWhenTheDaemonEndsIsStartedStill() throws Exception {
        ScriptQueue queue = new ScriptQueue("VI_1", runner, Duration.ofMinutes(1), Duration.ofMinutes(1));
        queue.add(script("/bin/sleep 60"));
        queue.add(touch("stop"));
        long begun = System.nanoTime();
        queue.finish(begun + Duration.ofMillis(600).toNanos());
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
        assertThat(folder.resolve("stop")).exists();
    }
}
