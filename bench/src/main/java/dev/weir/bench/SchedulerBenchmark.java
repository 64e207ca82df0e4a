package dev.weir.bench;

import dev.weir.scheduler.Flow;
import dev.weir.scheduler.Scheduler;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
 * What a connection costs its service: a server is chosen for it and counts it, and an older connection ends, so that the
 * load stays. Clients and destinations change from connection to connection; servers weigh 1 to 5 and have some
 * connections each.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class SchedulerBenchmark {
    private static final ServiceKey KEY = new ServiceKey.Address(Protocol.TCP, IpAddress.v4(0x0a00_0001), 80);
    private static final int STANDING = 4096;

    @Param({"rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf", "twos", "dh", "sh", "mh", "lblc", "lblcr"})
    String scheduler = "rr";

    @Param({"10", "100", "1000"})
    int servers = 10;

    private final Services services = new Services();
    private @Nullable VirtualService subject;
    private final ChangingFlow flow = new ChangingFlow();
    private final @Nullable RealServer[] standing = new @Nullable RealServer[STANDING];

    /** Another client for each choice, and one of 4096 destinations. */
    private static final class ChangingFlow implements Flow {
        private static final long V4 = 0xffff_0000_0000L;
        private long count;

        long next() {
            return count++;
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

    @Setup
    public void load() throws ServiceException {
        Random dice = new Random(1);
        services.addService(KEY, new VirtualService.Settings(scheduler, Set.of(), 0, -1, false, null));
        for (int i = 0; i < servers; i++) {
            services.addServer(KEY, IpAddress.v4(0x0a10_0001 + i), 80,
                    new RealServer.Settings(Forwarding.DIRECT_ROUTING, 1 + dice.nextInt(5), 0, 0));
        }
        VirtualService service = Objects.requireNonNull(services.current().find(KEY));
        for (RealServer server : service.servers()) {
            server.connectionsChanged(1, dice.nextInt(20));
        }
        subject = service;
        for (int i = 0; i < STANDING; i++) {
            connection();
        }
    }

    @Benchmark
    public int connection() {
        int at = (int) flow.next() & STANDING - 1;
        VirtualService service = Objects.requireNonNull(subject);
        int place = service.scheduler().choose(flow);
        if (place == Scheduler.NONE) {
            throw new IllegalStateException("no server can be chosen");
        }
        RealServer ending = standing[at];
        if (ending != null) {
            ending.connectionsChanged(0, -1);
            ending.unbound();
        }
        RealServer chosen = service.servers().get(place);
        chosen.connectionsChanged(0, 1);
        chosen.bound();
        standing[at] = chosen;
        return place;
    }
}
