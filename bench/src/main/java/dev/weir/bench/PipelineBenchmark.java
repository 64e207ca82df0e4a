package dev.weir.bench;

import dev.weir.engine.Engine;
import dev.weir.engine.EngineOptions;
import dev.weir.engine.Engines;
import dev.weir.engine.WorkerPorts;
import dev.weir.port.MemoryPort;
import dev.weir.port.Port;
import dev.weir.route.StaticRoutes;
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
import java.nio.ByteBuffer;
import java.util.List;
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
 * Packets through the whole engine, without I/O: parse, look-up, state, counters, rewriting, next hop. A score
 * is the time of one packet, its copy into the ring (60 bytes) included. {@code -prof gc} shows that it allocates nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@State(Scope.Thread)
public class PipelineBenchmark {
    private static final int BURST = 64;
    private static final int FLAG_ACK = 0x10;
    private static final int FLAG_SYN = 0x02;
    private static final long ETH0 = 0x02_00_00_00_00_01L;
    private static final long ETH1 = 0x02_00_00_00_00_02L;

    /** How packets reach the server; under NAT also the way back. */
    public enum Method {
        DR, NAT, NAT_REPLY, TUN
    }

    @Param({"DR", "NAT", "NAT_REPLY", "TUN"})
    Method method = Method.DR;

    @Param({"1000", "100000"})
    int connections = 1000;

    private final Frame[] burst = new Frame[BURST];
    private final Arena arena = Arena.ofShared();
    private Engines director = newDirector(List.of(), new Services());
    private Engine engine = director.engine(0);
    private LoopPort clients = new LoopPort(arena, 2, ETH0, new byte[0][]);
    private LoopPort servers = new LoopPort(arena, 3, ETH1, new byte[0][]);
    private LoopPort receiving = clients;
    private LoopPort sending = servers;
    private long now = 1_000_000_000L;

    private Engines newDirector(List<Port> ports, Services services) {
        StaticRoutes routes = new StaticRoutes().link(2, "eth0", ETH0, 1500).link(3, "eth1", ETH1, 1500)
                .address("eth0", IpAddress.parse("10.0.0.1"), 8).address("eth1", IpAddress.parse("192.168.0.1"), 24)
                .neighbour(IpAddress.parse("192.168.0.10"), "eth1", 0x0200_0000_050aL)
                .route(IpAddress.parse("10.1.0.0"), 16, IpAddress.parse("10.0.0.9"), "eth0")
                .neighbour(IpAddress.parse("10.0.0.9"), "eth0", 0x0200_0000_0c09L);
        List<Port> handBack = List.<Port>of(new MemoryPort("host0", 4, ETH0), new MemoryPort("host1", 5, ETH1))
                .subList(0, ports.size());
        return new Engines(services, routes, List.of(new WorkerPorts(ports, handBack)),
                new EngineOptions(1 << 20, 7, 0, true), now);
    }

    @Setup
    public void connect() throws ServiceException {
        Services services = new Services();
        ServiceKey key = new ServiceKey.Address(Protocol.TCP, IpAddress.parse("10.0.0.2"), 80);
        services.addService(key, new VirtualService.Settings("wlc", Set.of(), 0, 32, false, null));
        Forwarding forwarding = switch (method) {
            case DR -> Forwarding.DIRECT_ROUTING;
            case NAT, NAT_REPLY -> Forwarding.MASQUERADE;
            case TUN -> Forwarding.IPIP;
        };
        services.addServer(key, IpAddress.parse("192.168.0.10"), 80, new RealServer.Settings(forwarding, 1, 0, 0));
        LoopPort opening = new LoopPort(arena, 2, ETH0, frames(FLAG_SYN));
        boolean reply = method == Method.NAT_REPLY;
        clients = new LoopPort(arena, 2, ETH0, reply ? new byte[0][] : frames(FLAG_ACK));
        servers = new LoopPort(arena, 3, ETH1, reply ? replies() : new byte[0][]);
        receiving = reply ? servers : clients;
        sending = reply ? clients : servers;
        director.close();
        director = newDirector(List.of(clients, servers), services);
        engine = director.engine(0);
        for (int i = 0; i < BURST; i++) {
            burst[i] = new Frame();
        }
        for (int done = 0; done < connections; done += BURST) {
            engine.process(burst, opening.receive(burst), now);
        }
    }

    private byte[][] frames(int flags) {
        byte[][] frames = new byte[connections][];
        for (int i = 0; i < connections; i++) {
            frames[i] = frame(ETH0, 0x0a01_0000 + i % 5000, 1024 + i / 5000, 0x0a00_0002, 80, flags);
        }
        return frames;
    }

    private byte[][] replies() {
        byte[][] frames = new byte[connections][];
        for (int i = 0; i < connections; i++) {
            frames[i] = frame(ETH1, 0xc0a8_000a, 80, 0x0a01_0000 + i % 5000, 1024 + i / 5000, FLAG_ACK);
        }
        return frames;
    }

    private static byte[] frame(long to, int source, int sourcePort, int destination, int destinationPort, int flags) {
        ByteBuffer frame = ByteBuffer.allocate(60);
        frame.putShort((short) (to >>> 32)).putInt((int) to).putShort((short) 0x0200).putInt(0x0c0a)
                .putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) 46).putInt(0x4000).putShort((short) 0x4006)
                .putShort((short) 0).putInt(source).putInt(destination);
        frame.putShort((short) sourcePort).putShort((short) destinationPort).putLong(0)
                .putShort((short) (0x5000 | flags)).putShort((short) 1000);
        int sum = 0;
        for (int at = 14; at < 34; at += 2) {
            sum += frame.getShort(at) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        frame.putShort(24, (short) ~((sum & 0xffff) + (sum >>> 16)));
        return frame.array();
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
