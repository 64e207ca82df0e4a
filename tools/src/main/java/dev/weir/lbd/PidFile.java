package dev.weir.lbd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that holds the process number while the daemon runs, as init scripts read it. */
final class PidFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PidFile.class);

    private final Path file;

    private PidFile(Path file) {
        this.file = file;
    }

    /** @throws RefusalException where the process that the file names is alive: one of them would steal the other's addresses */
    static void checkFree(Path file) throws RefusalException {
        Optional<Long> other = read(file).filter(pid -> pid != ProcessHandle.current().pid())
                .filter(pid -> ProcessHandle.of(pid).isPresent());
        if (other.isPresent()) {
            throw new RefusalException(RefusalException.ENVIRONMENT, "daemon is already running: " + file
                    + " names process " + other.get() + ", which is alive; stop it, or name another --pid-file");
        }
    }

    static PidFile write(Path file) throws IOException {
        Files.writeString(file, ProcessHandle.current().pid() + "\n", StandardCharsets.US_ASCII);
        return new PidFile(file);
    }

    private static Optional<Long> read(Path file) {
        try {
            return Optional.of(Long.parseLong(Files.readString(file, StandardCharsets.US_ASCII).strip()));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty(); // no file, or one that names nobody
        }
    }

    @Override
    public void close() {
        try {
            if (read(file).filter(pid -> pid == ProcessHandle.current().pid()).isPresent()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.warn("{} remains: {}", file, e.toString());
        }
    }
}
