package dev.weir.lbd;

import dev.weir.conf.Definitions.Reloading;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a {@link ReloadSchedule} in a thread of its own, which there is where a reload_time_file is named. */
final class ReloadClock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadClock.class);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final Runnable reload;
    private @Nullable ScheduledExecutorService thread;
    private @Nullable ReloadSchedule schedule;

    /** @param reload may call {@link #configure} */
    ReloadClock(Runnable reload) {
        this.reload = reload;
    }

    /** The same file goes on. */
    synchronized void configure(Reloading reloading) {
        String time = reloading.time();
        if (time == null) {
            schedule = null;
            return;
        }
        Path file = Path.of(time).toAbsolutePath();
        if (schedule == null || !schedule.isFor(file, reloading.repeat())) {
            ReloadSchedule begun = new ReloadSchedule(file, reloading.repeat(), reload);
            schedule = begun;
            if (thread == null) {
                thread = Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("reload clock").daemon().factory());
            }
            thread.execute(() -> look(begun));
        }
    }

    private void look(ReloadSchedule asked) {
        if (isCurrent(asked)) {
            Duration wait = AFTER_FAILURE;
            try {
                wait = asked.look(ZonedDateTime.now(ZoneId.systemDefault()));
            } catch (RuntimeException e) {
                LOG.error("reading the configuration anew failed", e);
            }
            ask(wait, asked);
        }
    }

    private synchronized boolean isCurrent(ReloadSchedule asked) {
        return asked == schedule;
    }

    private synchronized void ask(Duration wait, ReloadSchedule asked) {
        if (thread != null) {
            Future<?> _ = thread.schedule(() -> look(asked), wait.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public synchronized void close() {
        schedule = null;
        if (thread != null) {
            thread.shutdown();
            thread = null;
        }
    }
}
