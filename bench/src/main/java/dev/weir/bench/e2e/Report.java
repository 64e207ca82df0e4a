package dev.weir.bench.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import java.util.stream.Collectors;

/** Writes results into {@code docs/benchmarks.md}, between two marks, and as a plot beside it. */
final class Report {
    static final String BEGIN = "<!-- bench/e2e --report writes from here -->";
    static final String END = "<!-- to here -->";
    private final Results results;

    Report(Results results) {
        this.results = results;
    }

    static void write(Path resultsFile, Path folder) throws IOException {
        Results results = Results.read(resultsFile);
        Path document = folder.resolve("benchmarks.md");
        Files.writeString(document, inserted(Files.readString(document), new Report(results).text()));
        Files.writeString(folder.resolve("benchmarks.svg"), new Plot(results).svg());
    }

    /** The document with the text between its marks. */
    static String inserted(String document, String text) throws IOException {
        int begin = document.indexOf(BEGIN);
        int end = document.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException("docs/benchmarks.md has no lines \"" + BEGIN + "\" and \"" + END
                    + "\" to write between; put them where the results belong");
        }
        return document.substring(0, begin + BEGIN.length()) + "\n\n" + text + "\n" + document.substring(end);
    }

    String text() {
        return about() + "\n![Packets, bits and connections a second](benchmarks.svg)\n\n" + ratios() + "\n"
                + measures().stream().map(this::table).collect(Collectors.joining("\n"));
    }

    private String about() {
        StringBuilder text = new StringBuilder("```\n").append(results.about().getOrDefault("command", "")).append(
                "\n```\n\n");
        text.append(results.about().entrySet().stream().filter(entry -> !entry.getKey().equals("command"))
                .map(entry -> entry.getKey() + ": " + entry.getValue()).collect(Collectors.joining("; ")));
        int rounds = results.samples().stream().mapToInt(Sample::round).max().orElse(0);
        return text.append(". Medians of ").append(rounds)
                .append(rounds == 1 ? " round" : " rounds, least and most in brackets").append(".\n").toString();
    }

    private String ratios() {
        StringBuilder text = new StringBuilder("""
                ### Ratios

                Each round's figure by the other's of the same round.

                | ratio | at least | aim | reached | |
                |---|---|---|---|---|
                """);
        for (Ratio ratio : Ratio.ALL) {
            List<Double> reached = ratio.reached(results);
            if (!reached.isEmpty()) {
                double median = Numbers.median(reached);
                text.append(String.format(Locale.ROOT, "| %s | %s | %s | **%.2f** [%.2f – %.2f] | %s |%n", ratio.text(),
                        ratio.atLeast(), ratio.aim() == 0 ? "" : ratio.aim(), median, least(reached), most(reached),
                        median < ratio.atLeast()
                                ? "missed"
                                : ratio.aim() != 0 && median >= ratio.aim() ? "aim reached" : "reached"));
            }
        }
        return text.toString();
    }

    private static double least(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    private static double most(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }

    private record Place(String placement, String measure) {
    }

    private SequencedSet<Place> measures() {
        return results.samples().stream().map(sample -> new Place(sample.placement(), sample.measure()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private String table(Place place) {
        List<Sample> samples = results.samples().stream().filter(sample -> sample.measure().equals(place.measure)
                && sample.placement().equals(place.placement)).toList();
        SequencedSet<String> names = samples.stream().flatMap(sample -> sample.values().keySet().stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        StringBuilder text = new StringBuilder("### ").append(place.measure).append(", ").append(place.placement)
                .append("\n\n| | ").append(String.join(" | ", names)).append(" | cores |\n|---|")
                .append("---|".repeat(names.size() + 1)).append('\n');
        SequencedSet<String> contenders = samples.stream().map(Sample::contender)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        for (String contender : contenders) {
            text.append("| ").append(contender).append(" | ");
            for (String name : names) {
                List<Double> values = results.values(place.placement, place.measure, contender, name);
                text.append(values.isEmpty() ? "" : withSpread(values)).append(" | ");
            }
            text.append(samples.stream().filter(sample -> sample.contender().equals(contender)).findFirst()
                    .map(Sample::cores).orElse("")).append(" |\n");
        }
        return text.toString();
    }

    private static String withSpread(List<Double> values) {
        String median = Numbers.shortened(Numbers.median(values));
        return values.size() == 1
                ? median
                : median + " [" + Numbers.shortened(least(values)) + " – " + Numbers.shortened(most(values)) + "]";
    }
}
