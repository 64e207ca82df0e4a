package dev.weir.conf.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.random.RandomGenerator;

/**
 * What reading a configuration asks of the machine, so that a test can answer.
 *
 * @param configId what @id conditions compare with: {@code -i}, or the host's name up to its first dot
 * @param instance what ${_INSTANCE} stands for
 */
public record Surroundings(String configId, String instance, Host host, RandomGenerator random) {
    /** Names that a configuration uses. */
    public interface Host {
        boolean hasInterface(String name);

        boolean isLoopback(String name);

        boolean hasMulticast(String name);

        boolean hasUser(String name);

        boolean hasGroup(String name);

        /** Whether that file is there and a regular file. */
        default boolean isFile(String path) {
            try {
                return Files.isRegularFile(Path.of(path));
            } catch (InvalidPathException e) {
                return false;
            }
        }

        int processors();
    }

    /** keepalived reads bytes; so does this, so that no file is refused for its encoding. */
    static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }
}
