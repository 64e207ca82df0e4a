package dev.weir.bench;

import dev.weir.engine.Engine;
import dev.weir.engine.Engines;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceException;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.service.VirtualService;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Connections through the whole engine, without I/O: each frame is a SYN of another client, which is scheduled, counted and
 * sent on; and as many older connections end by their timers, of half a million that stand. A score is the time of one
 * connection's life.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "@../conf/jvm.options")
@State(Scope.Thread)
public class NewConnectionBenchmark {
    private static final int BURST = 64;
    private static final int STANDING = 1 << 19;
    /** Of a connection of which no more than the SYN came. */
    private static final long LIFE = 60_000_000_000L;
    private static final long STEP = LIFE / (STANDING / BURST);
    private static final int CLIENTS = 1 << 22;

    @Param({"rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf", "twos", "dh", "sh", "mh", "lblc", "lblcr"})
    String scheduler = "wlc";

    @Param("100")
    int servers = 100;

    private final Frame[] burst = new Frame[BURST];
    private final Arena arena = Arena.ofShared();
    private final ClientNumbers numbers = new ClientNumbers(CLIENTS);
    private final LoopPort clients = Frames.port(arena, false, Protocol.TCP, Frames.SYN, numbers::next);
    private final LoopPort toServers = Frames.port(arena, true, Protocol.TCP, 0, () -> 0);
    private final Services services = new Services();
    private Engines director = OneWorker.director(services, clients, toServers, 1, 0);
    private Engine engine = director.engine(0);
    private long now;

    @Setup
    public void fill() throws ServiceException {
        ServiceKey key = new ServiceKey.Address(Protocol.TCP, IpAddress.parse("10.0.0.2"), 80);
        services.addService(key, new VirtualService.Settings(scheduler, Set.of(), 0, -1, false, null));
        for (int i = 0; i < servers; i++) {
            services.addServer(key, IpAddress.v4(0xc0a8_0001 + i), 80,
                    new RealServer.Settings(Forwarding.DIRECT_ROUTING, 1 + i % 5, 0, 0));
        }
        director.close();
        director = OneWorker.director(services, clients, toServers, 1 << 20, now);
        engine = director.engine(0);
        for (int i = 0; i < BURST; i++) {
            burst[i] = new Frame();
        }
        for (int made = 0; made < 2 * STANDING; made += BURST) {
            begin();
        }
    }

    @Benchmark
    @OperationsPerInvocation(BURST)
    public long begin() {
        now += STEP;
        engine.process(burst, clients.receive(burst), now);
        clients.release();
        engine.tick(now);
        return toServers.sent();
    }

    @TearDown
    public void check() {
        if (director.counters().dropped() != 0 || director.counters().evicted() != 0
                || director.connectionCount() > STANDING + STANDING / 8) {
            throw new IllegalStateException("connections were not made, or did not end: " + director.connectionCount());
        }
        director.close();
    }
}
