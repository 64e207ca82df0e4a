package dev.weir.sys;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** A network namespace for one test, deleted with all that is in it. */
public final class NetworkNamespace implements AutoCloseable {
    private final String name;

    private NetworkNamespace(String name) {
        this.name = name;
        shell("ip netns add " + name + " && ip -n " + name + " link set lo up");
    }

    /** @param name to tell it from others of the same test */
    public static NetworkNamespace create(String name) {
        requireRoot();
        return new NetworkNamespace("weir-test-" + ProcessHandle.current().pid() + "-" + name);
    }

    /** Skips the test, or fails it in continuous integration, where namespaces cannot be had. */
    public static void requireRoot() {
        String missing = System.getProperty("user.name").equals("root")
                ? Files.exists(Path.of("/usr/sbin/tc")) || Files.exists(Path.of("/sbin/tc")) ? "" : "install iproute2"
                : "run as root";
        if ("true".equals(System.getenv("CI"))) {
            Assertions.assertEquals("", missing, "this test needs network namespaces");
        }
        Assumptions.assumeTrue(missing.isEmpty(), "needs network namespaces: " + missing);
    }

    public String name() {
        return name;
    }

    /** Runs a shell command in the namespace; a failure of it is one of the test. */
    public String run(String command) {
        return shell("ip netns exec " + name + " sh -ec '" + command.replace("'", "'\\''") + "'");
    }

    /** Runs a shell command outside any namespace. */
    public static String shell(String command) {
        try {
            Process process = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exit = process.waitFor();
            if (exit != 0) {
                throw new AssertionError(command + " ended with " + exit + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Starts a process in the namespace, its output in one stream. */
    public Process start(List<String> command) throws IOException {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
        all.addAll(command);
        return new ProcessBuilder(all).redirectErrorStream(true).start();
    }

    /** What runs in the namespace. */
    public interface Body<T> {
        T run() throws Exception;
    }

    /** Runs {@code body} in a thread of its own that lives in the namespace, as do the threads it starts. */
    public <T> T inside(Body<T> body) throws Exception {
        FutureTask<T> task = new FutureTask<>(() -> {
            Namespace.enter(name);
            return body.run();
        });
        Thread.ofPlatform().name("in " + name).start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        shell("ip netns del " + name);
    }
}
