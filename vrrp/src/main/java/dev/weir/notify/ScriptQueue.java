package dev.weir.notify;

import dev.weir.notify.ScriptRunner.Outcome;
import dev.weir.notify.ScriptRunner.Run;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scripts of one instance, group, or server, in the order of its states: those of one state are started together, as keepalived
 * does, and those of the next when they have ended. A slow one holds the others up for so long only; then they run beside it.
 */
public final class ScriptQueue {
    /** How long the scripts of a state wait for those of the one before. */
    static final Duration PATIENCE = Duration.ofSeconds(5);
    /** How long a script may run. keepalived has no such limit; what shall go on for longer is put into the background. */
    static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Logger LOG = LoggerFactory.getLogger(ScriptQueue.class);

    private final String name;
    private final ScriptRunner runner;
    private final Duration patience;
    private final Duration limit;
    private final Deque<List<Call>> waiting = new ArrayDeque<>();
    private final Set<Job> jobs = new HashSet<>();
    /** The state whose turn it is, when that began, and how many of its scripts still run. */
    private long turn;
    private long begun;
    private int current;

    /** @param more arguments behind the script's own */
    public record Call(Script script, List<String> more) {
    }

    /** A script that was started and has not ended. */
    private static final class Job {
        private @Nullable Run run;
    }

    /** The runner is the caller's. */
    public ScriptQueue(String name, ScriptRunner runner) {
        this(name, runner, PATIENCE, LIMIT);
    }

    ScriptQueue(String name, ScriptRunner runner, Duration patience, Duration limit) {
        this.name = name;
        this.runner = runner;
        this.patience = patience;
        this.limit = limit;
    }

    /** The scripts of a state. */
    public synchronized void add(List<Call> calls) {
        if (calls.isEmpty()) {
            return;
        }
        waiting.add(calls);
        if (current == 0) {
            next();
        } else {
            overtake(turn);
        }
    }

    private void next() {
        List<Call> calls = waiting.poll();
        if (calls == null) {
            return;
        }
        long mine = ++turn;
        begun = System.nanoTime();
        current = calls.size();
        calls.forEach(call -> start(call, mine));
        CompletableFuture.delayedExecutor(patience.toNanos(), TimeUnit.NANOSECONDS).execute(() -> overtake(mine));
    }

    private void start(Call call, long mine) {
        Job job = new Job();
        jobs.add(job);
        String script = call.script().name();
        job.run = runner.start(call.script(), call.more(), limit, line -> LOG.info("{}: {}: {}", name, script, line),
                outcome -> ended(job, script, outcome, mine));
    }

    private synchronized void ended(Job job, String script, Outcome outcome, long mine) {
        jobs.remove(job);
        if (!outcome.success()) {
            LOG.warn("{}: {} {}", name, script, outcome);
        }
        if (mine == turn && --current == 0) {
            next();
        }
        notifyAll();
    }

    /** What waits behind a slow script waits no longer. */
    private synchronized void overtake(long mine) {
        if (mine == turn && current > 0 && !waiting.isEmpty()
                && System.nanoTime() - begun >= patience.toNanos()) {
            LOG.warn("{}: a script runs still after {} s; those of the next state are started beside it", name,
                    patience.toMillis() / 1000.0);
            next();
        }
    }

    /** Whether none of its scripts runs. */
    public synchronized boolean isIdle() {
        return jobs.isEmpty();
    }

    /**
     * Waits for all. When half of the time is over, what waits still is started beside what runs; in the end what runs still is
     * ended.
     *
     * @param deadline by System.nanoTime()
     */
    public synchronized void finish(long deadline) throws InterruptedException {
        long now = System.nanoTime();
        await(now + (deadline - now) / 2);
        while (!waiting.isEmpty()) {
            next();
        }
        await(deadline);
        if (!jobs.isEmpty()) {
            LOG.warn("{}: {} scripts run still, and are ended: the daemon ends", name, jobs.size());
            for (Job job : jobs) {
                if (job.run != null) {
                    job.run.end();
                }
            }
        }
    }

    private void await(long deadline) throws InterruptedException {
        for (long left = deadline - System.nanoTime(); !jobs.isEmpty() && left > 0;) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = deadline - System.nanoTime();
        }
    }
}
