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
    /** Pieces that a JVM gets in any case: between two stages of its compilers it may stand still for a moment. */
    private static final int FOR_A_PROCESS = 8;

    private WarmUp() {
    }

    static void of(Generator generator, Contender.Director director, long flows, Duration piece) throws IOException {
        int least = director.processorTime().isPresent() ? FOR_A_PROCESS : 0;
        generator.run(FIRST_PACKETS_RATE, Duration.ofMillis(1200 * flows / FIRST_PACKETS_RATE));
        double most = 0;
        int still = 0;
        for (int i = 0; i < MOST && (still < STILL || i < least); i++) {
            double now = generator.run(RATE, piece).delivered();
            still = now < GROWTH * most ? still + 1 : 0;
            most = Math.max(now, most);
            if (i < least) {
                // Under such load a compiler that shares the director's only core would not get its turn.
                Shell.sleep(piece);
            }
        }
    }
}
