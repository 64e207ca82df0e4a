package dev.weir.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Definitions.Scripting;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts that the daemon waits for. */
@Timeout(20)
class DaemonScriptsTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private Scripting settings(String directives) {
        return KeepalivedConf.read("global_defs {\nscript_user " + System.getProperty("user.name") + "\n" + directives
                + "\n}\n", "c", folder, LocalHost.surroundings()).configuration().globals().scripts();
    }

    @Test
    void theDaemonBeginsWhenTheStartupScriptHasEnded() {
        try (ScriptRunner runner = new ScriptRunner()) {
            DaemonScripts.startup(settings("startup_script \"/bin/sh -c 'sleep 0.3; echo up >" + folder + "/up'\""),
                    runner);
            assertThat(folder.resolve("up")).hasContent("up");
        }
    }

    @Test
    void oneThatDoesNotEndIsEndedWhenItsTimeIsOver() {
        try (ScriptRunner runner = new ScriptRunner()) {
            long begun = System.nanoTime();
            DaemonScripts.shutdown(settings("shutdown_script \"/bin/sleep 60\"\nshutdown_script_timeout 1"), runner);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(Duration.ofSeconds(1),
                    Duration.ofSeconds(5));
        }
    }

    @Test
    void withoutSuchScriptsNothingHappens() {
        try (ScriptRunner runner = new ScriptRunner()) {
            DaemonScripts.startup(settings(""), runner);
            DaemonScripts.shutdown(settings("shutdown_script /nonexistent/x"), runner);
        }
    }
}
