package dev.weir.vrrp.machine;

import dev.weir.conf.Configuration;
import dev.weir.conf.Definitions.SyncGroup;
import dev.weir.conf.VrrpInstance;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All virtual routers of this host. Times are a monotonic clock's nanoseconds, handed in and never going back. One thread
 * has it. No deadline is acted on but by {@link #tick}: who hands in all that has arrived before, has a node that was held
 * up not take over from a master whose adverts wait in its socket.
 */
public final class Machine {
    /** The guardian is told so often that this node lives. */
    public static final long GUARD_INTERVAL = Timing.SECOND / 2;
    private static final long SHORTEST_GUARDED_PAUSE = 2 * Timing.SECOND;

    private final Conditions conditions = new Conditions();
    private final LinkDelays delays = new LinkDelays();
    private final Map<String, VirtualRouter> routers = new LinkedHashMap<>();
    private final Map<String, Group> groups = new LinkedHashMap<>();
    /** Groups that a member has left since they were put together. */
    private final Set<Group> left = new HashSet<>();
    private List<Action> actions = new ArrayList<>();
    private boolean configured;
    private long notBefore;

    /** What is to be done about an event. The deadline may be another then, or have come. */
    public List<Action> on(Event event, long now) {
        wakeAll(now);
        switch (event) {
            case Event.Configured begun -> configure(begun.configuration(), now);
            case Event.Leaving leaving -> remove(leaving.configuration());
            case Event.Heard heard -> with(heard.instance(),
                    router -> router.hear(heard.sender(), heard.advert(), now));
            case Event.ConflictSeen seen -> with(seen.instance(),
                    router -> router.others().seeConflict(seen.address(), seen.mac(), now));
            case Event.HeartbeatHeard heard -> with(heard.instance(),
                    router -> router.others().hearHeartbeat(heard.sender(), heard.heartbeat(), now));
            case Event.AdvertRejected rejected -> with(rejected.instance(),
                    router -> router.others().rejected(rejected.router(), rejected.why(), now));
            case Event.Stopped stopped -> stop();
            case Event.LinkChanged link -> link(link, now);
            case Event.LinkGone(String device) -> {
                delays.forget(device);
                learn(event, now);
            }
            default -> learn(event, now);
        }
        return done();
    }

    private void learn(Event event, long now) {
        if (conditions.learn(event)) {
            judge(now);
        }
    }

    /** A virtual interface has the delays of the one below. */
    private void link(Event.LinkChanged link, long now) {
        String below = routers.values().stream().map(VirtualRouter::instance)
                .filter(instance -> link.device().equals(instance.vmac())).map(VrrpInstance::device)
                .filter(Objects::nonNull).findFirst().orElse(link.device());
        long delay = Math.min(delays.delay(below, link.up()), longestDelay(below));
        switch (delays.hear(link, delay, now)) {
            case COUNTS -> learn(link, now);
            case WAITS -> tell("interface " + link.device() + " is " + (link.up() ? "up" : "down")
                    + ": that counts if it is so for " + Timing.seconds(delay));
            case UNDONE -> tell("interface " + link.device() + " is " + (link.up() ? "up" : "down")
                    + " again, as if nothing had been");
        }
    }

    /** For as long as a dead link must not keep a backup waiting: it would hear no advert, and become master. */
    private long longestDelay(String device) {
        return routers.values().stream().filter(router -> device.equals(router.instance().device()))
                .mapToLong(VirtualRouter::longestLinkDelay).min().orElse(Long.MAX_VALUE);
    }

    private void tell(String text) {
        add(new Action.Tell(Action.Level.INFO, null, text));
    }

    /** Packets of an instance that has just gone may still come. */
    private void with(String instance, Consumer<VirtualRouter> what) {
        VirtualRouter router = routers.get(instance);
        if (router != null) {
            what.accept(router);
        }
    }

    /**
     * Before anything else when this node goes on after a pause: a master that stood still for longer than its guardian waits is
     * none any more. After a shorter pause it is what those say that were heard meanwhile. Each other call does so first, too.
     */
    public List<Action> wake(long now) {
        wakeAll(now);
        return done();
    }

    private void wakeAll(long now) {
        routers.values().forEach(router -> router.wake(() -> guardedPause() - GUARD_INTERVAL, now));
    }

    /** What is to be done now that it is so late. */
    public List<Action> tick(long now) {
        wakeAll(now);
        delays.due(now).forEach(link -> learn(link, now));
        routers.values().forEach(router -> router.expire(now));
        return done();
    }

    private List<Action> done() {
        List<Action> done = actions;
        actions = new ArrayList<>();
        return done;
    }

    /** When {@link #tick} is due, or {@link Long#MAX_VALUE}. */
    public long deadline() {
        long least = delays.deadline();
        for (VirtualRouter router : routers.values()) {
            least = Math.min(least, router.deadline());
        }
        return least;
    }

    /**
     * For so many nanoseconds, whole seconds, a guardian waits at least after it was last told that this node lives, before it takes
     * addresses off. {@link #wake} has every instance give its addresses up whose last advert was {@link #GUARD_INTERVAL} less ago,
     * since the guardian may have been told by so much before that.
     */
    public long guardedPause() {
        long longest = routers.values().stream().mapToLong(VirtualRouter::longestPause).max().orElse(0);
        return Math.max(SHORTEST_GUARDED_PAUSE, Math.ceilDiv(longest, Timing.SECOND) * Timing.SECOND);
    }

    /** The master that a backup hears, whose adverts skip_check_adv_addr does not look into; null where there is none. */
    public @Nullable IpAddress master(String instance) {
        VirtualRouter router = routers.get(instance);
        return router == null ? null : router.master();
    }

    /** As it is configured. */
    VrrpInstance instance(String name) {
        return Objects.requireNonNull(routers.get(name)).instance();
    }

    /** Of all instances, as they are configured. */
    public List<Standing> standings(long now) {
        return routers.values().stream().map(router -> router.standing(now)).toList();
    }

    private void add(Action action) {
        actions.add(action);
    }

    private void judge(long now) {
        for (VirtualRouter router : routers.values()) {
            router.judge(verdict(router), now);
        }
    }

    private Conditions.Verdict verdict(VirtualRouter router) {
        Group group = router.group();
        return conditions.of(router.instance(), group == null ? null : group.configuration());
    }

    private void stop() {
        routers.values().forEach(VirtualRouter::resign);
        routers.values().forEach(router -> router.end(State.STOP));
        groups.values().forEach(Group::end);
        routers.clear();
        groups.clear();
    }

    private void configure(Configuration configuration, long now) {
        if (!configured) {
            configured = true;
            notBefore = now + configuration.globals().startupDelay().toNanos();
        }
        conditions.configure(configuration);
        delays.configure(configuration.linkDelays());
        remove(configuration);
        List<VirtualRouter> begun = new ArrayList<>();
        Map<String, VirtualRouter> before = new LinkedHashMap<>(routers);
        routers.clear();
        for (VrrpInstance instance : configuration.instances()) {
            VirtualRouter router = before.get(instance.name());
            if (router == null) {
                router = new VirtualRouter(instance, conditions, notBefore, this::add);
                actions.add(new Action.Configure(instance));
                begun.add(router);
            } else if (!router.instance().equals(instance)) {
                router.configure(instance, now);
            }
            routers.put(instance.name(), router);
        }
        List<Group> changed = regroup(configuration.groups());
        begin(begun, changed, now);
        judge(now);
        routers.values().forEach(router -> router.comeUpAlone(now));
        changed.stream().filter(group -> !begun.containsAll(group.members())).forEach(group -> group.reassemble(now));
    }

    /** Who cannot work tells so first, then groups begin, then the others; as keepalived has it. */
    private void begin(List<VirtualRouter> begun, List<Group> changed, long now) {
        List<Group> groupsBegun = changed.stream().filter(group -> begun.containsAll(group.members())).toList();
        begun.forEach(router -> router.judge(verdict(router)));
        for (VirtualRouter router : begun) {
            Group group = router.group();
            if (router.hasFault() && group == null) {
                router.beginInFault(now);
            } else if (router.hasFault() && groupsBegun.contains(group)) {
                Objects.requireNonNull(group).beginInFault(now);
            }
        }
        groupsBegun.forEach(Group::begin);
        begun.forEach(router -> router.begin(now));
    }

    /** What is gone, or has become another virtual router under its old name. */
    private void remove(Configuration configuration) {
        List<VirtualRouter> gone = routers.values().stream().filter(router -> configuration.instances().stream()
                .noneMatch(instance -> isSame(router.instance(), instance))).toList();
        for (VirtualRouter router : gone) {
            router.resign();
            router.end(router.instance().notifications().asDeleted() ? State.DELETED : State.FAULT);
            actions.add(new Action.Forget(router.name()));
            routers.remove(router.name());
            Group group = router.group();
            if (group != null) {
                group.members().remove(router);
                left.add(group);
            }
        }
    }

    private static boolean isSame(VrrpInstance one, VrrpInstance other) {
        return one.name().equals(other.name()) && one.virtualRouterId() == other.virtualRouterId()
                && Objects.equals(one.device(), other.device()) && Objects.equals(one.vmac(), other.vmac())
                && one.version() == other.version() && isV4(one) == isV4(other);
    }

    private static boolean isV4(VrrpInstance instance) {
        return instance.addresses().isEmpty() || instance.addresses().getFirst().address().isV4();
    }

    /** An instance is in the first group that names it. Answers with the groups whose members are others than before. */
    private List<Group> regroup(List<SyncGroup> configurations) {
        Map<String, Group> before = new LinkedHashMap<>(groups);
        groups.clear();
        routers.values().forEach(router -> router.join(null));
        List<Group> changed = new ArrayList<>();
        for (SyncGroup configuration : configurations) {
            Group group = before.getOrDefault(configuration.name(), new Group(configuration, this::add));
            group.configure(configuration);
            List<VirtualRouter> members = configuration.members().stream().map(routers::get)
                    .filter(Objects::nonNull).map(Objects::requireNonNull)
                    .filter(router -> router.group() == null).toList();
            members.forEach(router -> router.join(group));
            if (!group.members().equals(members) || left.contains(group)) {
                group.members().clear();
                group.members().addAll(members);
                changed.add(group);
            }
            if (!members.isEmpty()) {
                groups.put(configuration.name(), group);
            }
        }
        left.clear();
        return changed;
    }
}
