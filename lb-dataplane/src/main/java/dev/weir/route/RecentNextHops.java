package dev.weir.route;

import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * The next hops of destinations that share theirs with no other, as far as they were asked for lately. One table for all
 * workers, two entries deep: an entry is an immutable object, so a race between two workers costs at most another look at
 * the routes. What was remembered of routes that were replaced is found no more.
 */
final class RecentNextHops {
    /** Destinations at most. One beyond that pushes an older one out. */
    static final int REMEMBERED = 1 << 16;

    private record Entry(Destinations among, long high, long low, NextHop nextHop) {
        boolean isOf(Destinations wanted, long wantedHigh, long wantedLow) {
            return low == wantedLow && high == wantedHigh && among == wanted;
        }
    }

    private final @Nullable Entry[] entries = new @Nullable Entry[REMEMBERED];

    @Nullable
    NextHop find(Destinations among, long high, long low) {
        int slot = slot(high, low);
        Entry first = entries[slot];
        if (first != null && first.isOf(among, high, low)) {
            return first.nextHop;
        }
        Entry second = entries[slot + 1];
        return second != null && second.isOf(among, high, low) ? second.nextHop : null;
    }

    NextHop remember(Destinations among, IpAddress destination, NextHop nextHop) {
        int slot = slot(destination.high(), destination.low());
        entries[slot + 1] = entries[slot];
        entries[slot] = new Entry(among, destination.high(), destination.low(), nextHop);
        return nextHop;
    }

    /** Even, so that a destination's two places lie side by side. */
    private static int slot(long high, long low) {
        long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 40) & REMEMBERED - 2;
    }
}
