package dev.weir.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    private final List<Sample> samples = new ArrayList<>();
    private final Results results = new Results(new LinkedHashMap<>(Map.of("command", "bench/e2e --table")), samples);

    private void packets(String contender, double... rounds) {
        for (int i = 0; i < rounds.length; i++) {
            samples.add(new Sample("pps/10k", contender, "c0", "core 0", i + 1,
                    new LinkedHashMap<>(Map.of("best pps", rounds[i]))));
        }
    }

    @Test
    void a_ratio_is_the_median_of_the_rounds_own_ratios() {
        packets("weir-dr-af-xdp", 3e6, 1.5e6, 3e6);
        packets("nft-dnat", 2e6, 1e6, 1e6);
        assertThat(new Report(results).text()).contains(
                "| UDP 64 B, DR, AF_XDP : nft DNAT, 10 k flows | 1.4 | 1.7 | **1.50** [1.50 – 3.00] | reached |");
    }

    @Test
    void what_is_missed_is_said() {
        packets("weir-dr-af-xdp", 1.3e6);
        packets("nft-dnat", 1e6);
        packets("ip-forward", 1e6);
        assertThat(new Report(results).text()).contains("**1.30** [1.30 – 1.30] | missed |")
                .contains("ip_forward, 10 k flows | 0.85 | 1.0 | **1.30** [1.30 – 1.30] | aim reached |");
    }

    @Test
    void figures_have_their_spread_and_cores() {
        packets("nft-dnat", 1.25e6, 1e6, 1.5e6);
        assertThat(new Report(results).text()).contains("| nft-dnat | 1.25 M [1.00 M – 1.50 M] | core 0 |");
    }

    @Test
    void what_stands_around_the_marks_stays() throws IOException {
        String document = "# Before\n" + Report.BEGIN + "\nold\n" + Report.END + "\nAfter\n";
        assertThat(Report.inserted(document, "new\n"))
                .isEqualTo("# Before\n" + Report.BEGIN + "\n\nnew\n\n" + Report.END + "\nAfter\n");
        assertThatThrownBy(() -> Report.inserted("# Before\n", "new")).hasMessageContaining(Report.BEGIN);
    }

    @Test
    void the_plot_has_a_bar_for_each_contender() {
        packets("weir-dr-af-xdp", 2e6);
        packets("nft-dnat", 1e6);
        assertThat(new Plot(results).svg()).startsWith("<svg ").contains(">weir-dr-af-xdp<", ">nft-dnat<",
                "width=\"520.0\"", "width=\"260.0\"");
    }
}
