package dev.weir.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The JVM under test: its memory, what its workers allocate, and how long it stood still. */
final class Jvm {
    private static final Pattern SAFEPOINT = Pattern
            .compile("Safepoint \"(\\w+)\",.* Reaching safepoint: (\\d+) ns,.* At safepoint: (\\d+) ns");
    /** What jcmd asks for here, and a director is never asked for. */
    private static final String OWN_QUESTION = "PrintThreads";
    private static final Pattern PAUSE = Pattern.compile("\\bPause (.*?) \\d+M->.* (\\d+\\.\\d+)ms$");
    private static final Pattern WORKER = Pattern.compile("^\"worker.*allocated=(\\d+)([BKMG])");
    private static final List<String> UNITS = List.of("B", "K", "M", "G");

    private final long pid;
    private final Path log;

    /** @param folder as for {@link #option} */
    Jvm(long pid, Path folder) {
        this.pid = pid;
        this.log = folder.resolve("jvm-" + pid + ".log");
    }

    /** The option that has it write the log that is read here; other JVMs with the same options write others. */
    static String option(Path folder) {
        return "-Xlog:gc,safepoint:file=" + folder.resolve("jvm-%p.log") + ":uptime:filecount=0";
    }

    /** Kilobytes of its memory that are resident. */
    long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:")).findFirst()
                .map(line -> Long.parseLong(line.replaceAll("\\D", ""))).orElseThrow();
    }

    /** What all its threads do. */
    String threads() throws IOException {
        Process jcmd = new ProcessBuilder(System.getProperty("java.home") + "/bin/jcmd", String.valueOf(pid),
                "Thread.print", "-e", "-l").redirectErrorStream(true).start();
        return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Bytes that all workers have allocated since they began, as exact as jcmd prints them. */
    long allocatedByWorkers() throws IOException {
        String text = threads();
        List<Matcher> workers = text.lines().map(WORKER::matcher).filter(Matcher::find).toList();
        if (workers.isEmpty()) {
            throw new IOException("jcmd tells of no worker:\n" + text);
        }
        return workers.stream().mapToLong(
                worker -> Long.parseLong(worker.group(1)) << 10 * UNITS.indexOf(worker.group(2))).sum();
    }

    /**
     * The longest of each, in milliseconds.
     *
     * @param cause     what the longest pause was
     * @param operation what the longest safepoint was for
     */
    record Stillness(double pause, String cause, double toSafepoint, double atSafepoint, String operation, long pauses,
            long safepoints) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT,
                    "longest of %d pauses of the collector: %.1f ms (%s); of %d safepoints, time to "
                            + "reach one: %.3f ms at most, in one: %.1f ms at most (%s)",
                    pauses, pause, cause, safepoints, toSafepoint,
                    atSafepoint, operation);
        }
    }

    Stillness stillness() throws IOException {
        double pause = 0;
        String cause = "";
        double toSafepoint = 0;
        double atSafepoint = 0;
        String operation = "";
        long pauses = 0;
        long safepoints = 0;
        try (Stream<String> lines = Files.lines(log)) {
            for (String line : (Iterable<String>) lines::iterator) {
                Matcher safepoint = SAFEPOINT.matcher(line);
                Matcher collection = PAUSE.matcher(line);
                if (safepoint.find()) {
                    safepoints++;
                    toSafepoint = Math.max(toSafepoint, Long.parseLong(safepoint.group(2)) / 1e6);
                    double at = Long.parseLong(safepoint.group(3)) / 1e6;
                    if (at > atSafepoint && !safepoint.group(1).equals(OWN_QUESTION)) {
                        atSafepoint = at;
                        operation = safepoint.group(1);
                    }
                } else if (collection.find()) {
                    pauses++;
                    double took = Double.parseDouble(collection.group(2));
                    if (took > pause) {
                        pause = took;
                        cause = collection.group(1);
                    }
                }
            }
        }
        return new Stillness(pause, cause, toSafepoint, atSafepoint, operation, pauses, safepoints);
    }
}
