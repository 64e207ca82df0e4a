package dev.weir.bench.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** TCP with all offloads of veth, one stream of iperf3 to the server: bits a second that it received. */
record BulkTransfer() implements Measure {
    private static final int PORT = 5201;

    @Override
    public String name() {
        return "bulk";
    }

    @Override
    public List<Tool> tools() {
        return List.of(Tool.IPERF3);
    }

    @Override
    public List<Reading> of(Lab lab, Contender contender, Effort effort) throws IOException {
        Process server = lab.start(Lab.Role.SERVER, "iperf3", List.of("iperf3", "-s"));
        try (Contender.Director _ = contender.start(lab)) {
            Listening.await(lab, server, "iperf3", List.of(PORT));
            if (!effort.brief()) {
                transfer(lab, contender, Duration.ofSeconds(2));
            }
            double bits = transfer(lab, contender, effort.bulk());
            if (bits <= 0) {
                throw new IOException(contender.name() + ": nothing came of a TCP stream");
            }
            return List.of(new Reading(name(), new LinkedHashMap<>(Map.of("received bit/s", bits))));
        } finally {
            Shell.stop(server, Duration.ofSeconds(1));
        }
    }

    private static double transfer(Lab lab, Contender contender, Duration time) throws IOException {
        String said = lab.in(Lab.Role.CLIENT, "iperf3", "-c", contender.target(), "-J", "-t",
                String.valueOf(Math.max(1, time.toSeconds())));
        return FlatJson.read(said).number("end.sum_received.bits_per_second");
    }
}
