package dev.weir.check;

import dev.weir.check.Course.Verdict;
import dev.weir.check.Outcome.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A check on a virtual thread of its own, which sleeps most of its life. */
final class Running {
    private static final Logger LOG = LoggerFactory.getLogger(Running.class);

    private final Wanted wanted;
    private final List<Object> parts;
    private final Checker checker;
    private final Course course;
    private final Shared shared;
    private final @Nullable Running before;
    private final Thread thread;
    private volatile boolean up;

    /**
     * What all checks have in common.
     *
     * @param suspended names of virtual servers
     */
    record Shared(Consumer<Checked> listener, Supplier<Set<String>> suspended, Lateness lateness) {
    }

    /**
     * Begins.
     *
     * @param parts  that the checker was made of
     * @param before whose course this goes on with, once its thread has ended; or null
     */
    Running(Wanted wanted, List<Object> parts, Checker checker, Course course, Shared shared,
            @Nullable Running before) {
        this.wanted = wanted;
        this.parts = parts;
        this.checker = checker;
        this.course = course;
        this.shared = shared;
        this.before = before;
        this.up = before == null ? course.up() : before.up;
        this.thread = Thread.ofVirtual().name("check " + wanted.key().server()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    Wanted wanted() {
        return wanted;
    }

    List<Object> parts() {
        return parts;
    }

    /** Only for the one that comes after it. */
    Course course() {
        return course;
    }

    /** What it said last; any thread. */
    boolean isUp() {
        return up;
    }

    /** Asks for its end; a question that is under way is given up. */
    void stop() {
        thread.interrupt();
    }

    void join(Duration limit) throws InterruptedException {
        thread.join(limit);
    }

    private void run() {
        try (checker) {
            if (before != null) {
                before.thread.join();
                course.retime(wanted.check().timing(), System.nanoTime());
            }
            while (!Thread.interrupted()) {
                turn();
            }
        } catch (InterruptedException e) {
            // It is not wanted any more.
        }
    }

    private void turn() throws InterruptedException {
        long due = course.next();
        long early = due - System.nanoTime();
        if (early > 0) {
            Thread.sleep(Duration.ofNanos(early));
        }
        if (course.isTimed() && shared.suspended.get().contains(wanted.key().service())) {
            course.rested(System.nanoTime());
            return;
        }
        long began = System.nanoTime();
        if (course.isTimed()) {
            shared.lateness.began(began - due);
        }
        Outcome outcome = ask();
        long ended = System.nanoTime();
        Verdict verdict = course.ran(outcome, began, ended);
        boolean wasUp = up;
        up = verdict.up();
        log(outcome, verdict, wasUp);
        tell(new Checked(wanted.key(), verdict.up(), outcome, verdict.failures(), Instant.now(),
                Duration.ofNanos(ended - began)));
    }

    /** Whatever becomes of it, the server is asked again. */
    private void tell(Checked checked) {
        try {
            shared.listener.accept(checked);
        } catch (RuntimeException e) {
            LOG.error("what {} of {} found was not taken note of", wanted.check().kind(), wanted.key().server(), e);
        }
    }

    private Outcome ask() throws InterruptedException {
        try {
            return checker.ask(course.up());
        } catch (RuntimeException e) {
            LOG.error("{} of {} ended in an error of Weir's", wanted.check().kind(), wanted.key().server(), e);
            return new Failure("error in Weir: " + e);
        }
    }

    private void log(Outcome outcome, Verdict verdict, boolean wasUp) {
        String kind = wanted.check().kind();
        String server = wanted.key().server();
        String service = wanted.key().service();
        int retries = wanted.check().timing().retry();
        if (verdict.changed() && verdict.up()) {
            LOG.info("{} of {} for {} succeeded: {}", kind, server, service, outcome.detail());
        } else if (verdict.changed()) {
            LOG.info("{} of {} for {} failed{}: {}", kind, server, service,
                    verdict.failures() > 1 ? " after " + retries + (retries == 1 ? " retry" : " retries") : "",
                    outcome.detail());
        } else if (outcome instanceof Failure && wasUp && wanted.check().logAllFailures()) {
            LOG.info("{} of {} for {} failed, and retry {} of {} follows: {}", kind, server, service, verdict.retry(),
                    retries, outcome.detail());
        }
    }
}
