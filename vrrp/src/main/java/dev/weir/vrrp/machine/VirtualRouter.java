package dev.weir.vrrp.machine;

import dev.weir.conf.VrrpInstance;
import dev.weir.vrrp.machine.Action.Level;
import dev.weir.vrrp.machine.Action.Subject;
import dev.weir.vrrp.machine.Conditions.Verdict;
import dev.weir.vrrp.packet.Advert;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
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

    private final MasterWatch watch;
    private final Announcer announcer;
    private final OtherNodes others;
    private long advertAt = Timing.NEVER;

    VirtualRouter(VrrpInstance instance, Conditions conditions, long notBefore, Consumer<Action> out) {
        this.instance = instance;
        this.conditions = conditions;
        this.out = out;
        basePriority = instance.priority();
        priority = basePriority;
        wantsMaster = instance.master();
        watch = new MasterWatch(instance, notBefore, conditions::patience, text -> tell(Level.INFO, text));
        announcer = new Announcer(instance.announcements(),
                times -> out.accept(new Action.Announce(this.instance.name(), times)));
        others = new OtherNodes(this, watch, conditions, out);
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

    int priority() {
        return priority;
    }

    /** For how long it has been in its state. */
    long age(long now) {
        return Math.max(0, now - since);
    }

    OtherNodes others() {
        return others;
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

    /** An address owner that says state MASTER asks nobody, unless it has to learn connections of the others first. */
    boolean beginsAsMaster() {
        return instance.master() && isOwner() && conditions.patience() == 0;
    }

    @Nullable
    IpAddress master() {
        return state == State.BACKUP ? watch.master() : null;
    }

    Standing standing(long now) {
        return new Standing(name(), state, now - since, instance.priority(), priority, master(), watch.masterPriority(),
                verdict.faults(), others.standing(now));
    }

    // What it learns of this host.

    /** Takes a verdict over at its beginning, and says nothing. */
    void judge(Verdict first) {
        verdict = first;
        priority = effective();
        watch.configure(instance, priority, 0);
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
        takeGroupToBackup(now);
    }

    /** It has left a group that held it back. */
    void comeUpAlone(long now) {
        boolean heldBack = state == State.FAULT || state == State.INIT;
        if (group == null && isUp() && heldBack) {
            becomeBackup("no group holds it back any more", now);
        }
    }

    boolean isOwner() {
        return basePriority == OWNER;
    }

    /** Another is, too. */
    void ownNoMore(long now) {
        basePriority = OWNER - 1;
        priority = effective();
        watch.configure(instance, priority, now);
    }

    private int effective() {
        return isOwner() ? OWNER : Math.clamp((long) basePriority + verdict.weight(), 1, 254);
    }

    private void reprioritise(long now) {
        int before = priority;
        priority = effective();
        if (priority == before) {
            return;
        }
        tell(Level.INFO, "effective priority " + priority + ", was " + before + " (priority " + basePriority
                + String.join("", verdict.weights().stream().map(part -> ", " + part).toList()) + ")");
        watch.configure(instance, priority, now);
        if (instance.notifications().priorityChanges()) {
            out.accept(new Action.NotifyPriority(Subject.INSTANCE, name(), state, priority));
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
            beginAsBackup(now);
        }
    }

    private void beginAsBackup(long now) {
        if (beginsAsMaster() && (group == null || group.members().stream().allMatch(VirtualRouter::beginsAsMaster))) {
            state = State.BACKUP;
            since = now;
            watch.beginAtOnce(now);
            return;
        }
        // Of state MASTER and a lower priority than 255 keepalived 2.2.7 keeps no more than this wish, which its group asks for.
        becomeBackup("at the start", now);
        wantsMaster = instance.master();
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
        others.bidFarewell();
    }

    /** Another configuration of the same virtual router; what it does not touch goes on, timers too. */
    void configure(VrrpInstance changed, long now) {
        VrrpInstance before = instance;
        instance = changed;
        out.accept(new Action.Configure(changed));
        if (changed.priority() != before.priority()) {
            basePriority = changed.priority();
        }
        priority = effective();
        watch.configure(changed, priority, now);
        announcer.configure(changed.announcements(), state == State.MASTER, now);
        others.configure(changed.splitBrain(), now);
        if (state == State.MASTER) {
            out.accept(new Action.Own(name()));
            if (hasMoreAddressesThan(before)) {
                announcer.now();
            }
            advertise();
            advertAt = now + Timing.interval(instance);
        }
    }

    private boolean hasMoreAddressesThan(VrrpInstance before) {
        return !before.addresses().containsAll(instance.addresses())
                || !before.excluded().containsAll(instance.excluded());
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
        becomeBackup(why, null, now);
    }

    /** @param heard of whom it yields to, or null */
    void becomeBackup(String why, @Nullable Advert heard, long now) {
        tell(Level.INFO, "entering BACKUP state: " + why);
        if (state == State.MASTER) {
            out.accept(new Action.Release(name()));
        }
        enter(State.BACKUP, now);
        watch.begin(now, heard);
    }

    private void enter(State entered, long now) {
        stopTimers();
        state = entered;
        since = now;
        wantsMaster = entered == State.MASTER;
        out.accept(new Action.Notify(Subject.INSTANCE, name(), entered, priority));
        others.beat(now);
    }

    private void stopTimers() {
        watch.stop();
        advertAt = Timing.NEVER;
        announcer.stop();
        others.forget();
    }

    /** The advert goes first: who was master takes its addresses off before the new place of them is announced. */
    void becomeMaster(String why, long now) {
        tell(Level.INFO, "entering MASTER state: " + why);
        advertise();
        out.accept(new Action.Own(name()));
        announcer.now();
        enter(State.MASTER, now);
        advertAt = now + Timing.interval(instance);
        announcer.begin(now);
    }

    void advertise() {
        out.accept(new Action.Send(name(), priority));
    }

    // Time.

    long deadline() {
        return Math.min(Math.min(watch.lookAt(), advertAt),
                Math.min(others.deadline(), announcer.deadline()));
    }

    /**
     * This node stood still (it was stopped, its machine paused), and its adverts with it, for so long that its guardian may have
     * taken its addresses off: it gives them up before it says another word, and listens.
     *
     * @param guarded the pause after which that is so
     */
    void wake(LongSupplier guarded, long now) {
        if (stoodStill(now) && silence(now) > guarded.getAsLong()) {
            stepDown("another node may be master", now);
        }
    }

    /** As master, for longer than others wait for its adverts. */
    boolean stoodStill(long now) {
        return state == State.MASTER && advertAt != Timing.NEVER && silence(now) > longestPause();
    }

    private long silence(long now) {
        return now - advertAt + Timing.interval(instance);
    }

    /** It was no master to others, and is none now. */
    void stepDown(String why, long now) {
        becomeBackup("it stood still and has sent no advert for " + Timing.seconds(silence(now)) + ": " + why, now);
        takeGroupToBackup(now);
    }

    /** Without an advert, after which other nodes of this priority take over. */
    long longestPause() {
        return Timing.masterDown(instance, priority, Timing.interval(instance));
    }

    /** By the interval of the adverts that it sends, or hears. */
    long longestLinkDelay() {
        long interval = state == State.MASTER ? Timing.interval(instance) : watch.interval();
        return instance.longestLinkDelay(Duration.ofNanos(interval)).toNanos();
    }

    /** Acts on every deadline that has come. */
    void expire(long now) {
        watch.look(now);
        if (watch.deadline() <= now) {
            masterIsDown(now);
        }
        if (advertAt <= now) {
            advertise();
            long next = advertAt + Timing.interval(instance);
            // On the beat, unless one was missed: a burst would not make up for it.
            advertAt = next > now ? next : now + Timing.interval(instance);
        }
        others.expire(now);
        announcer.expire(now);
    }

    private void masterIsDown(long now) {
        wantsMaster = true;
        if (group != null && !group.wantsMasterWith(this)) {
            watch.again(now);
            return;
        }
        becomeMaster(watch.reason(now), now);
        if (group != null) {
            group.followToMaster(this, now);
        }
    }

    /** What the others say. */
    void hear(IpAddress sender, Advert advert, long now) {
        if (state == State.BACKUP) {
            wantsMaster = !watch.hear(sender, advert, now) && wantsMaster;
        } else if (state == State.MASTER) {
            others.hearAsMaster(sender, advert, now);
        }
    }

    /** On its way to be it, perhaps; now another is. */
    void wishNoMore() {
        wantsMaster = false;
    }

    /** After this member. */
    void takeGroupToBackup(long now) {
        if (group != null) {
            group.followToBackup(this, now);
        }
    }

    void announceAgainWithGroup(long now) {
        announceAgain(now);
        if (group != null) {
            group.members().stream().filter(member -> member != this).forEach(member -> member.announceAgain(now));
        }
    }

    void announceAgain(long now) {
        if (state == State.MASTER) {
            announcer.again(now);
        }
    }

    void tell(Level level, String text) {
        out.accept(new Action.Tell(level, name(), text));
    }
}
