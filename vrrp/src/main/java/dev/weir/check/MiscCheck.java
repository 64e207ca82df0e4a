package dev.weir.check;

import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import dev.weir.check.Outcome.Weighted;
import dev.weir.notify.Script;
import dev.weir.notify.ScriptRunner;
import dev.weir.notify.ScriptRunner.Exited;
import dev.weir.notify.ScriptRunner.Run;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/** MISC_CHECK: a script whose exit status says how the server is. */
final class MiscCheck implements Checker {
    /** With misc_dynamic: of a status from here on, what is above it is the weight. */
    private static final int WEIGHT_0 = 2;
    private static final int LONGEST_LINE = 100;

    private final ScriptRunner runner;
    private final Script script;
    private final Duration timeout;
    private final boolean dynamic;

    MiscCheck(ScriptRunner runner, Script script, Duration timeout, boolean dynamic) {
        this.runner = runner;
        this.script = script;
        this.timeout = timeout;
        this.dynamic = dynamic;
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        CompletableFuture<ScriptRunner.Outcome> ended = new CompletableFuture<>();
        AtomicReference<String> last = new AtomicReference<>("");
        Run run = runner.start(script, List.of(), timeout, line -> last.set(line.isBlank() ? last.get() : line),
                ended::complete);
        try {
            return outcome(ended.get(), last.get());
        } catch (InterruptedException e) {
            run.end();
            throw e;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private Outcome outcome(ScriptRunner.Outcome how, String said) {
        String line = said.length() > LONGEST_LINE ? said.substring(0, LONGEST_LINE) + " ..." : said;
        String detail = script.name() + " " + how + (line.isEmpty() ? "" : ": " + line);
        if (how.success()) {
            return new Success(detail);
        }
        return dynamic && how instanceof Exited exited && exited.status() >= WEIGHT_0
                ? new Weighted(exited.status() - WEIGHT_0, false, detail)
                : new Failure(detail);
    }
}
