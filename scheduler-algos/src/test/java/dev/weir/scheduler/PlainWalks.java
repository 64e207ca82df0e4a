package dev.weir.scheduler;

import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** The schedulers as the kernel has them: they walk the list for each choice. What Weir's have to agree with. */
final class PlainWalks {
    private static final Predicate<FakeServer> TAKES = server -> server.weight() > 0 && !server.overloaded();
    private static final Comparator<FakeServer> DELAY = (one, other) -> Long.compare(
            (one.activeConnections() + 1L) * other.weight(), (other.activeConnections() + 1L) * one.weight());
    private static final Comparator<FakeServer> GREATEST = (one, other) -> Integer.compare(other.weight(),
            one.weight());

    /** Those that choose the first of the best by the servers' weights and counts alone. */
    static final List<Rule> RULES = List.of(
            new Rule("lc", TAKES, Comparator.comparingLong(PlainWalks::overhead)),
            new Rule("wlc", TAKES,
                    (one, other) -> Long.compare(overhead(one) * other.weight(), overhead(other) * one.weight())),
            new Rule("sed", TAKES, DELAY),
            new Rule("nq", TAKES, (one, other) -> one.activeConnections() == 0 || other.activeConnections() == 0
                    ? Boolean.compare(one.activeConnections() != 0, other.activeConnections() != 0)
                    : DELAY.compare(one, other)),
            new Rule("fo", TAKES, GREATEST),
            new Rule("ovf", TAKES.and(server -> server.activeConnections() <= server.weight()), GREATEST));

    private PlainWalks() {
    }

    record Rule(String name, Predicate<FakeServer> mayBeChosen, Comparator<FakeServer> order) {
        int choose(List<FakeServer> servers) {
            return IntStream.range(0, servers.size()).filter(i -> mayBeChosen.test(servers.get(i))).boxed()
                    .min(Comparator.comparing(servers::get, order)).orElse(Scheduler.NONE);
        }
    }

    private static long overhead(FakeServer server) {
        return server.activeConnections() * 256L + server.inactiveConnections();
    }

    /** rr, as it stands at a place. */
    static int roundRobin(List<FakeServer> servers, int last) {
        for (int step = 1; step <= servers.size(); step++) {
            int candidate = (last + step) % servers.size();
            if (TAKES.test(servers.get(candidate))) {
                return candidate;
            }
        }
        return Scheduler.NONE;
    }

    /** wrr: bar by bar. */
    static final class WeightedRoundRobin {
        private static final int HEAD = -1;
        private final List<FakeServer> servers;
        private final int step;
        private final int maximum;
        private int place = HEAD;
        private int bar;

        WeightedRoundRobin(List<FakeServer> servers) {
            this.servers = servers;
            int divisor = servers.stream().mapToInt(FakeServer::weight).reduce(0, WeightedRoundRobin::gcd);
            step = Math.max(1, divisor);
            int greatest = servers.stream().mapToInt(FakeServer::weight).max().orElse(0);
            maximum = greatest == 0 ? 0 : greatest - (step - 1);
            bar = maximum;
        }

        int choose() {
            if (maximum == 0) {
                return Scheduler.NONE;
            }
            int begun = place;
            int stop = Scheduler.NONE;
            boolean lastPass = false;
            boolean restarted = false;
            while (true) {
                for (place++; place < servers.size(); place++) {
                    if (servers.get(place).weight() >= bar && !servers.get(place).overloaded()) {
                        return place;
                    }
                    if (place == stop) {
                        return Scheduler.NONE;
                    }
                }
                place = HEAD;
                bar -= step;
                if (bar <= 0) {
                    bar = maximum;
                    if (lastPass || begun == HEAD) {
                        return Scheduler.NONE;
                    }
                    restarted = true;
                }
                lastPass = bar <= step;
                if (lastPass && restarted) {
                    stop = begun;
                }
            }
        }

        private static int gcd(int first, int second) {
            return second == 0 ? first : gcd(second, first % second);
        }
    }
}
