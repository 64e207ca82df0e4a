package dev.weir.bench.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Waits until a process that was started listens on its TCP ports. */
final class Listening {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    /** TCP_LISTEN in /proc/net/tcp. */
    private static final String LISTEN = "0A";

    private Listening() {
    }

    static void await(Lab lab, Process process, String name, List<Integer> ports) throws IOException {
        Path sockets = Path.of("/proc/" + process.pid() + "/net");
        for (int port : ports) {
            Shell.await(name + " does not listen on port " + port, process, lab.log(name), LIMIT,
                    () -> listens(sockets, port));
        }
    }

    private static boolean listens(Path sockets, int port) {
        String end = String.format(Locale.ROOT, ":%04X", port);
        try {
            for (String file : List.of("tcp", "tcp6")) {
                if (Files.exists(sockets.resolve(file)) && Files.readAllLines(sockets.resolve(file)).stream()
                        .map(line -> line.strip().split("\\s+"))
                        .anyMatch(words -> words.length > 3 && words[1].endsWith(end) && words[3].equals(LISTEN))) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
