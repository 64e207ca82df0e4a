package dev.weir.vrrp.tell;

import dev.weir.conf.Command;
import dev.weir.conf.Configuration;
import dev.weir.conf.Definitions.Globals;
import dev.weir.conf.Definitions.SyncGroup;
import dev.weir.conf.SplitBrain.Script;
import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.Notifications;
import dev.weir.notify.Fifos;
import dev.weir.notify.Mailer;
import dev.weir.notify.ScriptRunner;
import dev.weir.notify.Scripts;
import dev.weir.vrrp.machine.Action.Notify;
import dev.weir.vrrp.machine.Action.NotifyLowerPriority;
import dev.weir.vrrp.machine.Action.NotifyPriority;
import dev.weir.vrrp.machine.Action.SplitBrain;
import dev.weir.vrrp.machine.Action.Subject;
import dev.weir.vrrp.machine.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells scripts, FIFOs and people of states, as keepalived.conf says. Who calls it never waits: all is done on a thread of
 * its own, in the order of the calls.
 */
public final class Notifier implements AutoCloseable {
    /** For the scripts that still run when the daemon ends; then mail has two seconds more. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);

    private final ScriptRunner runner;
    private final Mailer mailer = new Mailer();
    private final ExecutorService thread = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().daemon().name("notify").factory());
    private final Map<Key, Told> told = new LinkedHashMap<>();
    private final Set<Key> configured = new HashSet<>();
    /** Whose scripts may still run. */
    private final List<Told> gone = new ArrayList<>();
    private final Fifos fifos;
    private boolean faultsByMail = true;

    private record Key(Subject subject, String name) {
    }

    /** Runner and FIFOs are the caller's, who closes them after this. */
    public Notifier(ScriptRunner runner, Fifos fifos) {
        this.runner = runner;
        this.fifos = fifos;
    }

    /** What counts from here on. An instance that is gone keeps what it had until its last state has been told. */
    public void configure(Configuration configuration) {
        submit(() -> {
            Globals globals = configuration.globals();
            mailer.configure(globals.mail(), globals.routerId());
            faultsByMail = globals.mail().faults();
            fifos.configure(globals);
            Scripts scripts = new Scripts(globals.scripts());
            configured.clear();
            for (VrrpInstance instance : configuration.instances()) {
                configure(new Key(Subject.INSTANCE, instance.name()), instance.notifications(),
                        instance.splitBrain().reaction() instanceof Script(Command command) ? command : null, scripts);
            }
            for (SyncGroup group : configuration.groups()) {
                configure(new Key(Subject.GROUP, group.name()), group.notifications(), null, scripts);
            }
            boolean again = globals.fifos().statesOnReload();
            told.forEach((key, one) -> {
                State state = one.state();
                if (again && state != null && configured.contains(key)) {
                    line(key, state.name(), one.priority());
                }
            });
        });
    }

    private void configure(Key key, Notifications notifications, @Nullable Command split, Scripts scripts) {
        configured.add(key);
        told.put(key, new Told(key.name(), notifications, split, scripts, told.get(key), runner));
    }

    public void tell(Notify notify) {
        submit(() -> {
            Key key = new Key(notify.subject(), notify.name());
            Told one = told.get(key);
            if (one == null) {
                LOG.warn("{} {} became {}, and no configuration has it", key.subject(), key.name(), notify.state());
                return;
            }
            State state = notify.state();
            int priority = notify.subject() == Subject.GROUP ? 0 : notify.priority();
            one.entered(notify.subject(), state, priority);
            line(key, state.name(), priority);
            mail(key, one, state);
            if (!configured.contains(key)) {
                told.remove(key);
                gone.removeIf(Told::isIdle);
                gone.add(one);
            }
        });
    }

    /** A master heard an advert of a lower priority. */
    public void tell(NotifyLowerPriority notify) {
        submit(() -> {
            Key key = new Key(Subject.INSTANCE, notify.instance());
            Told one = told.get(key);
            if (one != null) {
                one.lowerPriority();
            }
            line(key, "MASTER_RX_LOWER_PRI", notify.priority());
        });
    }

    public void tell(NotifyPriority notify) {
        submit(() -> line(new Key(notify.subject(), notify.name()),
                notify.state() == State.MASTER ? "MASTER_PRIORITY" : "BACKUP_PRIORITY", notify.priority()));
    }

    /** A line for FIFOs, the script of split_brain, and mail. */
    public void tell(SplitBrain split) {
        submit(() -> {
            Key key = new Key(Subject.INSTANCE, split.instance());
            Told one = told.get(key);
            String state = split.begun() ? "SPLIT_BRAIN" : "SPLIT_BRAIN_OVER";
            if (one != null) {
                one.split(state, split);
                if (one.isMailed()) {
                    Letter letter = Letter.of(split);
                    mailer.send(letter.subject(), letter.body());
                }
            }
            line(key, state, split.priority());
        });
    }

    private void line(Key key, String state, int priority) {
        fifos.ofVrrp(key.subject() + " \"" + key.name() + "\" " + state + " " + priority);
    }

    private void mail(Key key, Told one, State state) {
        if (state == State.FAULT && !faultsByMail || !one.isWorthMail(state)) {
            return;
        }
        Letter letter = Letter.of(key.subject(), key.name(), state);
        if (letter != null) {
            mailer.send(letter.subject(), letter.body());
        }
    }

    private void submit(Runnable task) {
        try {
            thread.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    LOG.error("a notification failed", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.warn("a notification is not told: the daemon ends");
        }
    }

    /** Waits for scripts that run (5 s at most) and mail that was accepted (2 s). */
    @Override
    public void close() {
        long deadline = System.nanoTime() + FAREWELL.toNanos();
        thread.shutdown();
        try {
            if (!thread.awaitTermination(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("notifications are not told to the end within {} s", FAREWELL.toSeconds());
            }
            gone.addAll(told.values());
            for (Told one : gone) {
                one.finish(deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        mailer.close();
    }
}
