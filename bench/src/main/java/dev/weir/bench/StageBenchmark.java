package dev.weir.bench;

import dev.weir.connection.Connections;
import dev.weir.forward.Masquerade;
import dev.weir.service.Protocol;
import dev.weir.sys.HugePageArena;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Packet;
import java.lang.foreign.Arena;
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
 * The stages of {@link PipelineBenchmark} one after another, each with all before it: what a stage takes of a packet's time
 * is its score less that of the one before.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "@../conf/jvm.options")
@OperationsPerInvocation(StageBenchmark.BURST)
@State(Scope.Thread)
public class StageBenchmark {
    static final int BURST = 64;
    private static final long VIRTUAL = IpAddress.mapped(0x0a00_0002);
    private static final long SERVER = IpAddress.mapped(0xc0a8_000a);
    private static final int SECONDS = 900;

    @Param({"1000", "100000", "1000000", "4000000"})
    int connections = 1000;

    private final Arena arena = Arena.ofShared();
    private final Frame[] burst = new Frame[BURST];
    private final Packet[] packets = new Packet[BURST];
    private final int[] hashes = new int[BURST];
    private final int[] candidates = new int[BURST];
    private Connections table = new Connections(1, 7, 0);
    private LoopPort port = Frames.port(arena, false, Protocol.TCP, Frames.ACK, () -> 0);
    private long now;

    @Setup
    public void connect() {
        table.close();
        table = new Connections(new HugePageArena(), Math.max(connections, 1 << 20), 7, 0);
        for (int client = 0; client < connections; client++) {
            table.create(Protocol.TCP.number(), 0, IpAddress.mapped(Frames.CLIENTS | client & 0xffff),
                    Frames.FIRST_PORT + (client >>> 16), 0, VIRTUAL, 80, 0, SERVER, 80, Connections.MASQUERADED, 1,
                    SECONDS, 0);
        }
        port = Frames.port(arena, false, Protocol.TCP, Frames.ACK, new ClientNumbers(connections)::random);
        for (int i = 0; i < BURST; i++) {
            burst[i] = new Frame();
            packets[i] = new Packet();
        }
    }

    @Benchmark
    public int write() {
        return port.receive(burst);
    }

    @Benchmark
    public int parse() {
        int wellFormed = 0;
        port.receive(burst);
        for (int i = 0; i < BURST; i++) {
            wellFormed += packets[i].parse(burst[i]) == Packet.Shape.WELL_FORMED ? 1 : 0;
        }
        return wellFormed;
    }

    @Benchmark
    public int hash() {
        int parsed = parse();
        for (int i = 0; i < BURST; i++) {
            hashes[i] = table.hash(packets[i]);
        }
        return parsed;
    }

    @Benchmark
    public long fetch() {
        long touched = hash();
        for (int i = 0; i < BURST; i++) {
            touched += table.touchIndex(hashes[i]);
        }
        for (int i = 0; i < BURST; i++) {
            candidates[i] = table.candidate(hashes[i]);
        }
        for (int i = 0; i < BURST; i++) {
            touched += table.touchRecord(candidates[i]);
        }
        return touched;
    }

    @Benchmark
    public long lookUp() {
        long found = fetch();
        for (int i = 0; i < BURST; i++) {
            found += table.find(packets[i], hashes[i]);
        }
        return found;
    }

    @Benchmark
    public long touch() {
        long touched = fetch();
        now += 10_000;
        for (int i = 0; i < BURST; i++) {
            int connection = Connections.number(table.find(packets[i], hashes[i]));
            table.countPacketIn(connection);
            table.touch(connection, now);
        }
        return touched;
    }

    @Benchmark
    public long rewrite() {
        long touched = touch();
        for (int i = 0; i < BURST; i++) {
            Packet packet = packets[i];
            Ipv4.decrementTtl(packet.memory(), packet.ip());
            Masquerade.toServer(burst[i], packet, 0, SERVER, 80, 1, 1);
        }
        return touched;
    }

    @TearDown
    public void close() {
        table.close();
    }
}
