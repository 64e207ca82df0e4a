package dev.weir.vrrp.machine;

import dev.weir.conf.VirtualAddress;
import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.Announcements;
import dev.weir.vrrp.machine.Action.Level;
import dev.weir.vrrp.machine.Action.Subject;
import dev.weir.vrrp.machine.Conditions.Verdict;
import dev.weir.vrrp.packet.Advert;
import dev.weir.wire.IpAddress;
import java.util.HashSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A vrrp_instance and where it stands: RFC 9568 section 6.4, with keepalived's additions. Times are in nanoseconds. */
final class VirtualRouter {
    private static final int OWNER = 255;

    private final Consumer<Action> out;
    private final Conditions conditions;
    private VrrpInstance instance;
    private @Nullable Group group;
    private Verdict verdict = Verdict.NONE;

    private State state = State.INIT;
    private long since;
    private boolean wantsMaster;
    /** The configured one, until another owner turned up. */
    private int basePriority;
    private int priority;

    /** The interval of the master that is heard, or would be. */
    private long masterInterval;
    private long masterDownAt = Timing.NEVER;
    private long advertAt = Timing.NEVER;
    private long burstAt = Timing.NEVER;
    private long refreshAt = Timing.NEVER;
    private long lowerPriorityBurstAt = Timing.NEVER;
    /** Until when a master of lower priority is left alone; NEVER: none was heard yet. */
    private long preemptAt = Timing.NEVER;
    /** vrrp_startup_delay: nobody takes over by time before. */
    private final long notBefore;

    private @Nullable IpAddress master;
    private int masterPriority;
    private long heardAt;
    private boolean masterResigned;

    VirtualRouter(VrrpInstance instance, Conditions conditions, long notBefore, Consumer<Action> out) {
        this.instance = instance;
        this.conditions = conditions;
        this.notBefore = notBefore;
        this.out = out;
        basePriority = instance.priority();
        priority = basePriority;
        masterInterval = interval();
        wantsMaster = instance.master();
    }

    String name() {
        return instance.name();
    }

    VrrpInstance instance() {
        return instance;
    }

    State state() {
        return state;
    }

    @Nullable
    Group group() {
        return group;
    }

    void join(@Nullable Group joined) {
        group = joined;
    }

    boolean isUp() {
        return verdict.isUp();
    }

    boolean hasFault() {
        return !verdict.faults().isEmpty();
    }

    boolean wantsMaster() {
        return wantsMaster;
    }

    /** An address owner that says state MASTER asks nobody. */
    boolean beginsAsMaster() {
        return instance.master() && basePriority == OWNER;
    }

    @Nullable
    IpAddress master() {
        return state == State.BACKUP ? master : null;
    }

    Standing standing(long now) {
        return new Standing(name(), state, now - since, instance.priority(), priority, master(), masterPriority,
                verdict.faults());
    }

    private long interval() {
        return Math.max(instance.advertInterval().toNanos(), Timing.SHORTEST);
    }

    private long masterDown() {
        return Timing.masterDown(instance, priority, masterInterval);
    }

    // What it learns of this host.

    /** Takes a verdict over at its beginning, and says nothing. */
    void judge(Verdict first) {
        verdict = first;
        priority = effective();
    }

    /** What changed of it is acted on. */
    void judge(Verdict changed, long now) {
        Verdict before = verdict;
        verdict = changed;
        if (hasFault() && (before.faults().isEmpty() || state == State.INIT)) {
            if (state != State.FAULT) {
                fail(changed.faults().getFirst(), now);
            }
            if (group != null) {
                group.followToFault(this, now);
            }
        } else if (isUp() && !before.isUp()) {
            comeUp(before, now);
        }
        reprioritise(now);
    }

    private void comeUp(Verdict before, long now) {
        if (group != null && !group.isUp()) {
            return;
        }
        if (state != State.BACKUP) {
            becomeBackup(before.faults().isEmpty() ? "all scripts have run" : "it has all it needs again", now);
        }
        if (group != null) {
            group.followToBackup(this, now);
        }
    }

    private int effective() {
        return basePriority == OWNER ? OWNER : Math.clamp((long) basePriority + verdict.weight(), 1, 254);
    }

    /** A backup's timer runs on, longer or shorter by the skew's difference. */
    private void reprioritise(long now) {
        int before = priority;
        long downBefore = masterDown();
        priority = effective();
        if (priority == before) {
            return;
        }
        tell(Level.INFO, "effective priority " + priority + ", was " + before + " (priority " + basePriority
                + String.join("", verdict.weights().stream().map(part -> ", " + part).toList()) + ")");
        shiftMasterDown(downBefore, now);
        if (instance.notifications().priorityChanges()) {
            out.accept(new Action.NotifyPriority(Subject.INSTANCE, name(), state, priority));
        }
    }

    private void shiftMasterDown(long downBefore, long now) {
        if (state == State.BACKUP && masterDownAt != Timing.NEVER) {
            masterDownAt = Math.max(now, masterDownAt + masterDown() - downBefore);
        }
    }

    // What it begins and ends with.

    /** With all of its group. */
    void beginInFault(long now) {
        if (state == State.INIT) {
            fail(hasFault() ? verdict.faults().getFirst() : "as its group", now);
        }
    }

    void begin(long now) {
        if (state == State.INIT && isUp() && (group == null || group.isUp())) {
            since = now;
            beginAsBackup(now);
        }
    }

    private void beginAsBackup(long now) {
        if (beginsAsMaster() && (group == null || group.members().stream().allMatch(VirtualRouter::beginsAsMaster))) {
            state = State.BACKUP;
            masterDownAt = fromStart(now);
            return;
        }
        // Of state MASTER and a lower priority than 255 keepalived 2.2.7 keeps no more than this wish, which its group asks for.
        becomeBackup("at the start", now);
        wantsMaster = instance.master();
    }

    private long fromStart(long now) {
        return Math.max(now, notBefore);
    }

    /** A master's last advert and act; for good. */
    void resign() {
        if (state == State.MASTER) {
            out.accept(new Action.Send(name(), 0));
            out.accept(new Action.Release(name()));
        }
        stopTimers();
    }

    void end(State last) {
        state = last;
        out.accept(new Action.Notify(Subject.INSTANCE, name(), last, priority));
    }

    /** Another configuration of the same virtual router; what it does not touch goes on, timers too. */
    void configure(VrrpInstance changed, long now) {
        VrrpInstance before = instance;
        long downBefore = masterDown();
        instance = changed;
        out.accept(new Action.Configure(changed));
        if (changed.priority() != before.priority()) {
            basePriority = changed.priority();
        }
        boolean interval = !changed.advertInterval().equals(before.advertInterval());
        if (interval && (state == State.MASTER || changed.version() == 2)) {
            masterInterval = interval();
        }
        priority = effective();
        shiftMasterDown(downBefore, now);
        if (changed.preemption().delay().isZero()) {
            preemptAt = Timing.NEVER;
        }
        if (state == State.MASTER) {
            reconfigureMaster(before, now);
        }
    }

    private void reconfigureMaster(VrrpInstance before, long now) {
        out.accept(new Action.Own(name()));
        HashSet<VirtualAddress> added = new HashSet<>(instance.addresses());
        added.addAll(instance.excluded());
        before.addresses().forEach(added::remove);
        before.excluded().forEach(added::remove);
        if (!added.isEmpty()) {
            out.accept(new Action.Announce(name(), instance.announcements().masterRepeat()));
        }
        if (!instance.announcements().refresh().equals(before.announcements().refresh())) {
            refreshAt = after(now, instance.announcements().refresh().toNanos());
        }
        advertise();
        advertAt = now + interval();
    }

    // From state to state.

    /** Its address may still be on the host: who failed to take it off then says so elsewhere. */
    void fail(String why, long now) {
        tell(Level.WARNING, "entering FAULT state: " + why);
        if (state == State.MASTER) {
            out.accept(new Action.Send(name(), 0));
            out.accept(new Action.Release(name()));
        }
        enter(State.FAULT, now);
    }

    void becomeBackup(String why, long now) {
        tell(Level.INFO, "entering BACKUP state: " + why);
        if (state == State.MASTER) {
            out.accept(new Action.Release(name()));
        } else {
            masterInterval = interval();
        }
        enter(State.BACKUP, now);
        masterDownAt = fromStart(now) + masterDown();
    }

    private void enter(State entered, long now) {
        stopTimers();
        state = entered;
        since = now;
        wantsMaster = false;
        preemptAt = Timing.NEVER;
        out.accept(new Action.Notify(Subject.INSTANCE, name(), entered, priority));
    }

    private void stopTimers() {
        masterDownAt = Timing.NEVER;
        advertAt = Timing.NEVER;
        burstAt = Timing.NEVER;
        refreshAt = Timing.NEVER;
        lowerPriorityBurstAt = Timing.NEVER;
    }

    /** The advert goes first: who was master takes its addresses off before the new place of them is announced. */
    void becomeMaster(String why, long now) {
        tell(Level.INFO, "entering MASTER state: " + why);
        masterInterval = interval();
        stopTimers();
        advertise();
        out.accept(new Action.Own(name()));
        Announcements announcements = instance.announcements();
        out.accept(new Action.Announce(name(), announcements.masterRepeat()));
        enter(State.MASTER, now);
        wantsMaster = true;
        advertAt = now + masterInterval;
        burstAt = after(now, announcements.masterDelay().toNanos());
        refreshAt = after(now, announcements.refresh().toNanos());
    }

    private static long after(long now, long delay) {
        return delay == 0 ? Timing.NEVER : now + delay;
    }

    private void advertise() {
        out.accept(new Action.Send(name(), priority));
    }

    // Time.

    long deadline() {
        return Math.min(Math.min(masterDownAt, advertAt),
                Math.min(burstAt, Math.min(refreshAt, lowerPriorityBurstAt)));
    }

    /** Acts on every deadline that has come. */
    void expire(long now) {
        if (masterDownAt <= now) {
            masterIsDown(now);
        }
        if (advertAt <= now) {
            advertise();
            // On the beat, unless one was missed: a burst would not make up for it.
            advertAt = advertAt + masterInterval > now ? advertAt + masterInterval : now + masterInterval;
        }
        Announcements announcements = instance.announcements();
        if (burstAt <= now) {
            burstAt = Timing.NEVER;
            out.accept(new Action.Announce(name(), announcements.masterRepeat()));
        }
        if (refreshAt <= now) {
            refreshAt = after(now, announcements.refresh().toNanos());
            out.accept(new Action.Announce(name(), announcements.refreshRepeat()));
        }
        if (lowerPriorityBurstAt <= now) {
            lowerPriorityBurstAt = Timing.NEVER;
            out.accept(new Action.Announce(name(), announcements.lowerPriorityRepeat()));
        }
    }

    private void masterIsDown(long now) {
        wantsMaster = true;
        if (group != null && !group.wantsMasterWith(this)) {
            masterDownAt = now + masterDown();
            return;
        }
        becomeMaster(reason(now), now);
        if (group != null) {
            group.followToMaster(this, now);
        }
    }

    private String reason(long now) {
        if (beginsAsMaster() && since == now) {
            return "it owns the address (priority 255, state MASTER)";
        }
        if (master == null || heardAt < since) {
            return "no advert was heard for " + Timing.seconds(now - since);
        }
        if (masterResigned) {
            return master + " resigned (priority 0)";
        }
        if (masterPriority < priority && !isLeftAlone(masterPriority, now)) {
            return "its priority " + priority + " is above the " + masterPriority + " of " + master;
        }
        return "no advert from " + master + " for " + Timing.seconds(now - heardAt);
    }

    // Adverts of others.

    void hear(IpAddress sender, Advert advert, long now) {
        if (state == State.BACKUP) {
            hearAsBackup(sender, advert, now);
        } else if (state == State.MASTER) {
            hearAsMaster(sender, advert, now);
        }
    }

    private void hearAsBackup(IpAddress sender, Advert advert, long now) {
        if (advert.priority() == 0) {
            remember(sender, advert, now);
            masterDownAt = fromStart(now) + Timing.skew(instance.version(), priority, masterInterval);
            return;
        }
        if (!isLeftAlone(advert.priority(), now)) {
            discard(sender, advert, now);
            return;
        }
        learnInterval(advert);
        if (advert.priority() >= priority) {
            preemptAt = Timing.NEVER;
        } else if (hasPreemptDelay() && preemptAt == Timing.NEVER) {
            preemptAt = now + instance.preemption().delay().toNanos();
            tell(Level.INFO, "leaves " + sender + ", whose priority " + advert.priority() + " is below " + priority
                    + ", master for the preempt_delay of " + Timing.seconds(preemptAt - now));
        }
        remember(sender, advert, now);
        wantsMaster = false;
        masterDownAt = fromStart(now) + masterDown();
    }

    /** Whether a master of this priority may stay. */
    private boolean isLeftAlone(int other, long now) {
        return other >= priority || !instance.preemption().preempt()
                || hasPreemptDelay() && (preemptAt == Timing.NEVER || now < preemptAt);
    }

    private boolean hasPreemptDelay() {
        return !instance.preemption().delay().isZero();
    }

    /** The timer runs on; preempt_delay comes before it, so it began to run when that was over. */
    private void discard(IpAddress sender, Advert advert, long now) {
        if (preemptAt != Timing.NEVER && heardAt < preemptAt) {
            masterDownAt = Math.max(masterDownAt, preemptAt + masterDown());
        }
        if (!sender.equals(master) || masterPriority != advert.priority()) {
            tell(Level.INFO, "advert of " + sender + " with lower priority " + advert.priority() + " (here "
                    + priority + ") counts for nothing: takes over in " + Timing.seconds(masterDownAt - now));
        }
        remember(sender, advert, now);
    }

    private void remember(IpAddress sender, Advert advert, long now) {
        masterResigned = advert.priority() == 0;
        if (masterResigned && sender.equals(master)) {
            heardAt = now;
            return;
        }
        master = sender;
        masterPriority = advert.priority();
        heardAt = now;
    }

    /** Version 3: the master's interval is everybody's. */
    private void learnInterval(Advert advert) {
        long heard = Math.max(advert.interval().toNanos(), Timing.SHORTEST);
        if (instance.version() == 3 && heard != masterInterval) {
            tell(Level.INFO, "advert interval of the master is " + Timing.seconds(heard) + ", was "
                    + Timing.seconds(masterInterval));
            masterInterval = heard;
        }
    }

    private void hearAsMaster(IpAddress sender, Advert advert, long now) {
        if (advert.priority() == 0) {
            advertise();
            return;
        }
        if (basePriority == OWNER && instance.ownerIgnoresAdverts()) {
            return;
        }
        IpAddress source = conditions.source(name());
        int order = source == null ? 0 : sender.compareTo(source);
        boolean higher = advert.priority() > priority || advert.priority() == priority && order > 0;
        if (advert.priority() == priority && order == 0) {
            tell(Level.WARNING, "advert with this node's own address " + sender + " and priority "
                    + priority + ": another host has the same address, or this network sends packets back");
        } else if (higher) {
            yieldTo(sender, advert, now);
        } else {
            insist(sender, advert, now);
        }
    }

    private void yieldTo(IpAddress sender, Advert advert, long now) {
        if (instance.higherPrioSendAdvert()) {
            advertise();
        }
        String why = advert.priority() > priority
                ? sender + " has the higher priority " + advert.priority() + ", here " + priority
                : sender + " has the same priority " + priority + " and the higher address";
        if (basePriority == OWNER) {
            tell(Level.WARNING, "configuration error: " + sender + " has priority 255 (address owner), too; here it is"
                    + " 254 until the next reload");
            basePriority = OWNER - 1;
            priority = effective();
        }
        learnInterval(advert);
        becomeBackup(why, now);
        remember(sender, advert, now);
        if (group != null) {
            group.followToBackup(this, now);
        }
    }

    /** RFC 9568 section 6.4.3: an advert at once, so that switches learn again where the address is. */
    private void insist(IpAddress sender, Advert advert, long now) {
        tell(Level.WARNING, sender + " is master, too, with " + (advert.priority() < priority
                ? "lower priority " + advert.priority() + " (here " + priority + ")"
                : "the same priority and the lower address") + ": this node stays master");
        if (!instance.lowerPrioNoAdvert()) {
            advertise();
        }
        announceAgain(now);
        if (group != null) {
            group.members().stream().filter(member -> member != this).forEach(member -> member.announceAgain(now));
        }
        out.accept(new Action.NotifyLowerPriority(name(), priority));
    }

    private void announceAgain(long now) {
        Announcements announcements = instance.announcements();
        if (state == State.MASTER && announcements.lowerPriorityRepeat() > 0) {
            out.accept(new Action.Announce(name(), announcements.lowerPriorityRepeat()));
            lowerPriorityBurstAt = after(now, announcements.lowerPriorityDelay().toNanos());
        }
    }

    private void tell(Level level, String text) {
        out.accept(new Action.Tell(level, name(), text));
    }
}
