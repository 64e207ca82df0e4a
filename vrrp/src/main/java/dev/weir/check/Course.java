package dev.weir.check;

import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import dev.weir.check.Outcome.Weighted;
import dev.weir.conf.HealthCheck;
import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.HealthCheck.Timing;

/**
 * When a check runs, and what its server counts as by it: those of keepalived 2.2.7. Times are nanoseconds of one clock.
 * Belongs to one thread.
 */
final class Course {
    private final Manner manner;
    private final boolean fastRecovery;
    private Timing timing;
    private boolean up;
    private boolean hasRun;
    private int retried;
    private int failures;
    /** Of HTTP_GET: the server is down by a URL that has failed since, so that all URLs have to be seen once more. */
    private boolean pageFailed;
    private long next;

    /** What holds before the first run. */
    enum Beginning {
        /** Up or, with alpha, down; and whichever it is, one failure is enough to make it down. */
        UNKNOWN,
        /** Up: the server's other checks say so, and this one has its retries. */
        UP
    }

    /**
     * What follows from a run.
     *
     * @param changed  whether the server's state by this check is another than before, or known for the first time
     * @param failures in a row, with this run
     * @param retry    the number of the retry that follows; 0: none does
     */
    record Verdict(boolean up, boolean changed, int failures, int retry) {
    }

    /** @param random at least 0, less than 1: which part of warmup passes before the first run */
    Course(HealthCheck check, Beginning beginning, long now, double random) {
        manner = Manner.of(check.probe());
        fastRecovery = check.probe() instanceof Http http && http.fastRecovery();
        timing = check.timing();
        up = beginning == Beginning.UP || !check.alpha() || manner == Manner.TOLD;
        retried = beginning == Beginning.UP || manner == Manner.PATIENT ? 0 : timing.retry();
        next = manner == Manner.TOLD ? now : now + (long) (timing.warmup().toNanos() * random);
    }

    boolean up() {
        return up;
    }

    long next() {
        return next;
    }

    /** Whether anything is asked at a time of its own. */
    boolean isTimed() {
        return manner != Manner.TOLD;
    }

    /** The same goes on at another pace; what was enough of retries leaves one more. */
    void retime(Timing other, long now) {
        if (hasRun) {
            retried = other.retry() == 0 ? 0 : Math.min(retried, other.retry() - 1);
            next = Math.min(next, now + other.interval().toNanos());
        }
        timing = other;
    }

    /** It was due, and is suspended. */
    void rested(long now) {
        next = now + timing.interval().toNanos();
    }

    Verdict ran(Outcome outcome, long began, long ended) {
        failures = outcome instanceof Failure ? failures + 1 : 0;
        boolean wasUp = up;
        boolean first = !hasRun;
        boolean decided = switch (manner) {
            case TOLD -> told(outcome, ended);
            case PAGES -> page(outcome, ended);
            default -> plain(outcome, manner == Manner.SCRIPT ? began : ended, ended);
        };
        return new Verdict(up, decided && (first || wasUp != up), failures,
                outcome instanceof Failure ? retried : 0);
    }

    private boolean told(Outcome outcome, long now) {
        up = !(outcome instanceof Failure);
        hasRun = true;
        next = now;
        return true;
    }

    private boolean plain(Outcome outcome, long from, long now) {
        boolean retries = up || !hasRun || manner == Manner.STUBBORN || manner == Manner.PATIENT;
        if (outcome instanceof Failure && retries && retried < timing.retry()) {
            retried++;
            next = Math.max(from + timing.delayBeforeRetry().toNanos(), now);
            return false;
        }
        up = !(outcome instanceof Failure);
        hasRun = true;
        retried = 0;
        next = Math.max(from + timing.interval().toNanos(), now);
        return true;
    }

    /** Of HTTP_GET: the outcome of one URL. */
    private boolean page(Outcome outcome, long now) {
        return outcome instanceof Failure ? pageFailure(now) : pageSuccess(outcome, now);
    }

    private boolean pageSuccess(Outcome outcome, long now) {
        boolean whole = !pageFailed && (outcome instanceof Success || outcome instanceof Weighted);
        pageFailed = false;
        if (whole) {
            up = true;
            hasRun = true;
        }
        retried = hasRun ? 0 : timing.retry();
        boolean atOnce = fastRecovery && (!hasRun || !up);
        next = atOnce ? now : now + timing.interval().toNanos();
        return whole;
    }

    /** keepalived asks again at once, without end, where fast_recovery meets a failure before all URLs have succeeded; not so here. */
    private boolean pageFailure(long now) {
        boolean decided = false;
        if (up || !hasRun) {
            hasRun = true;
            retried++;
            if (retried > timing.retry()) {
                up = false;
                pageFailed = true;
                decided = true;
                retried = 0;
            }
        }
        long delay = timing.delayBeforeRetry().toNanos();
        next = now + (pageFailed ? Math.max(delay, timing.interval().toNanos()) : delay);
        return decided;
    }
}
