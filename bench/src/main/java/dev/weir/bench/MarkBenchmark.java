package dev.weir.bench;

import dev.weir.mark.MarkClassifier;
import dev.weir.mark.MarkRule;
import dev.weir.mark.MarkRules;
import dev.weir.mark.Match;
import dev.weir.mark.PortRange;
import dev.weir.mark.Target;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
 * What the mark of a packet costs: rules of a virtual address and two to four ports each, every fourth for a network of
 * clients, every fifth on one interface; packets to the addresses and ports of the rules, which one rule or none matches.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class MarkBenchmark {
    private static final int PACKETS = 4096;
    private static final List<String> INPUTS = List.of("eth0", "eth1");

    @Param({"1", "10", "100", "1000"})
    int rules = 1;

    private final Packet[] packets = new Packet[PACKETS];
    private MarkRules walked = MarkRules.NONE;
    private MarkClassifier compiled = new MarkClassifier(MarkRules.NONE, INPUTS);
    private int count;

    @Setup
    public void load() {
        Random dice = new Random(1);
        List<MarkRule> made = new ArrayList<>();
        for (int i = 0; i < rules; i++) {
            made.add(rule(i, dice));
        }
        walked = new MarkRules(made);
        compiled = new MarkClassifier(walked, INPUTS);
        for (int i = 0; i < PACKETS; i++) {
            packets[i] = packet(dice);
        }
    }

    private static MarkRule rule(int number, Random dice) {
        List<Match> matches = new ArrayList<>();
        if (number % 4 == 0) {
            matches.add(new Match.Address(Match.Side.SOURCE, IpAddress.v4(0x0b00_0000 + (dice.nextInt(256) << 16)),
                    Match.Address.mask(true, 16), false));
        }
        matches.add(new Match.Address(Match.Side.DESTINATION, IpAddress.v4(0x0a00_0000 + number),
                Match.Address.mask(true, 32), false));
        if (number % 5 == 0) {
            matches.add(new Match.Input("eth0", false, false));
        }
        matches.add(new Match.Protocol(Transport.TCP, false));
        List<PortRange> ports = new ArrayList<>();
        for (int i = 2 + dice.nextInt(3); i > 0; i--) {
            int port = 80 + dice.nextInt(8);
            ports.add(new PortRange(port, port));
        }
        matches.add(new Match.Ports(Match.PortSide.DESTINATION, ports, false));
        return new MarkRule(true, matches, Target.SetMark.set(1 + number, -1));
    }

    private Packet packet(Random dice) {
        MemorySegment memory = MemorySegment.ofArray(new long[8]);
        int length = Ipv4.HEADER_LENGTH + Transport.TCP_HEADER_LENGTH;
        Ipv4.write(memory, 0, 0, length, 0, 0, 64, Transport.TCP, 0x0b00_0000 + dice.nextInt(1 << 24),
                0x0a00_0000 + dice.nextInt(rules));
        Transport.sourcePort(memory, Ipv4.HEADER_LENGTH, 1024 + dice.nextInt(60_000));
        Transport.destinationPort(memory, Ipv4.HEADER_LENGTH, 80 + dice.nextInt(8));
        Packet packet = new Packet();
        if (packet.parseEmbedded(memory, 0, length) != Packet.Shape.WELL_FORMED) {
            throw new IllegalStateException("a packet of the benchmark is none");
        }
        return packet;
    }

    @Benchmark
    public int compiled() {
        int at = count++ & PACKETS - 1;
        return compiled.markOf(packets[at], at & 1);
    }

    @Benchmark
    public int walk() {
        int at = count++ & PACKETS - 1;
        return walked.markOf(packets[at], INPUTS.get(at & 1));
    }
}
