package dev.weir.vrrp.machine;

import dev.weir.conf.SplitBrain;
import dev.weir.conf.VrrpInstance;
import dev.weir.vrrp.machine.Rivals.Seen;
import dev.weir.vrrp.machine.Rivals.Sight;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When a node speaks on the second path, who says there that it is master, and what the cause may be. */
final class SecondPath {
    private SplitBrain settings;
    private long beatAt = Timing.NEVER;
    private final Map<IpAddress, Heartbeat> masters = new HashMap<>();
    private final Map<IpAddress, Rejected> rejected = new HashMap<>();

    /** An advert that was not taken. */
    private record Rejected(String why, long at) {
    }

    SecondPath(SplitBrain settings) {
        this.settings = settings;
    }

    boolean releases() {
        return settings.releases();
    }

    /** Masters that are no peers any more are forgotten. */
    void configure(SplitBrain changed, long now) {
        if (!changed.equals(settings)) {
            settings = changed;
            beatAt = changed.heartbeat() == null ? Timing.NEVER : now;
            masters.keySet()
                    .removeIf(peer -> changed.heartbeat() == null || !changed.heartbeat().peers().contains(peer));
        }
    }

    long deadline() {
        return beatAt;
    }

    /** It has spoken. */
    void spoken(long now) {
        beatAt = settings.heartbeat() == null ? Timing.NEVER : now + interval();
    }

    void stop() {
        beatAt = Timing.NEVER;
    }

    private long interval() {
        return settings.heartbeat() == null
                ? Timing.NEVER
                : Math.max(settings.heartbeat().interval().toNanos(), Timing.SHORTEST);
    }

    @Nullable
    Heartbeat heartbeat(VrrpInstance instance, State state, int priority, long age, @Nullable IpAddress source,
            boolean arbiter) {
        return settings.heartbeat() == null
                ? null
                : new Heartbeat(state, priority, source == null ? IpAddress.ANY_V4 : source, Duration.ofNanos(age),
                        Duration.ofNanos(interval()), arbiter, Terms.of(instance));
    }

    /** Answers with what the same peer last said as master, or null. */
    @Nullable
    Heartbeat hear(IpAddress sender, Heartbeat heartbeat) {
        return heartbeat.state() == State.MASTER ? masters.put(sender, heartbeat) : masters.remove(sender);
    }

    void reject(IpAddress router, String why, long now) {
        rejected.put(router, new Rejected(why, now));
        rejected.values().removeIf(one -> now - one.at > 600 * Timing.SECOND);
    }

    /** A master that is heard here, and its adverts are not. */
    Seen seen(VrrpInstance instance, Heartbeat heartbeat, boolean held, long now) {
        String who = heartbeat.router().toString();
        return new Seen(Sight.HEARTBEAT, who, "", time -> held
                ? who + " is master and heard on the second path only; this node leaves it the addresses (for " + time
                        + ")"
                : "split brain: " + Seen.twoMasters(who, time), cause(instance, heartbeat, now), grace(instance,
                        heartbeat),
                heartbeat.lasting() + heartbeat.interval().toNanos());
    }

    /** In which two masters that hear each other's adverts have settled. */
    static long grace(VrrpInstance instance, Heartbeat heartbeat) {
        return 2 * Math.max(Timing.interval(instance), heartbeat.interval().toNanos());
    }

    private String cause(VrrpInstance instance, Heartbeat heartbeat, long now) {
        List<String> differences = new ArrayList<>(Terms.of(instance).differences(heartbeat.terms()));
        Rejected last = rejected.get(heartbeat.router());
        if (differences.isEmpty() && last != null && now - last.at <= heartbeat.lasting() + Timing.SECOND) {
            differences.add("its adverts arrive and are not taken: " + last.why);
        }
        return differences.isEmpty()
                ? "its heartbeats arrive and its adverts do not: look between the two for a firewall that drops VRRP"
                        + " (protocol 112, multicast 224.0.0.18 or ff02::12), or a network that passes no multicast"
                : String.join("; ", differences);
    }
}
