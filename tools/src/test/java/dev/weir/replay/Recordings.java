package dev.weir.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The recordings of the kernel's IPVS among the test resources. */
final class Recordings {
    private Recordings() {
    }

    /** All recordings, by name. */
    static List<Path> files() {
        try (Stream<Path> files = Files.list(resource("/recordings"))) {
            return files.filter(file -> file.toString().endsWith(".jsonl")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Recording read(String name) throws IOException {
        return RecordingReader.read(resource("/recordings/" + name + ".jsonl"));
    }

    static Path resource(String name) {
        URL url = Objects.requireNonNull(Recordings.class.getResource(name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
