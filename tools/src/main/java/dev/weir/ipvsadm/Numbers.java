package dev.weir.ipvsadm;

import java.util.Locale;

/** Counters in columns of nine. */
final class Numbers {
    private Numbers() {
    }

    /** Shortened with K, M, G or T so that it fits. */
    static String large(long value) {
        if (value < 100_000_000L) {
            return String.format(Locale.ROOT, "%9d", value);
        }
        if (value < 1_000_000_000L) {
            return String.format(Locale.ROOT, "%8dK", value / 1_000);
        }
        if (value < 100_000_000_000L) {
            return String.format(Locale.ROOT, "%8dM", value / 1_000_000);
        }
        if (value < 100_000_000_000_000L) {
            return String.format(Locale.ROOT, "%8dG", value / 1_000_000_000);
        }
        return String.format(Locale.ROOT, "%8dT", value / 1_000_000_000_000L);
    }

    /** Whole, with at least one blank before it. */
    static String exact(long value) {
        return String.format(Locale.ROOT, "%9s", " " + value);
    }
}
