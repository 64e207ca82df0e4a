package dev.weir.scheduler;

import java.util.List;

/**
 * wrr: servers in turn, those of greater weight oftener. The list is walked again and again with a falling bar; a server
 * whose weight reaches the bar is chosen. The bar falls by the weights' greatest common divisor at the list's end, from
 * the greatest weight down to above 0.
 */
final class WeightedRoundRobin implements Scheduler {
    private final Server[] servers;
    private final int step;
    private final int maximum;
    /** Place of the server chosen last, -1 for the head of the list. */
    private int last = -1;
    private int bar;

    WeightedRoundRobin(List<? extends Server> servers) {
        this(servers.toArray(Server[]::new), 0);
    }

    /** @param oldBar where the predecessor's bar stood; it is kept where the new weights allow it (ip_vs_wrr_dest_changed) */
    private WeightedRoundRobin(Server[] servers, int oldBar) {
        this.servers = servers;
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
        if (oldBar > maximum || oldBar == 0) {
            bar = maximum;
        } else {
            bar = step > 1 ? oldBar / step * step + 1 : oldBar;
        }
    }

    @Override
    public int choose(Flow flow) {
        if (maximum == 0) {
            return NONE;
        }
        int begun = last;
        int stop = NONE;
        boolean lastPass = false;
        boolean restarted = false;
        int place = begun;
        while (true) {
            for (place++; place < servers.length; place++) {
                last = place;
                if (servers[place].weight() >= bar && !servers[place].overloaded()) {
                    return place;
                }
                if (place == stop) {
                    return NONE;
                }
            }
            place = -1;
            bar -= step;
            if (bar <= 0) {
                bar = maximum;
                if (lastPass || begun < 0) {
                    last = -1;
                    return NONE;
                }
                restarted = true;
            }
            // At the lowest bar every server with a weight qualifies: from here on one look at each is enough, and those
            // after the one chosen last have had theirs.
            lastPass = bar <= step;
            if (lastPass && restarted && begun >= 0) {
                stop = begun;
            }
        }
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new WeightedRoundRobin(changed.toArray(Server[]::new), bar);
    }
}
