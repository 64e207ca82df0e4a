package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Network namespaces for tests that need root: made by ip(8), entered by threads, all deleted by {@link #close}. Where
 * they cannot be had the test is skipped and says why; under CI=true it fails.
 */
public final class Namespaces implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final MethodHandle OPEN = Native.variadic("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            2);
    private static final MethodHandle SETNS = Native.function("setns",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private final String prefix;
    private final List<String> made = new ArrayList<>();

    /** @param test a short word; namespaces of two test runs do not meet */
    public Namespaces(String test) {
        prefix = "w-net-" + test + "-" + ProcessHandle.current().pid() + "-";
    }

    /** Ends the test where it cannot run: without root, or without a program that it calls. */
    public static void require(String... programs) {
        require(Files.isWritable(Path.of("/run")) && "root".equals(System.getProperty("user.name")),
                "needs root to make network namespaces");
        for (String program : programs) {
            boolean found = List.of("/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/").stream()
                    .anyMatch(folder -> Files.isExecutable(Path.of(folder + program)));
            require(found, "needs the program " + program + ": install its Debian package");
        }
    }

    private static void require(boolean given, String message) {
        if (!given && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(message);
        }
        Assumptions.assumeTrue(given, message);
    }

    /** Makes a namespace; its full name comes back. IPv6 is off in it, so that it says nothing by itself. */
    public String make(String name) throws IOException {
        String namespace = prefix + name;
        run("ip netns add " + namespace);
        made.add(namespace);
        in(namespace, "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
        in(namespace, "ip link set lo up");
        return namespace;
    }

    /** Joins two namespaces by a pair of veth interfaces, both up, with offloads as the kernel gives them. */
    public void join(String left, String leftInterface, String right, String rightInterface)
            throws IOException {
        in(left, "ip link add " + leftInterface + " type veth peer name " + rightInterface + " netns " + right);
        in(left, "ip link set " + leftInterface + " up");
        in(right, "ip link set " + rightInterface + " up");
    }

    /** Runs a command in a namespace to its end and gives what it printed. */
    public String in(String namespace, String command) throws IOException {
        return run("ip netns exec " + namespace + " " + command);
    }

    /** Starts a command in a namespace; who starts it ends it. */
    public Process start(String namespace, String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        words.addAll(List.of(command));
        return new ProcessBuilder(words).redirectErrorStream(true).start();
    }

    private static String run(String command) throws IOException {
        Process process = new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(command + ": " + output);
        }
        return output;
    }

    /** Calls on a thread of its own that is in the namespace: sockets opened there stay there. */
    public <T> T call(String namespace, Callable<T> action) throws Exception {
        FutureTask<T> task = new FutureTask<>(() -> {
            enter(namespace);
            return action.call();
        });
        Thread.ofPlatform().name(namespace).start(task);
        try {
            return task.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static void enter(String namespace) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            var path = arena.allocateFrom("/run/netns/" + namespace);
            int descriptor = SystemCall.check("open " + namespace, state -> (int) OPEN.invokeExact(state, path, 0));
            SystemCall.check("setns " + namespace, state -> (int) SETNS.invokeExact(state, descriptor, CLONE_NEWNET));
            Socket.close(descriptor);
        }
    }

    @Override
    public void close() throws IOException {
        for (String namespace : made) {
            run("ip netns del " + namespace);
        }
    }
}
