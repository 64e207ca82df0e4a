package dev.weir.scheduler;

import java.util.Arrays;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Several workers ask one scheduler at once, and tell it of their connections. */
public final class SchedulerStress {
    private SchedulerStress() {
    }

    /** A server whose connections the test counts. */
    private static final class Counted implements Server {
        private volatile int active;

        Counted(int active) {
            this.active = active;
        }

        @Override
        public long addressHigh() {
            return 0;
        }

        @Override
        public long addressLow() {
            return 0;
        }

        @Override
        public int port() {
            return 80;
        }

        @Override
        public int weight() {
            return 1;
        }

        @Override
        public int lastWeight() {
            return 1;
        }

        @Override
        public int activeConnections() {
            return active;
        }

        @Override
        public int inactiveConnections() {
            return 0;
        }

        @Override
        public boolean overloaded() {
            return false;
        }
    }

    /** Servers with so many connections, of which a tournament knows the one with the fewest. */
    private static final class Contest {
        private final List<Counted> servers;
        private final Tournament tournament;

        Contest(int... active) {
            servers = Arrays.stream(active).mapToObj(Counted::new).toList();
            tournament = new Tournament(servers, new LeastConnection());
        }

        void now(int server, int active) {
            servers.get(server).active = active;
            tournament.changed(server);
        }

        int winner() {
            return tournament.winner();
        }
    }

    /** Of a client that no scheduler here looks at. */
    private record Any(long clientHigh, long clientLow, int clientPort, long destinationHigh, long destinationLow,
            int destinationPort, long now) implements Flow {
        static final Flow FLOW = new Any(0, 0, 0, 0, 0, 0, 0);
    }

    /** rr stays rr: two workers that ask at once have one turn each. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0"}, expect = Expect.ACCEPTABLE, desc = "one turn each")
    @State
    public static class RoundRobinTurns {
        private final Scheduler scheduler = new RoundRobin(List.of(new Counted(0), new Counted(0)));

        @Actor
        public void one(II_Result result) {
            result.r1 = scheduler.choose(Any.FLOW);
        }

        @Actor
        public void other(II_Result result) {
            result.r2 = scheduler.choose(Any.FLOW);
        }
    }

    /** The same of wrr, whose walk is a place and a bar. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0"}, expect = Expect.ACCEPTABLE, desc = "one turn each")
    @State
    public static class WeightedRoundRobinTurns {
        private final Scheduler scheduler = new WeightedRoundRobin(List.of(new Counted(0), new Counted(0)));

        @Actor
        public void one(II_Result result) {
            result.r1 = scheduler.choose(Any.FLOW);
        }

        @Actor
        public void other(II_Result result) {
            result.r2 = scheduler.choose(Any.FLOW);
        }
    }

    /** Once two workers have told of their changes, the choice is that of a walk along the list. */
    @JCStressTest
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "the server with the fewest connections")
    @State
    public static class ChangesOfDifferentServers {
        private final Contest contest = new Contest(0, 0, 1);

        @Actor
        public void one() {
            contest.now(0, 3);
        }

        @Actor
        public void other() {
            contest.now(1, 2);
        }

        @Arbiter
        public void afterwards(I_Result result) {
            result.r1 = contest.winner();
        }
    }

    /** The same where both ask, too, and so play at once: one may have seen fewer changes, and write its winner last. */
    @JCStressTest
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "the server with the fewest connections")
    @State
    public static class ChangesAndChoices {
        private final Contest contest = new Contest(0, 0, 1);

        @Actor
        public void one() {
            contest.now(0, 3);
            contest.winner();
        }

        @Actor
        public void other() {
            contest.now(1, 2);
            contest.winner();
        }

        @Arbiter
        public void afterwards(I_Result result) {
            result.r1 = contest.winner();
        }
    }

    /** The same where both change one server, of which the later change counts, whoever is told of it first. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the server with the fewest connections")
    @State
    public static class ChangesOfOneServer {
        private final Contest contest = new Contest(0, 1);

        @Actor
        public void one() {
            contest.now(0, 2);
        }

        @Actor
        public void other() {
            contest.now(0, 3);
        }

        @Arbiter
        public void afterwards(I_Result result) {
            result.r1 = contest.winner();
        }
    }
}
