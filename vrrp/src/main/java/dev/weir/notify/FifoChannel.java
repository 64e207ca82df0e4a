package dev.weir.notify;

import dev.weir.conf.Definitions.NotifyFifo;
import dev.weir.conf.Definitions.Scripting;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A notify FIFO with the script that reads it, if the configuration has one: from when it is configured until it is not. */
public final class FifoChannel implements AutoCloseable {
    /** How long its script may go on when the FIFO has come to its end. */
    private static final Duration FAREWELL = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(FifoChannel.class);

    private final NotifyFifo configured;
    private final Scripting settings;
    private final Fifo fifo;
    private final CountDownLatch scriptEnded = new CountDownLatch(1);
    private final ScriptRunner.@Nullable Run script;

    private FifoChannel(NotifyFifo configured, Scripting settings, Fifo fifo, ScriptRunner runner) {
        this.configured = configured;
        this.settings = settings;
        this.fifo = fifo;
        this.script = start(runner);
    }

    /**
     * The channel that a configuration wants.
     *
     * @param present the one there is; goes on where nothing changes for it, and is closed otherwise
     * @return null where none is wanted, or none is possible, which is said
     */
    public static @Nullable FifoChannel configured(@Nullable FifoChannel present, @Nullable NotifyFifo wanted,
            Scripting settings, ScriptRunner runner) {
        if (present != null && present.configured.equals(wanted) && present.settings.equals(settings)) {
            return present;
        }
        if (present != null) {
            present.close();
        }
        if (wanted == null) {
            return null;
        }
        try {
            String user = wanted.user() != null ? wanted.user() : settings.user();
            String group = wanted.user() != null ? wanted.group() : settings.group();
            Account owner = user == null ? null : Account.of(user, group);
            if (user != null && owner == null) {
                LOG.warn("FIFO {}: there is no user {}, or no group {}; it is not used", wanted.path(), user, group);
                return null;
            }
            return new FifoChannel(wanted, settings, Fifo.open(wanted.path(), owner), runner);
        } catch (IOException e) {
            LOG.warn("FIFO {} is not used: {}", wanted.path(), e.getMessage());
            return null;
        }
    }

    private ScriptRunner.@Nullable Run start(ScriptRunner runner) {
        if (configured.script() == null) {
            return null;
        }
        Script ready = new Scripts(settings).ready(configured.script(), "notify FIFO");
        if (ready == null) {
            return null;
        }
        return runner.start(ready, List.of(configured.path()), Duration.ZERO,
                line -> LOG.info("notify FIFO script {}: {}", ready.name(), line), outcome -> {
                    scriptEnded.countDown();
                    LOG.info("notify FIFO script {} {}", ready.name(), outcome);
                });
    }

    /** @param line such as {@code INSTANCE "VI_1" MASTER 100} */
    public void write(String line) {
        fifo.write(line);
    }

    /** The script reads to the end of the FIFO; it is ended where it does not end by itself then. */
    @Override
    public void close() {
        fifo.close();
        if (script == null) {
            return;
        }
        try {
            if (!scriptEnded.await(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
                script.end();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            script.end();
        }
    }
}
