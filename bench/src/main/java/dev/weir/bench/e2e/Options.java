package dev.weir.bench.e2e;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The command line.
 *
 * @param only  patterns of cases; empty: all
 * @param table only what the table of ratios needs
 * @param brief each case once for a moment, that it works
 * @param list  say which cases there are, and measure none
 * @param out   where results go as JSON
 * @param report the results to write into the documents instead of measuring
 */
record Options(int rounds, double seconds, List<Pattern> only, boolean table, boolean brief, boolean list,
        @Nullable Path out, @Nullable Path report) {
    static final String HELP = """
            usage: bench/e2e [--rounds N] [--seconds S] [--only PATTERN]... [--table | --short] [--out FILE.json]
                   bench/e2e --list
                   bench/e2e --report FILE.json
            Measures Weir beside ip_forward, nftables, HAProxy and nginx: packets a second, latency, new connections, TCP and
            HTTP, in network namespaces of its own. Needs root and two cores that have nothing else to do.

              --rounds N      every case so often, the cases one after the other in each round. Default: 3
              --seconds S     for each step of a rate sweep; transfers take ten times as long. Default: 0.25
              --only PATTERN  cases whose name matches, as in 'c0/pps/*' or '*/weir-dr-*'; may stand again and again
              --table         only the cases that the table of ratios needs
              --short         each contender once for a moment, to see that it works; no figure of it means anything
              --out FILE      writes the results as JSON
              --list          says which cases there are
              --report FILE   writes results into docs/benchmarks.md and docs/benchmarks.svg, and measures nothing
            """;

    /** @throws IllegalArgumentException where the arguments are wrong; null where help was asked for */
    static @Nullable Options parse(List<String> arguments) {
        int rounds = 3;
        double seconds = 0.25;
        List<Pattern> only = new ArrayList<>();
        boolean table = false;
        boolean brief = false;
        boolean list = false;
        @Nullable
        Path out = null;
        @Nullable
        Path report = null;
        Iterator<String> words = arguments.iterator();
        while (words.hasNext()) {
            String word = words.next();
            switch (word) {
                case "--help", "-h" -> {
                    return null;
                }
                case "--rounds" -> rounds = (int) number(word, words, 1, 100);
                case "--seconds" -> seconds = number(word, words, 0.05, 60);
                case "--only" -> only.add(glob(value(word, words)));
                case "--table" -> table = true;
                case "--short" -> brief = true;
                case "--list" -> list = true;
                case "--out" -> out = Path.of(value(word, words));
                case "--report" -> report = Path.of(value(word, words));
                default -> throw new IllegalArgumentException("no such option: " + word
                        + "; bench/e2e --help lists them");
            }
        }
        return new Options(brief ? 1 : rounds, seconds, List.copyOf(only), table, brief, list, out, report);
    }

    private static Pattern glob(String pattern) {
        return Pattern.compile(Pattern.quote(pattern).replace("*", "\\E.*\\Q"));
    }

    private static String value(String option, Iterator<String> words) {
        if (!words.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value; bench/e2e --help says which");
        }
        return words.next();
    }

    private static double number(String option, Iterator<String> words, double least, double most) {
        String text = value(option, words);
        try {
            double number = Double.parseDouble(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below, as one that is out of range is.
        }
        throw new IllegalArgumentException(option + " takes a number from " + least + " to " + most + ", not " + text);
    }

    boolean wants(Case what) {
        return (!table || what.inTable())
                && (only.isEmpty() || only.stream().anyMatch(pattern -> pattern.matcher(what.name()).matches()));
    }
}
