package dev.weir.scheduler;

import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The servers of a list, matched in pairs by their {@link Rank}, the winners in pairs again, up to the one that wins
 * against all. Of equals the earlier in the list wins, so it is the one that a walk along the list would choose. Asking
 * is one look; when a server has changed, the matches on its way up are played again, one for each doubling of the list.
 *
 * <p>Any number of workers ask and change at once, and none waits. Who changes something plays the matches above it
 * afterwards, each until playing it changes nothing; so once the last has done so every match stands as the servers
 * are, whoever played it (the idea of P. Jayanti, f-arrays: implementation and applications, PODC 2002). It may stop at a
 * match that another server wins as before, if no match below went otherwise: should that server lose it later, whoever
 * has that match played goes on to the top. Meanwhile a choice may miss changes that are not played yet, as it may in a walk along the list.
 */
final class Tournament {
    private static final int ROOT = 1;
    private final Server[] servers;
    private final Rank rank;
    /** The number of the first server's node; the matches have the numbers below it, each above twice its number and the next. */
    private final int first;
    /** Of each match, the place of the server that won. */
    private final AtomicIntegerArray winners;
    private final AtomicLongArray loads;
    private final AtomicLongArray shares;

    Tournament(List<? extends Server> servers, Rank rank) {
        this.servers = servers.toArray(Server[]::new);
        this.rank = rank;
        int slots = 2;
        while (slots < servers.size()) {
            slots *= 2;
        }
        first = slots;
        loads = new AtomicLongArray(slots);
        shares = new AtomicLongArray(slots);
        winners = new AtomicIntegerArray(slots);
        for (int place = 0; place < this.servers.length; place++) {
            weigh(place);
        }
        for (int match = first - 1; match >= ROOT; match--) {
            play(match);
        }
    }

    /** The place of the server that ranks before all others; {@link Scheduler#NONE} where none can be chosen. */
    int winner() {
        int place = winners.get(ROOT);
        return place == Scheduler.NONE || shares.get(place) == 0 ? Scheduler.NONE : place;
    }

    /** The share of the winner; 0 where there is none. */
    long greatestShare() {
        return bestShare(ROOT);
    }

    /**
     * The first server after a place whose share is not less than {@code share}, which is at least 1;
     * {@link Scheduler#NONE} where there is none. Only where the greater share wins: that is, where all loads are equal.
     *
     * @param after -1: from the list's beginning
     */
    int next(int after, long share) {
        int node = after < 0 ? descend(ROOT, share) : rightOf(first + after, share);
        // A match may promise a server that has just changed; then the search goes on behind it.
        while (node >= first && bestShare(node) < share) {
            node = rightOf(node, share);
        }
        return node < first ? Scheduler.NONE : node - first;
    }

    private int rightOf(int begun, long share) {
        for (int node = begun; node > ROOT; node /= 2) {
            if (node % 2 == 0 && bestShare(node + 1) >= share) {
                return descend(node + 1, share);
            }
        }
        return 0;
    }

    private int descend(int top, long share) {
        int node = top;
        while (node < first) {
            node = bestShare(2 * node) >= share ? 2 * node : 2 * node + 1;
        }
        return node;
    }

    private long bestShare(int node) {
        int place = winner(node);
        return place == Scheduler.NONE ? 0 : shares.get(place);
    }

    /** The server at this place has changed. */
    void changed(int place) {
        if (weigh(place)) {
            boolean otherwise = false;
            for (int match = (first + place) / 2; match >= ROOT; match /= 2) {
                otherwise |= play(match);
                if (!otherwise && winners.get(match) != place) {
                    return;
                }
            }
        }
    }

    /** @return whether it weighs other than it did */
    private boolean weigh(int place) {
        boolean changed = false;
        while (true) {
            boolean otherLoad = set(loads, place, rank.load(servers[place]));
            boolean otherShare = set(shares, place, rank.share(servers[place]));
            if (!otherLoad && !otherShare) {
                return changed;
            }
            changed = true;
        }
    }

    private static boolean set(AtomicLongArray values, int place, long value) {
        boolean changes = values.get(place) != value;
        if (changes) {
            values.set(place, value);
        }
        return changes;
    }

    /** @return whether it went otherwise than before */
    private boolean play(int match) {
        boolean otherwise = false;
        while (true) {
            int known = winners.get(match);
            int won = better(winner(2 * match), winner(2 * match + 1));
            if (won == known) {
                return otherwise;
            }
            otherwise = true;
            winners.compareAndSet(match, known, won);
        }
    }

    private int winner(int node) {
        return node < first ? winners.get(node) : node - first;
    }

    private int better(int earlier, int later) {
        long earlierShare = earlier == Scheduler.NONE ? 0 : shares.get(earlier);
        long laterShare = later == Scheduler.NONE ? 0 : shares.get(later);
        if (laterShare == 0) {
            return earlierShare == 0 ? Scheduler.NONE : earlier;
        }
        return earlierShare == 0 || loads.get(earlier) * laterShare > loads.get(later) * earlierShare
                ? later
                : earlier;
    }
}
