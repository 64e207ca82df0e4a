package dev.weir.vrrp.machine;

import dev.weir.conf.VrrpInstance;
import dev.weir.vrrp.packet.Advert;
import dev.weir.wire.IpAddress;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What a backup knows of its master, and when it takes over from it (RFC 9568 section 6.4.2, preempt_delay). */
final class MasterWatch {
    private final Consumer<String> log;
    private final LongSupplier patience;
    /** vrrp_startup_delay: nobody takes over by time before. */
    private final long notBefore;
    private VrrpInstance instance;
    private int priority;

    /** The interval of the master that is heard, or would be. */
    private long interval;
    private long since;
    private long downAt = Timing.NEVER;
    /** Until when a master that is heard on the second path is left alone, and which. */
    private long heldUntil = Long.MIN_VALUE;
    private @Nullable IpAddress holder;
    /** When a master of lower priority was first heard, and left alone; NEVER: none was. */
    private long outrankedAt = Timing.NEVER;
    private @Nullable IpAddress master;
    private int masterPriority;
    private long heardAt;
    private boolean resigned;
    private boolean asksNobody;
    /** When the next advert is missing. */
    private long missedAt = Timing.NEVER;
    /** How many pauses of this node have not counted since it heard an advert. */
    private int excused;

    /** @param patience see {@link Conditions#patience} */
    MasterWatch(VrrpInstance instance, long notBefore, LongSupplier patience, Consumer<String> log) {
        this.instance = instance;
        this.patience = patience;
        this.notBefore = notBefore;
        this.log = log;
        priority = instance.priority();
        interval = Timing.interval(instance);
    }

    /** A timer that runs goes on, longer or shorter by what the wait changes. */
    void configure(VrrpInstance changed, int changedPriority, long now) {
        long before = wait(instance);
        // In version 3 one that was learned from the master stays.
        if (changed.version() == 2 || interval == Timing.interval(instance)) {
            interval = Timing.interval(changed);
        }
        instance = changed;
        if (grace() == 0) {
            outrankedAt = Timing.NEVER;
        }
        priority = changedPriority;
        if (downAt != Timing.NEVER) {
            downAt = Math.max(now, downAt + wait(instance) - before);
        }
    }

    /** For a whole wait, with the node's own interval or, from a master that it yields to, with that one's. */
    void begin(long now, @Nullable Advert heard) {
        since = now;
        asksNobody = false;
        resigned = false;
        interval = Timing.interval(instance);
        outrankedAt = Timing.NEVER;
        heldUntil = Long.MIN_VALUE;
        if (heard != null) {
            learnInterval(heard);
        }
        listen(now);
        downAt = from(now) + wait(instance);
    }

    /** For an address owner that asks nobody. */
    void beginAtOnce(long now) {
        since = now;
        asksNobody = true;
        downAt = from(now);
    }

    /** A group did not let it become master. */
    void again(long now) {
        listen(now);
        downAt = now + wait(instance);
    }

    void stop() {
        downAt = Timing.NEVER;
        missedAt = Timing.NEVER;
    }

    /**
     * An advert is missing since half an interval, or more of them are, or the wait is over. Where this node comes late to see
     * that, it stood still itself: adverts may still be on their way in, or the machine below both nodes stood still. So a pause of
     * its own does not count as the master's silence; as often as adverts may be missed.
     */
    void look(long now) {
        long due = lookAt();
        if (due > now) {
            return;
        }
        long late = now - due;
        if (late > interval / 4 && excused < instance.downTimerAdverts() && !asksNobody && !resigned) {
            excused++;
            downAt = Math.max(downAt + late, now + Math.min(late, interval));
        }
        missedAt = now + interval;
    }

    /** When to look again. */
    long lookAt() {
        return Math.min(missedAt, deadline());
    }

    private void listen(long now) {
        missedAt = now + interval + interval / 2;
        excused = 0;
    }

    long deadline() {
        return Math.max(downAt, heldUntil);
    }

    /** No advert was heard for a whole wait. */
    boolean isSilent(long now) {
        long last = master == null || heardAt < since ? since : heardAt;
        return now - last >= wait(instance);
    }

    /**
     * A master is heard on the second path.
     *
     * @param outranks whatever the priorities are
     * @param lasting  for how long that counts
     * @return whether it may stay master
     */
    boolean hold(IpAddress router, int other, boolean outranks, long lasting, long now) {
        if (!outranks && !isLeftAlone(other, now)) {
            return false;
        }
        if (!outranks && other < priority && grace() > 0 && outrankedAt == Timing.NEVER) {
            outrankedAt = now;
        }
        holder = router;
        heldUntil = from(now) + lasting + Timing.skew(3, priority, lasting / 3);
        return true;
    }

    /** Who was left alone on the second path's account says there that it is master no more. */
    void release(IpAddress router, long now) {
        if (router.equals(holder) && now < heldUntil) {
            heldUntil = from(now) + Timing.skew(instance.version(), priority, interval);
        }
    }

    @Nullable
    IpAddress master() {
        return master;
    }

    /** The master's that is heard, or this node's own. */
    long interval() {
        return interval;
    }

    int masterPriority() {
        return masterPriority;
    }

    private long wait(VrrpInstance of) {
        return Timing.masterDown(of, priority, interval);
    }

    private long from(long now) {
        return Math.max(now, notBefore);
    }

    /** Whether the sender may stay master: this node then has no wish to be it. */
    boolean hear(IpAddress sender, Advert advert, long now) {
        if (advert.priority() == 0) {
            remember(sender, advert, now);
            if (sender.equals(holder)) {
                heldUntil = Long.MIN_VALUE;
            }
            downAt = from(now) + Timing.skew(instance.version(), priority, interval);
            return false;
        }
        if (!isLeftAlone(advert.priority(), now)) {
            discard(sender, advert, now);
            return false;
        }
        learnInterval(advert);
        if (advert.priority() >= priority) {
            outrankedAt = Timing.NEVER;
        } else if (grace() > 0 && outrankedAt == Timing.NEVER) {
            outrankedAt = now;
            log.accept("leaves " + sender + ", whose priority " + advert.priority() + " is below " + priority
                    + ", master for " + (patience.getAsLong() > delay()
                            ? "at most " + Timing.seconds(patience.getAsLong())
                                    + ", until its connections are known here (connection_sync)"
                            : "the preempt_delay of " + Timing.seconds(delay())));
        }
        remember(sender, advert, now);
        downAt = from(now) + wait(instance);
        return true;
    }

    private boolean isLeftAlone(int other, long now) {
        return other >= priority || !instance.preemption().preempt()
                || grace() > 0 && (outrankedAt == Timing.NEVER || now < outrankedAt + grace());
    }

    /** How long a master of lower priority is left alone: for preempt_delay, and as long as its connections are not known. */
    private long grace() {
        return Math.max(delay(), patience.getAsLong());
    }

    private long delay() {
        return instance.preemption().delay().toNanos();
    }

    /** The timer runs on; it began to run when the master was left alone no more. */
    private void discard(IpAddress sender, Advert advert, long now) {
        if (outrankedAt != Timing.NEVER && heardAt < outrankedAt + grace()) {
            downAt = Math.max(downAt, outrankedAt + grace() + wait(instance));
        }
        if (!sender.equals(master) || masterPriority != advert.priority()) {
            log.accept("advert of " + sender + " with lower priority " + advert.priority() + " (here " + priority
                    + ") counts for nothing: takes over in " + Timing.seconds(Math.max(0, downAt - now)));
        }
        remember(sender, advert, now);
    }

    void remember(IpAddress sender, Advert advert, long now) {
        heardAt = now;
        listen(now);
        resigned = advert.priority() == 0;
        if (!resigned || !sender.equals(master)) {
            master = sender;
            masterPriority = advert.priority();
        }
    }

    /** Version 3: the master's interval is everybody's. */
    private void learnInterval(Advert advert) {
        long heard = Math.max(advert.interval().toNanos(), Timing.SHORTEST);
        if (instance.version() == 3 && heard != interval) {
            log.accept("advert interval of the master is " + Timing.seconds(heard) + ", was "
                    + Timing.seconds(interval));
            interval = heard;
        }
    }

    /** Why it takes over now. */
    String reason(long now) {
        if (asksNobody) {
            return "it owns the address (priority 255, state MASTER)";
        }
        if (master == null || heardAt < since) {
            return "no advert was heard for " + Timing.seconds(now - since);
        }
        if (resigned) {
            return master + " resigned (priority 0)";
        }
        if (!isLeftAlone(masterPriority, now)) {
            return "its priority " + priority + " is above the " + masterPriority + " of " + master;
        }
        return "no advert from " + master + " for " + Timing.seconds(now - heardAt);
    }
}
