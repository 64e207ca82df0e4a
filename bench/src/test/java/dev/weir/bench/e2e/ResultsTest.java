package dev.weir.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
    @Test
    void are_read_as_they_were_written(@TempDir Path folder) throws IOException {
        Results written = new Results(new LinkedHashMap<>(Map.of("command", "bench/e2e --rounds 2")), List.of(
                sample("pps/10k", "nft-dnat", 1, 1_500_000.5), sample("pps/10k", "nft-dnat", 2, 1_400_000)));
        Path file = folder.resolve("results.json");
        written.write(file);
        assertThat(Results.read(file)).isEqualTo(written);
        assertThat(Results.read(file).values("c0", "pps/10k", "nft-dnat", "best pps")).containsExactly(1_500_000.5,
                1_400_000.0);
    }

    private static Sample sample(String measure, String contender, int round, double value) {
        return new Sample(measure, contender, "c0", "core 0", round, new LinkedHashMap<>(Map.of("best pps", value)));
    }

    @Test
    void a_leaf_of_foreign_json_has_a_path() throws IOException {
        FlatJson json = FlatJson.read("{\"start\":{},\"end\":{\"streams\":[{\"bits\":1},{\"bits\":2.5e9}]}}");
        assertThat(json.number("end.streams.1.bits")).isEqualTo(2.5e9);
        assertThatThrownBy(() -> json.number("end.sum")).hasMessageContaining("\"end.sum\"");
        assertThatThrownBy(() -> FlatJson.read("iperf3: error")).isInstanceOf(IOException.class);
    }
}
