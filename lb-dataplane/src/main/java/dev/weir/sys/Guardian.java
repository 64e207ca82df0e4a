package dev.weir.sys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shell in a session of its own that waits for the daemon's end, and then undoes what the daemon has not undone:
 * guardian.sh says how and in which order. It needs setsid and setpriv (util-linux), ip and tc (iproute2), and lives in the network
 * namespace of the thread that starts it. Any thread may tell it of something.
 */
public final class Guardian {
    private static final Logger LOG = LoggerFactory.getLogger(Guardian.class);
    private static final int PATIENCE_SECONDS = 5;
    /** What a pipe takes whole. */
    private static final int LONGEST = 4096;

    private final Process process;
    private final Lifeline lifeline;
    private volatile boolean dismissed;

    /** By what something is undone, in the order in which it is: see guardian.sh. */
    public enum By {
        IP4, IP6, NFT, SYSCTL, TC, CLSACT, GATEWAY, FILE, AGAIN
    }

    private Guardian(Process process, Lifeline lifeline) {
        this.process = process;
        this.lifeline = lifeline;
    }

    public static Guardian start() throws IOException {
        Lifeline lifeline = new Lifeline();
        CompletableFuture<Guardian> started = new CompletableFuture<>();
        Thread.ofPlatform().name("guardian").daemon().start(() -> run(lifeline, started));
        try {
            return started.join();
        } catch (CompletionException e) {
            lifeline.close();
            throw new IOException("the guardian process cannot be started; install the packages util-linux and "
                    + "iproute2: " + e.getCause(), e);
        }
    }

    /** The thread lives as long as the guardian: by its death (PR_SET_PDEATHSIG) the kernel tells of this process's. */
    private static void run(Lifeline lifeline, CompletableFuture<Guardian> started) {
        try (InputStream script = Objects.requireNonNull(Guardian.class.getResourceAsStream("guardian.sh"))) {
            String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
            Process process = new ProcessBuilder("setsid", "setpriv", "--pdeathsig", "URG", "/bin/sh", "-c", text,
                    "weir-guardian")
                    .redirectInput(lifeline.readingEnd()).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            lifeline.childStarted();
            Guardian guardian = new Guardian(process, lifeline);
            started.complete(guardian);
            process.waitFor();
            if (!guardian.dismissed) {
                LOG.warn("the guardian process has died: should the daemon be killed, what it put onto the host stays, "
                        + "and the host will not see what it balanced, until it runs again");
            }
        } catch (IOException e) {
            started.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Before a thing is done, so that no moment is unguarded.
     *
     * @throws IOException where it cannot be guarded
     */
    public void willDo(By by, String how) throws IOException {
        tell('+', by, how);
    }

    /** It is undone, or was not done. */
    public void undone(By by, String how) throws IOException {
        tell('-', by, how);
    }

    /** The command that starts the daemon anew once all is undone; nobody else must do so. */
    public void startsAgain(List<String> command) throws IOException {
        willDo(By.AGAIN, command.stream().map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" ")));
    }

    /**
     * The daemon moves. Once this was called, a pause of {@code seconds} without another call has the guardian take addresses
     * ({@link By#IP4}, {@link By#IP6}) off, as at the daemon's death; who is stopped must not answer for them. Waits for nobody.
     *
     * @param seconds 3 at least, or 0: it may stand still from now on; what passes before it acts may be a second less
     */
    public void alive(int seconds) throws IOException {
        lifeline.offer(("beat " + seconds + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void tell(char sign, By by, String how) throws IOException {
        byte[] line = (sign + by.name().toLowerCase(Locale.ROOT) + " " + how + "\n").getBytes(StandardCharsets.UTF_8);
        if (line.length > LONGEST || how.indexOf('\n') >= 0) {
            throw new IOException("what has a line break or more than " + LONGEST + " bytes cannot be guarded: " + how);
        }
        lifeline.write(line);
    }

    /** @param clean everything has been undone: the guardian goes without doing anything; else it does its work now */
    public void leave(boolean clean) {
        dismissed = true;
        try (lifeline) {
            if (clean) {
                lifeline.write("clean\n".getBytes(StandardCharsets.UTF_8));
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
