package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.DropReason;
import dev.weir.lbctl.Counts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DropsDocumentTest {
    @Test
    void namesEveryReasonInTheOrderAndWordsOfTheCode() throws IOException {
        List<String> reasons = Arrays.stream(DropReason.values())
                .map(reason -> "| `" + Counts.name(reason) + "` | " + reason.text() + " |").toList();
        assertThat(Files.readAllLines(Path.of("../docs/drops.md"))).as("docs/drops.md has the rows of DropReason")
                .filteredOn(line -> line.startsWith("| `")).isEqualTo(reasons);
    }
}
