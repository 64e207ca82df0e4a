package dev.weir.bench.e2e;

import java.io.IOException;
import java.time.Duration;

/** Each flow's first packets, gently; then load until what is delivered grows no more, since a JVM compiles meanwhile. */
final class WarmUp {
    private static final long FIRST_PACKETS_RATE = 100_000;
    private static final long RATE = 2_000_000;
    private static final int MOST = 16;
    private static final int STILL = 3;
    private static final double GROWTH = 1.03;

    private WarmUp() {
    }

    static void of(Generator generator, long flows, Duration piece) throws IOException {
        generator.run(FIRST_PACKETS_RATE, Duration.ofMillis(1200 * flows / FIRST_PACKETS_RATE));
        double most = 0;
        int still = 0;
        for (int i = 0; i < MOST && still < STILL; i++) {
            double now = generator.run(RATE, piece).delivered();
            still = now < GROWTH * most ? still + 1 : 0;
            most = Math.max(now, most);
        }
    }
}
