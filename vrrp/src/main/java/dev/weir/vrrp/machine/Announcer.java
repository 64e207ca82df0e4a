package dev.weir.vrrp.machine;

import dev.weir.conf.VrrpInstance.Announcements;
import java.time.Duration;
import java.util.function.IntConsumer;

/** When a master has its addresses announced again: garp_master_delay, garp_master_refresh, garp_lower_prio_delay. */
final class Announcer {
    private final IntConsumer announce;
    private Announcements settings;
    private long delayedAt = Timing.NEVER;
    private long refreshAt = Timing.NEVER;
    private long lowerPriorityAt = Timing.NEVER;

    /** @param announce does so, as many times as it is told */
    Announcer(Announcements settings, IntConsumer announce) {
        this.settings = settings;
        this.announce = announce;
    }

    /** @param master whether this node is */
    void configure(Announcements changed, boolean master, long now) {
        if (master && !changed.refresh().equals(settings.refresh())) {
            refreshAt = after(now, changed.refresh());
        }
        settings = changed;
    }

    void now() {
        announce.accept(settings.masterRepeat());
    }

    /** The node became master, and has announced its addresses. */
    void begin(long now) {
        delayedAt = after(now, settings.masterDelay());
        refreshAt = after(now, settings.refresh());
    }

    void stop() {
        delayedAt = Timing.NEVER;
        refreshAt = Timing.NEVER;
        lowerPriorityAt = Timing.NEVER;
    }

    /** Another master was heard, that may have drawn clients to itself. */
    void again(long now) {
        if (settings.lowerPriorityRepeat() > 0) {
            announce.accept(settings.lowerPriorityRepeat());
            lowerPriorityAt = after(now, settings.lowerPriorityDelay());
        }
    }

    long deadline() {
        return Math.min(delayedAt, Math.min(refreshAt, lowerPriorityAt));
    }

    void expire(long now) {
        if (delayedAt <= now) {
            delayedAt = Timing.NEVER;
            announce.accept(settings.masterRepeat());
        }
        if (refreshAt <= now) {
            refreshAt = after(now, settings.refresh());
            announce.accept(settings.refreshRepeat());
        }
        if (lowerPriorityAt <= now) {
            lowerPriorityAt = Timing.NEVER;
            announce.accept(settings.lowerPriorityRepeat());
        }
    }

    private static long after(long now, Duration delay) {
        return delay.isZero() ? Timing.NEVER : now + delay.toNanos();
    }
}
