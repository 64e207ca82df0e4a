package dev.weir.notify;

import dev.weir.conf.Command;
import dev.weir.conf.Definitions.Scripting;
import dev.weir.notify.ScriptRunner.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** startup_script and shutdown_script, which alone are waited for: before anything is done, and after all was undone. */
public final class DaemonScripts {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonScripts.class);

    private DaemonScripts() {
    }

    /** Returns when it has ended, or its time is over. */
    public static void startup(Scripting settings, ScriptRunner runner) {
        run("startup_script", settings.startup(), settings.startupTimeout(), settings, runner);
    }

    public static void shutdown(Scripting settings, ScriptRunner runner) {
        run("shutdown_script", settings.shutdown(), settings.shutdownTimeout(), settings, runner);
    }

    private static void run(String directive, @Nullable Command command, Duration limit, Scripting settings,
            ScriptRunner runner) {
        Script script = new Scripts(settings).ready(command, directive);
        if (script == null) {
            return;
        }
        CompletableFuture<Outcome> ended = new CompletableFuture<>();
        runner.start(script, List.of(), limit, line -> LOG.info("{} {}: {}", directive, script.name(), line),
                ended::complete);
        LOG.info("{} {} {}", directive, script.name(), ended.join());
    }
}
