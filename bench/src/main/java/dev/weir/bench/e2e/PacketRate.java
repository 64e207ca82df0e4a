package dev.weir.bench.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.HdrHistogram.Histogram;

/**
 * Packets a second of UDP in frames of 64 bytes, established flows: a rate sweep for each number of flows, and with the
 * first of them how long frames take at a low rate and at 80 % of the most that passed without loss.
 */
record PacketRate(List<Long> flows) implements Measure {
    private static final Duration PROBE = Duration.ofMillis(100);
    private static final long LOW = 10_000;
    private static final double HIGH = 0.8;

    @Override
    public String name() {
        return "pps";
    }

    @Override
    public List<Tool> tools() {
        return List.of();
    }

    @Override
    public List<Reading> of(Lab lab, Contender contender, Effort effort) throws IOException {
        try (Contender.Director director = contender.start(lab);
                Generator generator = Generator.start(lab, contender.target())) {
            lab.pinReceiver();
            Delivery.check(lab, contender, generator);
            return effort.brief()
                    ? List.of(brief(generator, effort))
                    : sweeps(generator, director, effort);
        }
    }

    /** That the right frames come has been seen; the figure is nothing to go by. */
    private static Reading brief(Generator generator, Effort effort) throws IOException {
        double delivered = generator.run(LOW, effort.step()).delivered();
        return new Reading("pps/brief", new LinkedHashMap<>(Map.of("best pps", delivered)));
    }

    private List<Reading> sweeps(Generator generator, Contender.Director director, Effort effort) throws IOException {
        List<Reading> readings = new ArrayList<>();
        for (long number : flows) {
            generator.flows(number);
            WarmUp.of(generator, director, number, effort.step());
            Sweep sweep = Sweep.of((rate, probe) -> generator.run(rate, probe ? PROBE : effort.step()));
            SequencedMap<String, Double> values = new LinkedHashMap<>();
            values.put("best pps", sweep.best());
            values.put("lossless pps", sweep.lossless());
            values.put("overload pps", sweep.overload());
            costs(generator, director, sweep, effort, values);
            readings.add(new Reading("pps/" + number / 1000 + "k", values));
            if (number == flows.getFirst()) {
                readings.add(latency("latency/low", generator, LOW, effort));
                readings.add(latency("latency/80%", generator, (long) (sweep.lossless() * HIGH), effort));
            }
        }
        return readings;
    }

    /** Where its time goes at saturation, of a director in user space. */
    private static void costs(Generator generator, Contender.Director director, Sweep sweep, Effort effort,
            SequencedMap<String, Double> values) throws IOException {
        Optional<ProcessorTime> before = director.processorTime();
        if (before.isEmpty()) {
            return;
        }
        long came = generator.came();
        generator.run((long) (sweep.best() * 1.2), effort.step().multipliedBy(2));
        ProcessorTime used = director.processorTime().orElseThrow().since(before.get());
        long packets = Math.max(1, generator.came() - came);
        values.put("user ns/packet", used.user() * 1e9 / packets);
        values.put("kernel ns/packet", used.kernel() * 1e9 / packets);
    }

    private static Reading latency(String name, Generator generator, long rate, Effort effort) throws IOException {
        generator.run(rate, Duration.ofMillis(100));
        generator.sink().noteTimes(true);
        generator.count(effort.step().multipliedBy(2));
        generator.sink().noteTimes(false);
        Histogram times = generator.sink().takeTimes();
        SequencedMap<String, Double> values = new LinkedHashMap<>();
        values.put("p50 us", times.getValueAtPercentile(50) / 1e3);
        values.put("p99 us", times.getValueAtPercentile(99) / 1e3);
        values.put("p99.9 us", times.getValueAtPercentile(99.9) / 1e3);
        values.put("rate pps", (double) rate);
        return new Reading(name, values);
    }
}
