package dev.weir.scheduler;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * wrr: servers in turn, those of greater weight oftener. The list is walked again and again with a falling bar; a server
 * whose weight reaches the bar is chosen. The bar falls by the weights' greatest common divisor at the list's end, from
 * the greatest weight down to above 0. A cycle is as many choices as the weights' sum, divided by that divisor.
 */
final class WeightedRoundRobin implements Scheduler {
    private static final int HEAD = -1;
    private final Tournament able;
    private final int step;
    private final int maximum;
    /**
     * Where the walk stands: the place of the server chosen last (HEAD before the list) in the high half, the bar in the
     * low. One word, taken by compare-and-set, so that no two workers have one turn.
     */
    private final AtomicLong walk;

    WeightedRoundRobin(List<? extends Server> servers) {
        this(servers.toArray(Server[]::new), 0);
    }

    /** @param oldBar where the predecessor's bar stood; it is kept where the new weights allow it (ip_vs_wrr_dest_changed) */
    private WeightedRoundRobin(Server[] servers, int oldBar) {
        able = new Tournament(List.of(servers), new WeightedFailover());
        int divisor = 0;
        int greatest = 0;
        for (Server server : servers) {
            int weight = server.weight();
            if (weight > 0) {
                divisor = gcd(divisor, weight);
                greatest = Math.max(greatest, weight);
            }
        }
        step = Math.max(1, divisor);
        maximum = greatest == 0 ? 0 : greatest - (step - 1);
        int bar;
        if (oldBar > maximum || oldBar == 0) {
            bar = maximum;
        } else {
            bar = step > 1 ? oldBar / step * step + 1 : oldBar;
        }
        walk = new AtomicLong(position(HEAD, bar));
    }

    @Override
    public int choose(Flow flow) {
        if (maximum == 0) {
            return NONE;
        }
        while (true) {
            long from = walk.get();
            long to = next(place(from), bar(from));
            long reached = to & ~FAILED;
            if (walk.compareAndSet(from, reached)) {
                return to == reached ? place(reached) : NONE;
            }
        }
    }

    /** Set in what {@link #next} returns where every server is overloaded; the walk stands there all the same. */
    private static final long FAILED = 1L << 31;

    /** Walks on from a position to the next server that can take a connection. */
    private long next(int begun, int bar) {
        int stop = NONE;
        boolean lastPass = false;
        boolean restarted = false;
        int place = begun;
        while (true) {
            int next = able.next(place, bar);
            if (place < stop && (next == NONE || next > stop)) {
                return position(stop, bar) | FAILED;
            }
            if (next != NONE) {
                return position(next, bar);
            }
            place = HEAD;
            bar = lower(bar);
            if (bar <= 0) {
                bar = maximum;
                if (lastPass || begun == HEAD) {
                    return position(HEAD, bar) | FAILED;
                }
                restarted = true;
            }
            // At the lowest bar every server with a weight qualifies: from here on one look at each is enough, and those
            // after the one chosen last have had theirs.
            lastPass = bar <= step;
            if (lastPass && restarted) {
                stop = begun;
            }
        }
    }

    /** The bar a step lower; where no server reaches it there, as many steps as it takes, but not below the lowest. */
    private int lower(int bar) {
        int reached = (int) Math.max(step, able.greatestShare());
        return bar - step * Math.max(1, Math.ceilDiv(bar - reached, step));
    }

    @Override
    public void changed(int place) {
        able.changed(place);
    }

    private static long position(int place, int bar) {
        return (long) place << 32 | bar;
    }

    private static int place(long position) {
        return (int) (position >> 32);
    }

    private static int bar(long position) {
        return (int) position;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new WeightedRoundRobin(changed.toArray(Server[]::new), bar(walk.get()));
    }
}
