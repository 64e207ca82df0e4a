package dev.weir.bench.e2e;

import dev.weir.bench.e2e.Generator.Passed;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * New connections a second: UDP of which each frame is another flow, at rising rates; what was delivered most. In all
 * there are fewer flows than nf_conntrack_max is by default (262,144).
 */
record NewConnections() implements Measure {
    private static final List<Long> RATES = List.of(250_000L, 500_000L, 1_000_000L);
    private static final Duration STEP = Duration.ofMillis(50);
    private static final long WARM_FLOWS = 20_000;

    @Override
    public String name() {
        return "new-connections";
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
            if (!effort.brief()) {
                generator.flows(WARM_FLOWS);
                WarmUp.of(generator, director, WARM_FLOWS, effort.step());
            }
            generator.flows(FloodFrame.MOST_FLOWS);
            generator.skip(WARM_FLOWS);
            double most = 0;
            for (long rate : RATES) {
                Passed passed = generator.burst(rate, STEP);
                most = Math.max(most, passed.delivered());
            }
            return List.of(new Reading(name(), new LinkedHashMap<>(Map.of("new/s", most))));
        }
    }
}
