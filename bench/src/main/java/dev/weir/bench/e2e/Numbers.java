package dev.weir.bench.e2e;

import java.util.List;
import java.util.Locale;

/** Figures as people read them. */
final class Numbers {
    private Numbers() {
    }

    /** Three digits and k, M or G. */
    static String shortened(double value) {
        if (value >= 1e9) {
            return digits(value / 1e9) + " G";
        }
        if (value >= 1e6) {
            return digits(value / 1e6) + " M";
        }
        return value >= 1e4 ? digits(value / 1e3) + " k" : digits(value);
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
