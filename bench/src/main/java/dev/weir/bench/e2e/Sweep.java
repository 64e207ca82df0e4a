package dev.weir.bench.e2e;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Looks for the most that a director forwards: doubles the offered rate until more gives no more, then goes from below that
 * to above it in small steps.
 *
 * @param best     most frames a second delivered, at any step
 * @param lossless most frames a second delivered at a step that lost less than 1 %
 * @param overload frames a second delivered where twice the best was offered, or as many as the generator made: the median of
 *                 three steps
 */
record Sweep(double best, double lossless, double overload) {
    static final double LOSS_ALLOWED = 0.01;
    private static final long FIRST = 125_000;
    private static final long LAST = 16_000_000;
    private static final double[] STEPS = {0.5, 0.65, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.15, 1.3, 1.6};
    private static final double OVERLOAD = 2;
    /** The most of many steps is a lucky one, so overload is not left to a single one either. */
    private static final int OVERLOADS = 3;
    private static final double ENOUGH_MORE = 1.1;

    /** Offers a rate for a time; the probe's is the shorter one. */
    interface Offer {
        Generator.Passed at(long perSecond, boolean probe) throws IOException;
    }

    static Sweep of(Offer offer) throws IOException {
        List<Generator.Passed> all = new ArrayList<>();
        double peak = 0;
        for (long rate = FIRST; rate <= LAST; rate *= 2) {
            Generator.Passed passed = offer.at(rate, true);
            all.add(passed);
            if (passed.delivered() < ENOUGH_MORE * peak) {
                peak = Math.max(peak, passed.delivered());
                break;
            }
            peak = passed.delivered();
        }
        for (double step : STEPS) {
            all.add(offer.at((long) (peak * step), false));
        }
        double[] over = new double[OVERLOADS];
        long twice = (long) (Math.max(peak, most(all)) * OVERLOAD);
        for (int i = 0; i < OVERLOADS; i++) {
            Generator.Passed passed = offer.at(twice, false);
            all.add(passed);
            over[i] = passed.delivered();
        }
        Arrays.sort(over);
        double lossless = all.stream().filter(passed -> passed.loss() < LOSS_ALLOWED)
                .mapToDouble(Generator.Passed::delivered).max().orElse(0);
        return new Sweep(most(all), lossless, over[OVERLOADS / 2]);
    }

    private static double most(List<Generator.Passed> all) {
        return all.stream().mapToDouble(Generator.Passed::delivered).max().orElse(0);
    }
}
