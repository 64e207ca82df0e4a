package dev.weir.scheduler;

import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * twos: two servers are drawn, each as likely as its weight, and the one with the smaller (active * 256 + inactive) /
 * weight is taken, of equals the first drawn. A draw is a number from 0 to the sum of the weights, both included, and means
 * the server where the weights up to it reach that sum; so the first in the list has one number more than it weighs.
 */
final class PowerOfTwo implements Scheduler {
    /** How often one server that cannot be chosen after the other is drawn before the others are counted. */
    private static final int ATTEMPTS = 8;
    private final Server[] servers;
    private final LongUnaryOperator random;
    /** Of each place, the sum of the weights of the servers before it; last the sum of all. */
    private final long[] before;

    PowerOfTwo(List<? extends Server> servers, LongUnaryOperator random) {
        this.servers = servers.toArray(Server[]::new);
        this.random = random;
        before = new long[servers.size() + 1];
        for (int i = 0; i < this.servers.length; i++) {
            before[i + 1] = before[i] + this.servers[i].weight();
        }
    }

    @Override
    public int choose(Flow flow) {
        int first = draw();
        int second = draw();
        if (first == NONE || second == NONE) {
            return first == NONE ? second : first;
        }
        Server one = servers[first];
        Server other = servers[second];
        boolean otherIsLess = other.weight() * LeastConnection.overhead(one) > one.weight()
                * LeastConnection.overhead(other);
        return otherIsLess ? second : first;
    }

    /** One that cannot be chosen is drawn in vain, which leaves the others' chances as they are. */
    private int draw() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long number = random.applyAsLong(before[servers.length] + 1);
            if (number == 0) {
                return reached(0);
            }
            int place = placeOf(number);
            if (servers[place].takesConnections()) {
                return place;
            }
        }
        long usable = 0;
        for (Server server : servers) {
            usable += server.usableWeight();
        }
        return usable == 0 ? NONE : reached(random.applyAsLong(usable + 1));
    }

    /** @param number 1 to the sum of the weights */
    private int placeOf(long number) {
        int low = 0;
        int high = servers.length - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if (before[middle + 1] >= number) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The server that a draw among the usable ones reaches; the last of them where weights fell since they were summed up. */
    private int reached(long draw) {
        int last = NONE;
        long left = draw;
        for (int i = 0; i < servers.length; i++) {
            if (servers[i].takesConnections()) {
                last = i;
                left -= servers[i].weight();
                if (left <= 0) {
                    return i;
                }
            }
        }
        return last;
    }

    @Override
    public Scheduler with(List<? extends Server> changed) {
        return new PowerOfTwo(changed, random);
    }
}
