package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.directive.Document;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DocumentTest {
    private static final Path FILE = Path.of("../docs/keepalived-conf.md");

    @Test
    void theDocumentSaysWhatTheTableSays() throws IOException {
        if (Boolean.getBoolean("weir.regenerate")) {
            Files.writeString(FILE, Document.text());
        }
        assertThat(Files.readString(FILE)).as("%s, made anew by -Dweir.regenerate=true", FILE)
                .isEqualTo(Document.text());
    }
}
