package dev.weir.vrrp.tell;

import dev.weir.conf.Command;
import dev.weir.conf.VrrpInstance.Notifications;
import dev.weir.notify.Script;
import dev.weir.notify.ScriptQueue;
import dev.weir.notify.ScriptRunner;
import dev.weir.notify.Scripts;
import dev.weir.vrrp.machine.Action.SplitBrain;
import dev.weir.vrrp.machine.Action.Subject;
import dev.weir.vrrp.machine.State;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was told of an instance or group, and by which scripts more is told. Belongs to the notifier's thread. */
final class Told {
    private final Notifications notifications;
    private final @Nullable Script master;
    private final @Nullable Script backup;
    private final @Nullable Script fault;
    private final @Nullable Script stop;
    private final @Nullable Script deleted;
    private final @Nullable Script lowerPriority;
    private final @Nullable Script any;
    private final @Nullable Script split;
    private final String name;
    private final ScriptQueue queue;
    private @Nullable State state;
    private @Nullable State mailed;
    private int priority;

    /** @param before the same instance with another configuration, or null */
    Told(String name, Notifications notifications, @Nullable Command splitBrain, Scripts scripts, @Nullable Told before,
            ScriptRunner runner) {
        this.name = name;
        this.notifications = notifications;
        master = ready(scripts, "notify_master", notifications.master());
        backup = ready(scripts, "notify_backup", notifications.backup());
        fault = ready(scripts, "notify_fault", notifications.fault());
        stop = ready(scripts, "notify_stop", notifications.stop());
        deleted = ready(scripts, "notify_deleted", notifications.deleted());
        lowerPriority = ready(scripts, "notify_master_rx_lower_pri", notifications.lowerPriority());
        any = ready(scripts, "notify", notifications.any());
        split = ready(scripts, "split_brain", splitBrain);
        queue = before == null ? new ScriptQueue(name, runner) : before.queue;
        state = before == null ? null : before.state;
        mailed = before == null ? null : before.mailed;
        priority = before == null ? 0 : before.priority;
    }

    private @Nullable Script ready(Scripts scripts, String directive, @Nullable Command command) {
        return scripts.ready(command, directive + " of " + name + ",");
    }

    @Nullable
    State state() {
        return state;
    }

    int priority() {
        return priority;
    }

    /** The script of the state, then the one of all states. */
    void entered(Subject subject, State entered, int withPriority) {
        state = entered;
        priority = withPriority;
        Script own = switch (entered) {
            case MASTER -> master;
            case BACKUP -> backup;
            case FAULT -> fault;
            case STOP -> stop;
            case DELETED -> deleted;
            case INIT -> null;
        };
        List<ScriptQueue.Call> calls = new ArrayList<>();
        if (own != null) {
            calls.add(new ScriptQueue.Call(own, List.of()));
        }
        if (any != null) {
            calls.add(new ScriptQueue.Call(any,
                    List.of(subject.name(), name, entered.name(), Integer.toString(withPriority))));
        }
        queue.add(calls);
    }

    void lowerPriority() {
        if (lowerPriority != null) {
            queue.add(List.of(new ScriptQueue.Call(lowerPriority, List.of())));
        }
    }

    /** The script gets what notify scripts get, then who the other is, and the likely cause. */
    void split(String begunOrOver, SplitBrain what) {
        if (split != null) {
            queue.add(List.of(new ScriptQueue.Call(split, List.of(Subject.INSTANCE.name(), name, begunOrOver,
                    Integer.toString(what.priority()), what.rival(), what.cause()))));
        }
    }

    boolean isMailed() {
        return notifications.smtpAlert();
    }

    /** Whether people want to know it who were told the state before. */
    boolean isWorthMail(State entered) {
        if (!notifications.smtpAlert() || entered == mailed) {
            return false;
        }
        mailed = entered;
        return true;
    }

    boolean isIdle() {
        return queue.isIdle();
    }

    /** Waits for its scripts; from here on none is started. */
    void finish(long deadline) throws InterruptedException {
        queue.finish(deadline);
    }
}
