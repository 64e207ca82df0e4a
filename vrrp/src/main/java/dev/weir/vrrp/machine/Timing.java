package dev.weir.vrrp.machine;

import dev.weir.conf.VrrpInstance;
import java.util.Locale;

/** RFC 9568 section 6.1 and RFC 3768 section 6.1; all in nanoseconds. */
final class Timing {
    /** No deadline. */
    static final long NEVER = Long.MAX_VALUE;
    static final long SECOND = 1_000_000_000L;
    /** The shortest interval that version 3 can say; one of 0 would make a backup master at once. */
    static final long SHORTEST = SECOND / 100;

    private Timing() {
    }

    static long interval(VrrpInstance instance) {
        return Math.max(instance.advertInterval().toNanos(), SHORTEST);
    }

    /** A lower priority waits a little longer. Version 2 takes parts of a second, whatever its interval is. */
    static long skew(int version, int priority, long masterInterval) {
        return (256 - priority) * (version == 2 ? SECOND : masterInterval) / 256;
    }

    /** How long a backup hears nothing before it takes over. */
    static long masterDown(VrrpInstance instance, int priority, long masterInterval) {
        return instance.downTimerAdverts() * masterInterval + skew(instance.version(), priority, masterInterval);
    }

    /** As people say it: 3.609 s. */
    static String seconds(long nanoseconds) {
        return String.format(Locale.ROOT, "%.3f s", nanoseconds / 1e9);
    }
}
