package dev.weir.bench.e2e;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Commands and processes; an interrupt ends any wait with an {@link InterruptedIOException}. */
final class Shell {
    private Shell() {
    }

    /** Runs a command to its end; a failure of it is an exception with what it said. */
    static String run(List<String> command) throws IOException {
        return run(new ProcessBuilder(command), "");
    }

    static String run(String... command) throws IOException {
        return run(List.of(command));
    }

    static String run(ProcessBuilder builder, String input) throws IOException {
        Process process = builder.redirectErrorStream(true).start();
        try {
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IOException(
                        String.join(" ", builder.command()) + " ended with " + exit + ": " + output.strip());
            }
            return output;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw interrupted();
        }
    }

    /** Starts a process whose output goes to a file. Its input is a pipe that ends with this process. */
    static Process start(Path log, List<String> command) throws IOException {
        return new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
    }

    /** Ends a process: SIGTERM, then SIGKILL if it takes longer than that. */
    static void stop(Process process, Duration patience) throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw interrupted();
        }
    }

    static void sleep(Duration time) throws IOException {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** Waits for what a process that was started makes true; the failure has the end of its log. */
    static void await(String what, Process process, Path log, Duration limit, BooleanSupplier condition)
            throws IOException {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                throw new IOException(what + (process.isAlive() ? " within " + limit.toSeconds() + " s" : ", it ended")
                        + ": " + Files.readString(log).strip());
            }
            sleep(Duration.ofMillis(10));
        }
    }

    private static IOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted");
    }
}
