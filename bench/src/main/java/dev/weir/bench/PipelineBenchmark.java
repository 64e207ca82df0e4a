package dev.weir.bench;

import dev.weir.engine.Engine;
import dev.weir.engine.Engines;
import dev.weir.service.ClientAddress;
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
 * Packets through the whole engine, without I/O: parse, look-up, state, counters, rewriting, next hop. Clients come in no
 * order. A score is the time of one packet, its writing into the ring included. {@code -prof gc} shows that it allocates
 * nothing; {@code -t 2} is two workers with an engine each.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "@../conf/jvm.options")
@State(Scope.Thread)
public class PipelineBenchmark {
    private static final int BURST = 64;

    /** How packets reach the server; under NAT and FULLNAT also the way back. */
    public enum Method {
        DR, NAT, NAT_REPLY, TUN, FULLNAT, FULLNAT_REPLY
    }

    @Param({"DR", "NAT", "NAT_REPLY", "TUN", "FULLNAT", "FULLNAT_REPLY"})
    Method method = Method.DR;

    @Param({"TCP", "UDP"})
    Protocol protocol = Protocol.TCP;

    @Param({"1000", "100000", "1000000", "4000000"})
    int connections = 1000;

    private final Frame[] burst = new Frame[BURST];
    private final Arena arena = Arena.ofShared();
    private LoopPort receiving = Frames.port(arena, false, Protocol.TCP, 0, () -> 0);
    private LoopPort sending = Frames.port(arena, true, Protocol.TCP, 0, () -> 0);
    private Engines director = OneWorker.director(new Services(), receiving, sending, 1, 0);
    private Engine engine = director.engine(0);
    private long now = 1_000_000_000L;

    @Setup
    public void connect() throws ServiceException {
        Services services = new Services();
        ServiceKey key = new ServiceKey.Address(protocol, IpAddress.parse("10.0.0.2"), 80);
        // As where the server has sent data: no packet bears its client's address any more.
        services.addService(key,
                new VirtualService.Settings("wlc", Set.of(), 0, 32, false, null, ClientAddress.NONE));
        Forwarding forwarding = switch (method) {
            case DR -> Forwarding.DIRECT_ROUTING;
            case NAT, NAT_REPLY -> Forwarding.MASQUERADE;
            case TUN -> Forwarding.IPIP;
            case FULLNAT, FULLNAT_REPLY -> Forwarding.FULL_NAT;
        };
        services.addServer(key, IpAddress.parse("192.168.0.10"), 80, new RealServer.Settings(forwarding, 1, 0, 0));
        if (forwarding instanceof Forwarding.FullNat) {
            for (IpAddress local : LocalEnds.addresses(connections)) {
                services.addLocalAddress(key, local);
            }
        }
        ClientNumbers numbers = new ClientNumbers(connections);
        LocalEnds locals = new LocalEnds(connections);
        LoopPort opening = Frames.port(arena, false, protocol, Frames.SYN, numbers::next);
        boolean reply = method == Method.NAT_REPLY || method == Method.FULLNAT_REPLY;
        LoopPort clients = Frames.port(arena, false, protocol, Frames.ACK, numbers::random);
        LoopPort servers = Frames.port(arena, true, protocol, Frames.ACK,
                method == Method.FULLNAT_REPLY ? locals : numbers::random);
        servers.onSent(locals::see);
        receiving = reply ? servers : clients;
        sending = reply ? clients : servers;
        director.close();
        director = OneWorker.director(services, clients, servers, Math.max(connections, 1 << 20), now);
        engine = director.engine(0);
        for (int i = 0; i < BURST; i++) {
            burst[i] = new Frame();
        }
        for (int done = 0; done < connections; done += BURST) {
            engine.process(burst, opening.receive(burst), now);
        }
        servers.silent();
        locals.shuffle();
    }

    @Benchmark
    @OperationsPerInvocation(BURST)
    public long forward() {
        now += 10_000;
        int count = receiving.receive(burst);
        engine.process(burst, count, now);
        receiving.release();
        engine.tick(now);
        return sending.sent();
    }

    @TearDown
    public void check() {
        if (director.counters().dropped() != 0 || director.counters().handedBack() != 0) {
            throw new IllegalStateException("frames were not forwarded: dropped " + director.counters().dropped()
                    + ", handed back " + director.counters().handedBack());
        }
        director.close();
    }
}
