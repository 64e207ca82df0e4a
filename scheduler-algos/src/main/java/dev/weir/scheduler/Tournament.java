package dev.weir.scheduler;

import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The servers of a list, matched by their {@link Rank} in groups of neighbours, and the groups' winners with each other. Of
 * equals the earlier in the list wins, so it is the one that a walk along the list would choose. When a server has changed,
 * its group is only marked; whoever asks next plays the groups that are marked, so that any number of changes between two
 * choices cost no more than one. There are about as many groups as servers in each: of a thousand a choice looks at sixty.
 *
 * <p>Any number of workers ask and change at once, and none waits. A change is counted for its group after it was written
 * down. A group's winner stands with the count of changes that was read before the group was played: where two play at once,
 * and the one who saw fewer changes writes last, the count says so to whoever asks next. So once the last change is counted,
 * all choose as the servers are; meanwhile a choice may miss changes, as it may in a walk along the list.
 */
final class Tournament {
    /** Quotients of loads up to 2^36 and shares up to this are different doubles where they are different numbers. */
    private static final int FINE = 1 << 16;

    private final Server[] servers;
    private final Rank rank;
    /** Binary logarithm of the servers in a group. */
    private final int shift;
    private final int groups;
    private final long[] loads;
    private final long[] shares;
    /** Of each server its load for its share; infinite where it cannot be chosen. */
    private final double[] burdens;
    /** Whether burdens that differ may be equal doubles. */
    private final boolean coarse;
    /** Of each group. */
    private final AtomicIntegerArray changes;
    /** Of each group how many changes were seen, in the upper half, and the place of the server that won then. */
    private final AtomicLongArray winners;

    Tournament(List<? extends Server> servers, Rank rank) {
        this.servers = servers.toArray(Server[]::new);
        this.rank = rank;
        shift = (Integer.SIZE - Integer.numberOfLeadingZeros(this.servers.length)) / 2;
        groups = (this.servers.length >> shift) + 1;
        // Where the list ends nobody stands, and cannot be chosen.
        int places = groups << shift;
        loads = new long[places];
        shares = new long[places];
        burdens = new double[places];
        changes = new AtomicIntegerArray(groups);
        winners = new AtomicLongArray(groups);
        coarse = servers.stream().anyMatch(server -> server.weight() >= FINE);
        for (int place = 0; place < places; place++) {
            burdens[place] = Double.POSITIVE_INFINITY;
        }
        for (int place = 0; place < this.servers.length; place++) {
            changed(place);
        }
        for (int group = 0; group < groups; group++) {
            play(group, changes.get(group));
        }
    }

    /** The place of the server that ranks before all others; {@link Scheduler#NONE} where none can be chosen. */
    int winner() {
        int best = best();
        return shares[best] == 0 ? Scheduler.NONE : best;
    }

    /** The share of the winner; 0 where there is none. */
    long greatestShare() {
        return shares[best()];
    }

    private int best() {
        double[] burdens = this.burdens;
        int count = groups;
        int best = winner(0);
        double least = burdens[best];
        for (int group = 1; group < count; group++) {
            int place = winner(group);
            double burden = burdens[place];
            if (burden < least || coarse && isLess(place, best)) {
                best = place;
                least = burden;
            }
        }
        return best;
    }

    /**
     * The first server after a place whose share is not less than {@code share}, which is at least 1;
     * {@link Scheduler#NONE} where there is none. Only where the greater share wins: that is, where all loads are equal.
     *
     * @param after -1: from the list's beginning
     */
    int next(int after, long share) {
        int group = after + 1 >> shift;
        int found = nextInGroup(group, after + 1, share);
        while (found == Scheduler.NONE && ++group < groups) {
            // A server that wins here may change before it is looked at: then the search goes on in the next group.
            if (shares[winner(group)] >= share) {
                found = nextInGroup(group, group << shift, share);
            }
        }
        return found;
    }

    private int nextInGroup(int group, int from, long share) {
        for (int place = from; place < group + 1 << shift; place++) {
            if (shares[place] >= share) {
                return place;
            }
        }
        return Scheduler.NONE;
    }

    /** The server at this place has changed. */
    void changed(int place) {
        Server server = servers[place];
        long load = rank.load(server);
        long share = rank.share(server);
        boolean written = load == loads[place] && share == shares[place];
        while (!written) {
            double burden = share == 0 ? Double.POSITIVE_INFINITY : (double) load / share;
            loads[place] = load;
            shares[place] = share;
            burdens[place] = burden;
            changes.getAndIncrement(place >> shift);
            // Meanwhile it may have changed again, and whoever did that have been here first, or write at the same time.
            long loadNow = rank.load(server);
            long shareNow = rank.share(server);
            written = load == loadNow && share == shareNow && load == loads[place] && share == shares[place]
                    && burden == burdens[place];
            load = loadNow;
            share = shareNow;
        }
    }

    private int winner(int group) {
        int seen = changes.get(group);
        long known = winners.get(group);
        return (int) (known >>> 32) == seen ? (int) known : play(group, seen);
    }

    /** @param seen the changes that are surely taken into account */
    private int play(int group, int seen) {
        double[] burdens = this.burdens;
        int best = group << shift;
        int end = group + 1 << shift;
        double least = burdens[best];
        for (int place = best + 1; place < end; place++) {
            double burden = burdens[place];
            if (burden < least || coarse && isLess(place, best)) {
                best = place;
                least = burden;
            }
        }
        winners.setRelease(group, (long) seen << 32 | best);
        return best;
    }

    /** Whether one burden is the smaller though both are one double. */
    private boolean isLess(int one, int other) {
        return burdens[one] == burdens[other] && loads[one] * shares[other] < loads[other] * shares[one];
    }
}
