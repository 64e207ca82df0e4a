package dev.weir.scheduler;

import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * twos: two servers are drawn, each as likely as its weight, and the one with the smaller (active * 256 + inactive) /
 * weight is taken, of equals the first drawn. A draw is a number from 0 to the sum of the weights, both included, and means
 * the server where the weights up to it reach that sum; so the first in the list has one number more than it weighs.
 */
final class PowerOfTwo implements Scheduler {
    private final Server[] servers;
    private final LongUnaryOperator random;

    PowerOfTwo(List<? extends Server> servers, LongUnaryOperator random) {
        this.servers = servers.toArray(Server[]::new);
        this.random = random;
    }

    @Override
    public int choose(Flow flow) {
        long total = 0;
        for (Server server : servers) {
            if (server.takesConnections()) {
                total += server.weight();
            }
        }
        if (total == 0) {
            return NONE;
        }
        int first = reached(random.applyAsLong(total + 1));
        int second = reached(random.applyAsLong(total + 1));
        if (first == NONE || second == NONE) {
            return first == NONE ? second : first;
        }
        Server one = servers[first];
        Server other = servers[second];
        boolean otherIsLess = other.weight() * WeightedLeastConnection.overhead(one) > one.weight()
                * WeightedLeastConnection.overhead(other);
        return otherIsLess ? second : first;
    }

    /** The server that a draw reaches; the last that can be chosen where weights fell since they were summed up. */
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
