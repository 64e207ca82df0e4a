package dev.weir.vrrp.machine;

import dev.weir.conf.Configuration;
import dev.weir.vrrp.Configurations;
import dev.weir.vrrp.machine.Action.Notify;
import dev.weir.vrrp.machine.Action.Subject;
import dev.weir.vrrp.machine.Action.Tell;
import dev.weir.vrrp.packet.Advert;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A node under test: a machine, its clock, and what it has said since it was asked last. eth0 and eth1 are up. */
final class Director {
    static final IpAddress SELF = IpAddress.parse("192.168.0.1");

    /** Any value: a monotonic clock begins anywhere. */
    private static final long BEGINNING = 7_000_000_000_123L;

    final Machine machine = new Machine();
    private final List<Action> said = new ArrayList<>();
    private long now = BEGINNING;

    /** A node with what stands in a file, and an address for each of its instances. */
    static Director with(String text) {
        Director director = new Director();
        director.on(new Event.LinkChanged("eth0", true));
        director.on(new Event.LinkChanged("eth1", true));
        director.reload(text);
        return director;
    }

    void reload(String text) {
        Configuration configuration = Configurations.read(text);
        configuration.instances().forEach(instance -> on(new Event.SourceChanged(instance.name(), SELF)));
        on(new Event.Configured(configuration));
    }

    void on(Event event) {
        said.addAll(machine.on(event, now));
        if (machine.deadline() <= now) {
            said.addAll(machine.tick(now));
        }
    }

    void hear(String instance, String sender, int priority) {
        hear(instance, sender, priority, 2, 1);
    }

    void hear(String instance, String sender, int priority, int version, double seconds) {
        on(new Event.Heard(instance, IpAddress.parse(sender),
                new Advert(version, 51, priority, Duration.ofNanos((long) (seconds * 1e9)), List.of())));
    }

    /** What another node, whose adverts come from 192.168.0.2, says on the second path. */
    void beat(String instance, State state, int priority, boolean arbiter) {
        on(new Event.HeartbeatHeard(instance, IpAddress.parse("10.1.0.2"),
                new Heartbeat(state, priority, IpAddress.parse("192.168.0.2"), Duration.ofSeconds(9),
                        Duration.ofSeconds(1), arbiter, Terms.of(machine.instance(instance)))));
    }

    /** Hears it each second. */
    void runBeaten(int seconds, String instance, State state, int priority, boolean arbiter) {
        for (int i = 0; i < seconds; i++) {
            beat(instance, state, priority, arbiter);
            run(1);
        }
    }

    /** Time goes on, and the machine is asked whenever it wants to be. */
    void run(double seconds) {
        long end = now + (long) (seconds * 1e9);
        while (machine.deadline() <= end) {
            now = Math.max(now, machine.deadline());
            said.addAll(machine.tick(now));
        }
        now = end;
    }

    /** Time goes on, and the node does not: it was stopped. */
    void sleep(double seconds) {
        now += (long) (seconds * 1e9);
    }

    /** What it does when it goes on, before it hears anything. */
    void wake() {
        said.addAll(machine.wake(now));
    }

    /** Hears an advert each second. */
    void runHearing(int seconds, String instance, String sender, int priority) {
        for (int i = 0; i < seconds; i++) {
            hear(instance, sender, priority);
            run(1);
        }
    }

    /** How long it takes, to the millisecond, until the instance is in the state; within a minute. */
    double secondsUntil(String instance, State state) {
        long begun = now;
        while (state(instance) != state && now - begun < 60_000_000_000L) {
            now = Math.max(now, machine.deadline());
            said.addAll(machine.tick(now));
        }
        return Math.round((now - begun) / 1e6) / 1e3;
    }

    State state(String instance) {
        return standing(instance).state();
    }

    Standing standing(String instance) {
        return machine.standings(now).stream().filter(standing -> standing.instance().equals(instance)).findFirst()
                .orElseThrow();
    }

    /** All since the last time, but what is for the log. */
    List<String> done() {
        List<String> done = said.stream().map(Director::text).filter(text -> !text.isEmpty()).toList();
        said.clear();
        return done;
    }

    /** Notifications, as a FIFO has them. */
    List<String> notified() {
        List<String> notified = said.stream().filter(action -> action instanceof Notify).map(Director::text).toList();
        said.clear();
        return notified;
    }

    List<String> told() {
        List<String> told = said.stream().filter(action -> action instanceof Tell).map(action -> ((Tell) action).text())
                .toList();
        said.clear();
        return told;
    }

    static String text(Action action) {
        return switch (action) {
            case Action.Send send -> "send " + send.instance() + " " + send.priority();
            case Action.Own own -> "own " + own.instance();
            case Action.Release release -> "release " + release.instance();
            case Action.Announce announce -> "announce " + announce.instance() + " " + announce.times();
            case Notify notify -> subject(notify.subject()) + notify.name() + " " + notify.state() + " "
                    + notify.priority();
            case Action.NotifyLowerPriority lower -> "lower " + lower.instance() + " " + lower.priority();
            case Action.NotifyPriority priority -> "priority " + priority.name() + " " + priority.state() + " "
                    + priority.priority();
            case Action.Configure configure -> "configure " + configure.instance().name();
            case Action.Forget forget -> "forget " + forget.instance();
            case Action.Beat beat -> "beat " + beat.instance() + " " + beat.heartbeat().state();
            case Action.SplitBrain split -> (split.begun() ? "split " : "united ") + split.instance() + " "
                    + split.rival();
            case Tell tell -> "";
        };
    }

    private static String subject(@Nullable Subject subject) {
        return subject == Subject.GROUP ? "GROUP " : "";
    }

    /** A vrrp_instance block on eth0. */
    static String instance(String name, int virtualRouter, int priority, String... settings) {
        return String.format(Locale.ROOT, """
                vrrp_instance %s {
                interface eth0
                virtual_router_id %d
                priority %d
                virtual_ipaddress {
                10.0.0.%d
                }
                %s
                }
                """, name, virtualRouter, priority, virtualRouter, String.join("\n", settings));
    }
}
