package dev.weir.bench.e2e;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import java.util.stream.Collectors;

/** Bars of medians, with a line from the least to the most of all rounds; Weir's in another colour. */
final class Plot {
    private static final int WIDTH = 820;
    private static final int LABELS = 170;
    private static final int BARS = 520;
    private static final int ROW = 22;
    private static final int HEADING = 34;
    private static final List<Panel> PANELS = List.of(
            new Panel("Packets a second, UDP 64 B, 10 k flows, Weir on a core of its own", "c0", "pps/10k", "best pps"),
            new Panel("The same, 100 k flows", "c0", "pps/100k", "best pps"),
            new Panel("Packets a second, one core for all of the director", "c1", "pps/10k", "best pps"),
            new Panel("TCP, one stream, bits a second", "free", "bulk", "received bit/s"),
            new Panel("HTTP, connections a second", "free", "http", "connections/s"));

    private final Results results;
    private final StringBuilder body = new StringBuilder();
    private int y = 10;

    private record Panel(String title, String placement, String measure, String value) {
    }

    Plot(Results results) {
        this.results = results;
    }

    String svg() {
        PANELS.forEach(this::panel);
        return """
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" \
                font-family="sans-serif" font-size="13">
                <rect width="100%%" height="100%%" fill="white"/>
                %3$s</svg>
                """.formatted(WIDTH, y + 10, body);
    }

    private void panel(Panel panel) {
        SequencedSet<String> contenders = results.samples().stream()
                .filter(sample -> !results.values(panel.placement, panel.measure, sample.contender(), panel.value)
                        .isEmpty())
                .map(Sample::contender).collect(Collectors.toCollection(LinkedHashSet::new));
        double most = contenders.stream().flatMap(contender -> values(panel, contender).stream())
                .mapToDouble(Double::doubleValue).max().orElse(0);
        if (most == 0) {
            return;
        }
        y += HEADING;
        body.append("<text x=\"10\" y=\"").append(y - 10).append("\" font-weight=\"bold\">").append(panel.title)
                .append("</text>\n");
        for (String contender : contenders) {
            bar(contender, values(panel, contender), BARS / most);
        }
    }

    private List<Double> values(Panel panel, String contender) {
        return results.values(panel.placement, panel.measure, contender, panel.value).stream().sorted().toList();
    }

    private void bar(String contender, List<Double> sorted, double scale) {
        double median = Numbers.median(sorted);
        double end = LABELS + sorted.getLast() * scale;
        body.append(String.format(Locale.ROOT, """
                <text x="%d" y="%d" text-anchor="end">%s</text>
                <rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>
                <line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="black"/>
                <text x="%.1f" y="%d">%s</text>
                """, LABELS - 8, y + 14, contender,
                LABELS, y + 2, median * scale, ROW - 6, contender.startsWith("weir") ? "#2a7de1" : "#b8bcc4",
                LABELS + sorted.getFirst() * scale, y + ROW / 2 - 1, end, y + ROW / 2 - 1,
                end + 8, y + 14, Numbers.shortened(median)));
        y += ROW;
    }
}
