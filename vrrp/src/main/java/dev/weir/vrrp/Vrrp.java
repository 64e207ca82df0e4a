package dev.weir.vrrp;

import dev.weir.conf.Configuration;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.sys.Processors;
import dev.weir.sys.SystemException;
import dev.weir.vrrp.address.UndoLog;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Standing;
import dev.weir.vrrp.machine.State;
import dev.weir.vrrp.tell.Notifier;
import dev.weir.vrrp.track.Trackers;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * VRRP on this host, as a keepalived.conf asks for it. A thread of its own speaks and listens, so that adverts leave on
 * time whatever else the process does; scripts, mail and files have other threads. Its methods are for any thread but
 * that one, and may wait.
 */
public final class Vrrp implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Vrrp.class);
    private static final int PATIENCE_SECONDS = 5;
    /** Of 1 to 99: before all that has none, behind what others made real-time on purpose. */
    private static final int REAL_TIME_PRIORITY = 10;

    private final Notifier notifier;
    private final Trackers trackers;
    private final Speaker speaker;
    private final Thread thread;

    /** What VRRP tells the half that forwards, in its own thread. */
    public interface Forwarding {
        /**
         * Before addresses are put onto the host. When it returns, the host sees none of what is balanced of them: it knows
         * no connection of clients, and would reset them.
         *
         * @param virtual all addresses of instances
         * @param owned   those that are this host's now, or about to be
         */
        void taking(Set<IpAddress> virtual, Set<IpAddress> owned);

        /** After all addresses that are not in {@code owned} have gone from the host, and at the end of each reload; must not wait. */
        void changed(Set<IpAddress> virtual, Set<IpAddress> owned);

        /** An instance is in that state from now on; must not wait. */
        void entered(String instance, State state);
    }

    /**
     * @param runner        of scripts, the caller's
     * @param fifos         the caller's
     * @param undo          told of all that is put onto the host
     * @param forwarding    told of who owns what
     * @param died          told of what ended the thread, if it was not {@link #close}
     * @param keepAddresses what instances own stays on the host at the end
     */
    public record Surroundings(ScriptRunner runner, Fifos fifos, UndoLog undo, Forwarding forwarding,
            Consumer<Throwable> died,
            boolean keepAddresses) {
    }

    private Vrrp(Surroundings surroundings) throws IOException {
        notifier = new Notifier(surroundings.runner(), surroundings.fifos());
        speaker = new Speaker(notifier, surroundings);
        trackers = new Trackers(surroundings.runner(), this::tell);
        thread = Thread.ofPlatform().name("vrrp").daemon().unstarted(() -> run(surroundings));
    }

    /**
     * When it returns, instances are in their first states.
     *
     * @throws IOException where the host does not let it: sockets, interfaces, addresses
     */
    public static Vrrp start(Configuration configuration, Surroundings surroundings) throws IOException {
        Vrrp vrrp = new Vrrp(surroundings);
        try {
            vrrp.thread.start();
            vrrp.reload(configuration);
            return vrrp;
        } catch (IOException | RuntimeException e) {
            vrrp.close();
            throw e;
        }
    }

    private void run(Surroundings surroundings) {
        try {
            realTime();
            speaker.run();
        } catch (Throwable e) {
            // Whatever it is: a node that does not speak must not look alive.
            LOG.error("VRRP died", e);
            surroundings.died().accept(e);
        }
    }

    /** Before all threads that are not real-time, where this process may have that. */
    private static void realTime() {
        try {
            Processors.realTime(REAL_TIME_PRIORITY);
        } catch (SystemException e) {
            LOG.info("the VRRP thread runs beside all others ({}); with CAP_SYS_NICE it runs before them",
                    e.getMessage());
        }
    }

    /** Goes over to another configuration; what is as before goes on as if nothing had been. */
    public void reload(Configuration configuration) throws IOException {
        Configuration usable = trackers.configure(configuration);
        notifier.configure(usable);
        await(ask(speaker -> {
            speaker.configure(usable);
            return null;
        }));
    }

    /** The dataplane works, or has stopped to: then all instances give their addresses away. */
    public void forwards(boolean works) {
        tell(new Event.ForwardingChanged(works));
    }

    /** Whether this node knows all connections that the others told it of: till then it leaves a weaker master alone, for a while. */
    public void inStep(boolean inStep) {
        tell(new Event.InStepChanged(inStep));
    }

    /** A BFD session that instances may track is up from now on, or down, which all are till then; does not wait. */
    public void session(String name, boolean up) {
        tell(new Event.BfdChanged(name, up));
    }

    /** What keepalived writes to /tmp/keepalived.stats. */
    public String statistics() {
        return answer(Speaker::statistics);
    }

    /** The states of all instances, and more. */
    public String data() {
        return answer(Speaker::data);
    }

    /**
     * How all instances stand.
     *
     * @throws IOException where the thread does not answer
     */
    public List<Standing> standings() throws IOException {
        return await(ask(Speaker::standings));
    }

    private String answer(Function<Speaker, String> question) {
        try {
            return await(ask(question::apply));
        } catch (IOException e) {
            return "VRRP does not answer: " + e.getMessage() + "\n";
        }
    }

    private void tell(Event event) {
        speaker.command(() -> speaker.on(event));
    }

    /** What is asked of the VRRP thread's state, by that thread. */
    private interface Question<T extends @Nullable Object> {
        T of(Speaker speaker) throws IOException;
    }

    private <T extends @Nullable Object> CompletableFuture<T> ask(Question<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        speaker.command(() -> {
            try {
                answer.complete(question.of(speaker));
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static <T extends @Nullable Object> T await(CompletableFuture<T> answer) throws IOException {
        try {
            return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("the VRRP thread did not answer within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Masters say that they go, addresses go, scripts are told; that takes some seconds at most. */
    @Override
    public void close() {
        trackers.close();
        speaker.stop();
        try {
            if (thread.join(Duration.ofSeconds(PATIENCE_SECONDS))) {
                speaker.close();
            } else {
                LOG.warn("the VRRP thread does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        notifier.close();
    }
}
