package dev.weir.lvs;

import dev.weir.conf.Command;
import dev.weir.conf.Configuration;
import dev.weir.lvs.Notice.OfChecker;
import dev.weir.lvs.Notice.OfQuorum;
import dev.weir.lvs.Notice.OfServer;
import dev.weir.lvs.Notice.Remark;
import dev.weir.notify.Fifos;
import dev.weir.notify.Mailer;
import dev.weir.notify.Script;
import dev.weir.notify.ScriptQueue;
import dev.weir.notify.ScriptRunner;
import dev.weir.notify.Scripts;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log, scripts, FIFOs and people what became of virtual and real servers, as keepalived.conf says. Belongs to the
 * thread of Lvs, which never waits here but at the end.
 */
final class Teller implements AutoCloseable {
    /** For the scripts that still run when the daemon ends. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(Teller.class);

    private final ScriptRunner runner;
    private final Fifos fifos;
    private final Mailer mailer = new Mailer();
    private final Map<String, ScriptQueue> queues = new HashMap<>();
    private @Nullable Scripts scripts;

    Teller(ScriptRunner runner, Fifos fifos) {
        this.runner = runner;
        this.fifos = fifos;
    }

    void configure(Configuration configuration) {
        fifos.configure(configuration.globals());
        mailer.configure(configuration.globals().mail(), configuration.globals().routerId());
        scripts = new Scripts(configuration.globals().scripts());
        queues.values().removeIf(ScriptQueue::isIdle);
    }

    void tell(Notice notice) {
        switch (notice) {
            case Remark remark -> LOG.info("{}", remark.text());
            case OfServer of -> {
                LOG.info("{}", of.text());
                fifos.ofServers("RS " + of.server() + " " + of.service() + " " + (of.up() ? "UP" : "DOWN"));
                run(of.server() + " of " + of.service(), of.script(), of.up() ? "notify_up" : "notify_down");
                mail("Realserver " + of.server() + " of virtual server " + of.service(), of.up(), of.mail());
            }
            case OfChecker of -> mail("Realserver " + of.server() + " of virtual server " + of.service(), of.up(),
                    of.mail());
            case OfQuorum of -> {
                LOG.info("{}", of.text());
                fifos.ofServers("VS " + of.service() + " " + (of.up() ? "UP" : "DOWN"));
                run(of.service(), of.script(), of.up() ? "quorum_up" : "quorum_down");
                mail("Virtualserver " + of.service(), of.up(), of.mail());
            }
        }
    }

    private void run(String name, @Nullable Command command, String directive) {
        Script script = command == null || scripts == null ? null : scripts.ready(command, directive + " of " + name);
        if (script != null) {
            queues.computeIfAbsent(name, _ -> new ScriptQueue(name, runner))
                    .add(List.of(new ScriptQueue.Call(script, List.of())));
        }
    }

    private void mail(String subject, boolean up, @Nullable String text) {
        if (text != null) {
            mailer.send(subject + " - " + (up ? "UP" : "DOWN"), text);
        }
    }

    /** Waits for scripts that run (5 s at most) and mail that was accepted (2 s). */
    @Override
    public void close() {
        long deadline = System.nanoTime() + FAREWELL.toNanos();
        try {
            for (ScriptQueue queue : queues.values()) {
                queue.finish(deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        mailer.close();
    }
}
