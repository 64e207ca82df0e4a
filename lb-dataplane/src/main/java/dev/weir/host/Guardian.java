package dev.weir.host;

import dev.weir.sys.Lifeline;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shell in a session of its own that waits for the daemon's end: guardian.sh says what it does. It needs setsid
 * (util-linux) and tc (iproute2), and lives in the network namespace of the thread that starts it.
 */
final class Guardian {
    private static final Logger LOG = LoggerFactory.getLogger(Guardian.class);
    private static final int PATIENCE_SECONDS = 5;

    private final Process process;
    private final Lifeline lifeline;
    private volatile boolean dismissed;

    private Guardian(Process process, Lifeline lifeline) {
        this.process = process;
        this.lifeline = lifeline;
        CompletableFuture<Void> _ = process.onExit().thenRun(() -> {
            if (!dismissed) {
                LOG.warn("the guardian process has died: should the daemon be killed, the host will not see what it "
                        + "balanced until it runs again");
            }
        });
    }

    static Guardian start() throws IOException {
        Lifeline lifeline = new Lifeline();
        try (InputStream script = Objects.requireNonNull(Guardian.class.getResourceAsStream("guardian.sh"))) {
            String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
            Process process = new ProcessBuilder("setsid", "/bin/sh", "-c", text, "weir-guardian")
                    .redirectInput(lifeline.readingEnd()).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            lifeline.childStarted();
            return new Guardian(process, lifeline);
        } catch (IOException e) {
            lifeline.close();
            throw new IOException("the guardian process cannot be started; install the packages util-linux and "
                    + "iproute2: " + e.getMessage(), e);
        }
    }

    /** Before the filter is attached, so that no moment is unguarded. */
    void intercepted(String interfaceName, int preference, int handle, boolean clsactOurs) throws IOException {
        tell(interfaceName + " " + preference + " 0x" + Integer.toHexString(handle)
                + (clsactOurs ? " ours" : " theirs"));
    }

    /** Before the file is made; it is removed should the daemon die. */
    void made(Path file) throws IOException {
        String path = file.toAbsolutePath().toString();
        if (path.indexOf('\n') >= 0) {
            throw new IOException("a path with a line break cannot be guarded: " + path);
        }
        tell(path);
    }

    private void tell(String line) throws IOException {
        lifeline.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** @param clean everything has been removed: the guardian goes without doing anything; else it does its work now */
    void leave(boolean clean) {
        dismissed = true;
        try (lifeline) {
            if (clean) {
                tell("clean");
            }
        } catch (IOException e) {
            LOG.debug("the guardian had gone before: {}", e.getMessage());
        }
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the guardian process {} does not end", process.pid());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
