package dev.weir.check;

import dev.weir.sys.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Debian's keepalived 2.2.7 with its own health checkers, in a namespace of the test. It needs no IPVS in the kernel: a
 * small library stands before its calls to that and says yes to all of them.
 */
final class KeepalivedChecks {
    private static final Path PROGRAM = Path.of("/usr/sbin/keepalived");
    private static final Path NO_IPVS = Path.of("src/test/resources/keepalived/no-ipvs.c");

    private KeepalivedChecks() {
    }

    /** Skips the test where it cannot run; in continuous integration that is a failure. */
    static void require() {
        NetworkNamespace.requireRoot();
        boolean there = Files.isExecutable(PROGRAM) && Files.isExecutable(Path.of("/usr/bin/cc"));
        if ("true".equals(System.getenv("CI"))) {
            Assertions.assertTrue(there, "keepalived and a C compiler are installed");
        }
        Assumptions.assumeTrue(there,
                "needs Debian's keepalived 2.2.7 and cc: apt-get install keepalived gcc libc6-dev");
    }

    /**
     * Runs its checkers until its log is as wanted, or the time is up.
     *
     * @param folder for its files
     * @return its log, lines without their time
     */
    static List<String> log(NetworkNamespace namespace, Path folder, String configuration, int seconds,
            Predicate<List<String>> enough) throws IOException, InterruptedException {
        Path library = folder.resolve("no-ipvs.so");
        if (!Files.exists(library)) {
            NetworkNamespace.shell("cc -shared -fPIC -O1 -o " + library + " " + NO_IPVS + " -ldl");
        }
        Path file = Files.writeString(folder.resolve("keepalived.conf"), configuration);
        Path log = folder.resolve("log");
        Process keepalived = new ProcessBuilder("ip", "netns", "exec", namespace.name(), "env",
                "LD_PRELOAD=" + library, PROGRAM.toString(), "-n", "-l", "-D", "-C", "-f", file.toString(),
                "-p", folder + "/p", "-c", folder + "/c").redirectErrorStream(true).redirectOutput(log.toFile())
                .start();
        try {
            List<String> lines = List.of();
            for (int i = 0; i < 10 * seconds && !enough.test(lines) && keepalived.isAlive(); i++) {
                Thread.sleep(100);
                lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                        .map(line -> line.replaceFirst("^.{24}: ", "")).toList();
            }
            return lines;
        } finally {
            keepalived.destroy();
            keepalived.waitFor();
        }
    }
}
