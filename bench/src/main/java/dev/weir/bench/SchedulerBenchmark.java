package dev.weir.bench;

import dev.weir.scheduler.Flow;
import dev.weir.scheduler.Scheduler;
import dev.weir.scheduler.SchedulerContext;
import dev.weir.scheduler.Schedulers;
import dev.weir.scheduler.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The choice of a server for one new connection, with clients and destinations that change from choice to choice and
 * servers of weights 1 to 5 that all have some connections.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class SchedulerBenchmark {
    private static final long V4 = 0xffff_0000_0000L;

    @Param({"rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf", "twos", "dh", "sh", "mh", "lblc", "lblcr"})
    String scheduler = "rr";

    @Param({"10", "100", "1000"})
    int servers = 10;

    private Scheduler subject = create();
    private final ChangingFlow flow = new ChangingFlow();

    private record Loaded(long addressLow, int weight, int activeConnections, int inactiveConnections)
            implements
                Server {
        @Override
        public long addressHigh() {
            return 0;
        }

        @Override
        public int port() {
            return 80;
        }

        @Override
        public int lastWeight() {
            return weight;
        }

        @Override
        public boolean overloaded() {
            return false;
        }
    }

    /** Another client for each choice, and one of 4096 destinations. */
    private static final class ChangingFlow implements Flow {
        private long count;

        void next() {
            count++;
        }

        @Override
        public long clientHigh() {
            return 0;
        }

        @Override
        public long clientLow() {
            return V4 | 0x0a00_0000 + (count * 0x9e37 & 0xff_ffff);
        }

        @Override
        public int clientPort() {
            return 1024 + (int) (count & 0x7fff);
        }

        @Override
        public long destinationHigh() {
            return 0;
        }

        @Override
        public long destinationLow() {
            return V4 | 0x0b00_0000 + (count & 0xfff);
        }

        @Override
        public int destinationPort() {
            return 80;
        }

        @Override
        public long now() {
            return count * 100;
        }
    }

    private Scheduler create() {
        SchedulerContext context = new SchedulerContext(bound -> ThreadLocalRandom.current().nextLong(bound));
        return Objects.requireNonNull(Schedulers.create(scheduler, true, context), scheduler);
    }

    @Setup
    public void load() {
        Random dice = new Random(1);
        List<Server> loaded = new ArrayList<>();
        for (int i = 0; i < servers; i++) {
            loaded.add(new Loaded(V4 | 0x0a10_0000 + i, 1 + dice.nextInt(5), 1, dice.nextInt(20)));
        }
        subject = create().with(loaded);
    }

    @Benchmark
    public int choose() {
        flow.next();
        return subject.choose(flow);
    }
}
