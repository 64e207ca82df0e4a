package dev.weir.bench;

import dev.weir.wire.Sctp;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What an SCTP packet's CRC costs: changed with a port, and computed in full. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class SctpChecksumBenchmark {
    @Param({"40", "300", "1480"})
    int length = 40;

    private final MemorySegment memory = Arena.global().allocate(2048, 64);
    private int port;

    @Benchmark
    public int change() {
        Sctp.changeDestinationPort(memory, 0, length, port++ & 0xffff);
        return memory.get(ValueLayout.JAVA_INT, Sctp.CHECKSUM);
    }

    @Benchmark
    public int compute() {
        Sctp.finishChecksum(memory, 0, length);
        return memory.get(ValueLayout.JAVA_INT, Sctp.CHECKSUM);
    }
}
