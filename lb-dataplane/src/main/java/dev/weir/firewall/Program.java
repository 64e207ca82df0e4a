package dev.weir.firewall;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A tool of the host that prints its rules. It runs in the network namespace of the thread that calls. */
record Program(String path) {
    /** Administrators' programs are not in everybody's $PATH. */
    private static final List<String> ALSO = List.of("/usr/sbin", "/sbin");
    private static final int PATIENCE_SECONDS = 30;

    /** The first of them that is installed; null where none is. */
    static @Nullable Program find(String... names) {
        List<String> folders = new ArrayList<>(List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)));
        folders.addAll(ALSO);
        for (String name : names) {
            for (String folder : folders) {
                Path path = Path.of(folder, name);
                if (Files.isExecutable(path)) {
                    return new Program(path.toString());
                }
            }
        }
        return null;
    }

    /** @throws IOException with what it said, where it fails; one that does not end within half a minute is ended */
    String run(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(path));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).start();
        CompletableFuture<Void> watchdog = CompletableFuture.runAsync(process::destroyForcibly,
                CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS));
        try {
            process.getOutputStream().close();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            // What such tools say beside it is a line or two, for which the pipe has room.
            String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IOException(String.join(" ", command) + " ended with " + exit + ": " + said.strip());
            }
            return printed;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(String.join(" ", command) + " was interrupted", e);
        } finally {
            watchdog.cancel(false);
            process.destroyForcibly();
        }
    }
}
