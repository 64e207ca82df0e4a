package dev.weir.vrrp.machine;

import dev.weir.conf.Network.LinkDelay;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** interface_up_down_delays: a link counts as it was until it has been otherwise for long enough. */
final class LinkDelays {
    private Map<String, LinkDelay> delays = Map.of();
    private final Map<String, Boolean> counted = new HashMap<>();
    private final Map<String, Pending> pending = new LinkedHashMap<>();

    /** A change that does not count yet. */
    private record Pending(boolean up, long at) {
    }

    /** What becomes of a change: it counts now, or later, or it undoes one that has not counted yet. */
    enum Fate {
        COUNTS, WAITS, UNDONE
    }

    /** A delay that runs goes on. */
    void configure(Map<String, LinkDelay> changed) {
        delays = changed;
    }

    long delay(String device, boolean up) {
        LinkDelay delay = delays.get(device);
        return delay == null ? 0 : (up ? delay.up() : delay.down()).toNanos();
    }

    Fate hear(Event.LinkChanged link, long delay, long now) {
        Boolean before = counted.get(link.device());
        if (before != null && before == link.up()) {
            return pending.remove(link.device()) == null ? Fate.COUNTS : Fate.UNDONE;
        }
        // What is known of it at the first time is no change.
        if (before == null || delay <= 0) {
            counted.put(link.device(), link.up());
            return Fate.COUNTS;
        }
        pending.putIfAbsent(link.device(), new Pending(link.up(), now + delay));
        return Fate.WAITS;
    }

    /** An interface that is not there any more waits for nothing. */
    void forget(String device) {
        pending.remove(device);
        counted.put(device, false);
    }

    long deadline() {
        return pending.values().stream().mapToLong(Pending::at).min().orElse(Timing.NEVER);
    }

    /** What counts from now on. */
    List<Event.LinkChanged> due(long now) {
        List<Event.LinkChanged> due = pending.entrySet().stream().filter(entry -> entry.getValue().at() <= now)
                .map(entry -> new Event.LinkChanged(entry.getKey(), entry.getValue().up())).toList();
        due.forEach(link -> {
            pending.remove(link.device());
            counted.put(link.device(), link.up());
        });
        return due;
    }
}
