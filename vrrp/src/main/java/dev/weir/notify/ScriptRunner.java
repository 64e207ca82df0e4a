package dev.weir.notify;

import dev.weir.sys.ProcessGroup;
import dev.weir.sys.SystemException;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs scripts, without who asks for it waiting for anything. */
public final class ScriptRunner implements AutoCloseable {
    /** Between SIGTERM and SIGKILL, as in keepalived. */
    private static final Duration GRACE = Duration.ofSeconds(2);
    /** For output of a script that has ended, which what it left running may hold open. */
    private static final int LAST_LINES_MILLISECONDS = 100;
    private static final Logger LOG = LoggerFactory.getLogger(ScriptRunner.class);

    /**
     * Of all that is started, the thread that did it: Linux ends what asks for it (prctl(2), PR_SET_PDEATHSIG) with that
     * thread, so it has to live as long as the daemon.
     */
    private final ExecutorService starter = Executors.newSingleThreadExecutor(named("script-starter"));
    private final ScheduledExecutorService limits = Executors.newSingleThreadScheduledExecutor(named("script-limits"));
    private final ExecutorService watchers = Executors.newCachedThreadPool(named("script"));
    private final Set<Run> running = ConcurrentHashMap.newKeySet();
    private final Account own = Account.own();

    /** How a run ended. */
    public sealed interface Outcome {
        /** Whether it ended by itself, with status 0. */
        default boolean success() {
            return this instanceof Exited exited && exited.status() == 0;
        }
    }

    /** @param status 0 to 255; above 128 also where signal status - 128 ended it */
    public record Exited(int status) implements Outcome {
        @Override
        public String toString() {
            return "exited with status " + status;
        }
    }

    /** It was still there when its time was over, and was ended. */
    public record TimedOut(Duration limit) implements Outcome {
        @Override
        public String toString() {
            return "timed out after " + limit.toMillis() / 1000.0 + " s";
        }
    }

    public record NotStarted(String why) implements Outcome {
        @Override
        public String toString() {
            return "was not started: " + why;
        }
    }

    /** A script that was started or will be at once. */
    public final class Run {
        private final Duration limit;
        private final Consumer<Outcome> ended;
        private @Nullable Process process;
        private @Nullable ScheduledFuture<?> alarm;
        private boolean over;
        private boolean timedOut;
        private boolean unwanted;

        private Run(Duration limit, Consumer<Outcome> ended) {
            this.limit = limit;
            this.ended = ended;
        }

        /** Asks it and all that it started to end (SIGTERM), and two seconds later makes it (SIGKILL). */
        public synchronized void end() {
            unwanted = true;
            if (process != null && !over) {
                signal(process, ProcessGroup.SIGTERM);
                killLater();
            }
        }

        private synchronized void started(Process process) {
            this.process = process;
            if (unwanted) {
                end();
            } else if (!limit.isZero()) {
                alarm = limits.schedule(this::timeIsOver, limit.toNanos(), TimeUnit.NANOSECONDS);
            }
        }

        private synchronized void timeIsOver() {
            if (!over) {
                timedOut = true;
                end();
            }
        }

        private void killLater() {
            try {
                alarm = limits.schedule(this::kill, GRACE.toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                kill(); // the daemon ends
            }
        }

        private synchronized void kill() {
            if (process != null && !over) {
                signal(process, ProcessGroup.SIGKILL);
            }
        }

        private void finish(Outcome outcome) {
            synchronized (this) {
                over = true;
                if (alarm != null) {
                    alarm.cancel(false);
                }
                if (unwanted && process != null) {
                    signal(process, ProcessGroup.SIGKILL); // what it started may not have listened to SIGTERM
                }
            }
            running.remove(this);
            ended.accept(timedOut ? new TimedOut(limit) : outcome);
        }
    }

    private static ThreadFactory named(String name) {
        return Thread.ofPlatform().daemon().name(name).factory();
    }

    /**
     * Starts a script soon.
     *
     * @param more  arguments behind its own
     * @param limit how long it may run; zero: for ever
     * @param lines takes what it says, line by line, of both its outputs; on a thread of the runner
     * @param ended is told once how it ended; on a thread of the runner
     */
    public Run start(Script script, List<String> more, Duration limit, Consumer<String> lines,
            Consumer<Outcome> ended) {
        Run run = new Run(limit, ended);
        running.add(run);
        try {
            starter.execute(() -> start(run, script.commandLine(more, own), lines));
        } catch (RejectedExecutionException e) {
            run.finish(new NotStarted("the daemon ends"));
        }
        return run;
    }

    private void start(Run run, List<String> command, Consumer<String> lines) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectInput(new File("/dev/null")).start();
            run.started(process);
            Future<?> output = watchers.submit(() -> Output.read(process.getInputStream(), lines));
            watchers.execute(() -> await(run, process, output));
        } catch (IOException | RejectedExecutionException e) {
            run.finish(new NotStarted(e.getMessage() + " (setsid and setpriv are of the package util-linux)"));
        }
    }

    private static void await(Run run, Process process, Future<?> output) {
        int status;
        try {
            status = process.waitFor();
            output.get(LAST_LINES_MILLISECONDS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            status = process.exitValue();
        } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
            LOG.warn("a script's end was not seen", e);
            status = 255;
        }
        run.finish(new Exited(status));
    }

    private static void signal(Process process, int signal) {
        try {
            if (!ProcessGroup.signal(process.pid(), signal)) {
                process.destroy(); // just started, and not yet the leader of its group
            }
        } catch (SystemException e) {
            LOG.warn("a script is not to be ended", e);
        }
    }

    /** Ends all that runs still; nothing can be started from here on. */
    @Override
    public void close() {
        starter.shutdown();
        running.forEach(Run::end);
        limits.shutdown();
        try {
            long deadline = System.nanoTime() + GRACE.toNanos() + TimeUnit.SECONDS.toNanos(1);
            while (!running.isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running.forEach(Run::kill);
        watchers.shutdown();
    }
}
