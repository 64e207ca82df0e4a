package dev.weir.vrrp.simulation;

import dev.weir.conf.VrrpInstance;
import dev.weir.vrrp.machine.Action;
import dev.weir.vrrp.machine.Event;
import dev.weir.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** A director: its router, its clock, what it owns, and what is true of it whatever its router thinks. */
final class Node {
    static final IpAddress ARBITER = IpAddress.parse("10.0.0.254");

    final int number;
    final IpAddress address;
    final Set<String> owned = new HashSet<>();
    final Map<String, VrrpInstance> instances = new HashMap<>();
    /** What came while it stood still, in its sockets. */
    final Deque<Event> waiting = new ArrayDeque<>();

    private final History history;
    private final Supplier<Router> routers;
    private final double rate;
    private final long clock;
    private Router router;
    private long wakeUp = Long.MAX_VALUE;

    Plan.Settings settings;
    boolean alive;
    boolean stopped;
    boolean link = true;
    boolean script = true;
    boolean arbiter = true;

    /** @param rate of its clock: 1 is exact */
    Node(History history, int number, Plan.Settings settings, Supplier<Router> routers, double rate, long clock) {
        this.history = history;
        this.number = number;
        this.settings = settings;
        this.routers = routers;
        this.rate = rate;
        this.clock = clock;
        router = routers.get();
        address = IpAddress.v4(0xc0a8_0001 + number);
    }

    /** Whether it can be master: all that it needs is there. */
    boolean isEligible() {
        return isRunning() && link && (script || !history.plan.hasScript() || history.plan.scriptWeight() != 0);
    }

    boolean isRunning() {
        return alive && !stopped;
    }

    /** As it should be by now. */
    int priority() {
        int weight = !history.plan.hasScript() || history.plan.instances() == 2 ? 0 : history.plan.scriptWeight();
        int change = weight > 0 == script ? weight : 0;
        return Math.clamp((long) settings.priority() + change, 1, 254);
    }

    void start() {
        alive = true;
        router = routers.get();
        on(new Event.LinkChanged("eth0", link));
        history.plan.names().forEach(name -> on(new Event.SourceChanged(name, address)));
        if (history.plan.hasScript()) {
            on(new Event.ScriptChanged("chk", script));
        }
        if (history.plan.arbiter()) {
            on(new Event.ArbiterChanged(ARBITER, arbiter));
        }
        on(new Event.Configured(settings.configuration(history.plan)));
    }

    /** As with kill -9: its guardian takes the addresses off. */
    void die() {
        alive = false;
        stopped = false;
        waiting.clear();
        owned.clear();
        instances.clear();
        wakeUp = Long.MAX_VALUE;
    }

    void end() {
        on(new Event.Stopped());
        die();
    }

    void reload() {
        on(new Event.Configured(settings.configuration(history.plan)));
    }

    /** As with SIGSTOP, or a host that has no time for it. */
    void freeze() {
        stopped = true;
        wakeUp = Long.MAX_VALUE;
    }

    void thaw() {
        stopped = false;
        while (!waiting.isEmpty()) {
            on(waiting.poll());
        }
        tick();
    }

    void on(Event event) {
        if (stopped) {
            waiting.add(event);
        } else if (alive) {
            act(router.on(event, local()));
        }
    }

    void tick() {
        if (isRunning()) {
            act(router.tick(local()));
        }
    }

    /** At the time asked for, unless another was asked for since. */
    void wake(long asked) {
        if (asked == wakeUp) {
            wakeUp = Long.MAX_VALUE;
            tick();
        }
    }

    private void act(List<Action> actions) {
        for (Action action : actions) {
            history.tell(() -> this + " " + action);
            switch (action) {
                case Action.Configure configure -> instances.put(configure.instance().name(), configure.instance());
                case Action.Forget forget -> instances.remove(forget.instance());
                case Action.Own own -> owned.add(own.instance());
                case Action.Release release -> owned.remove(release.instance());
                case Action.Send send -> history.send(this, send.instance(), send.priority());
                case Action.Beat beat -> history.beat(this, beat);
                case Action.Notify notify -> history.changed();
                default -> {
                }
            }
        }
        long deadline = router.deadline();
        if (deadline != Long.MAX_VALUE) {
            long at = Math.max(history.now, (long) Math.ceil((deadline - clock) / rate));
            if (at != wakeUp) {
                wakeUp = at;
                history.at(at, () -> wake(at));
            }
        }
    }

    private long local() {
        return clock + (long) Math.ceil(history.now * rate);
    }

    @Override
    public String toString() {
        return "node" + number;
    }
}
