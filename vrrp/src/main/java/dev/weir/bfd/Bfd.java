package dev.weir.bfd;

import dev.weir.conf.BfdInstance;
import dev.weir.sys.Poller;
import dev.weir.sys.Processors;
import dev.weir.sys.SystemException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The BFD sessions of this host, as a keepalived.conf asks for them, on a thread of their own: a session of 10 ms must not wait for
 * addresses to be set, nor an advert for it. Its methods are for any thread but that one, and may wait.
 */
public final class Bfd implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Bfd.class);
    private static final int PATIENCE_SECONDS = 5;
    /** That of VRRP. */
    private static final int REAL_TIME_PRIORITY = 10;

    private final SessionStates states;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final SecureRandom random = new SecureRandom();
    private final Sessions sessions = new Sessions(random, Sockets::index);
    private final Sockets sockets = new Sockets(random);
    private final Poller poller = new Poller(sockets.descriptor());
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Begins with no session.
     *
     * @param states is told of all sessions
     */
    public Bfd(SessionStates states) throws SystemException {
        this.states = states;
        thread = Thread.ofPlatform().daemon().name("bfd").start(this::run);
    }

    /**
     * Goes over to other sessions; one that is as before goes on. When it returns, all are known to who tracks them.
     *
     * @throws IllegalStateException where the thread does not answer
     */
    public void configure(List<BfdInstance> wanted) {
        int number = ask(() -> {
            long now = System.nanoTime();
            sockets.hear(wanted, now);
            states.retain(wanted.stream().map(BfdInstance::name).collect(Collectors.toSet()));
            perform(sessions.configure(wanted, now));
            sockets.retain(wanted);
            return wanted.size();
        });
        LOG.debug("{} BFD sessions", number);
    }

    /** How all sessions stand, in the terms of keepalived's dump. */
    public String data() {
        try {
            return ask(() -> Report.data(sessions.standings(), sessions.flaws()));
        } catch (IllegalStateException e) {
            return e.getMessage() + "\n";
        }
    }

    private <T> T ask(Supplier<T> question) {
        CompletableFuture<T> answer = CompletableFuture.supplyAsync(question, command -> {
            commands.add(command);
            poller.wake();
        });
        try {
            return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("BFD: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("BFD: no answer within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void run() {
        try {
            realTime();
            while (!closed) {
                try {
                    turn();
                } catch (RuntimeException e) {
                    LOG.error("BFD failed, and goes on", e);
                }
            }
            perform(sessions.end());
        } catch (Throwable e) {
            // Whatever it is: a session that nobody looks after must not look up.
            LOG.error("BFD died; what follows its sessions sees them down", e);
            states.putAllDown();
        }
    }

    private static void realTime() {
        try {
            Processors.realTime(REAL_TIME_PRIORITY);
        } catch (SystemException e) {
            LOG.debug("the BFD thread runs beside all others: {}", e.getMessage());
        }
    }

    /** What has arrived comes before what is due: a packet that waits in its socket has come in time. */
    private void turn() {
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
        long now = System.nanoTime();
        sockets.listen(now);
        sockets.receive(arrival -> perform(sessions.receive(arrival, now)));
        perform(sessions.wake(now));
        long due = Math.min(sessions.deadline(), sockets.deadline());
        poller.await(due == Session.NEVER ? Session.NEVER : Math.max(0, due - System.nanoTime()));
    }

    private void perform(List<Action> actions) {
        for (Action action : actions) {
            switch (action) {
                case Action.Send(BfdInstance session, ControlPacket packet) -> sockets.send(session, packet.write());
                case Action.Tell(String session, boolean up) -> states.put(session, up);
                case Action.Entered entered -> log(entered);
            }
        }
    }

    private static void log(Action.Entered entered) {
        if (entered.state() == SessionState.UP) {
            LOG.info("BFD_Instance({}) Entering Up state", entered.session());
        } else if (entered.before() == SessionState.UP) {
            LOG.warn("BFD_Instance({}) Entering {} state (Local diagnostic - {}, Remote diagnostic - {})",
                    entered.session(), entered.state(), entered.own(), entered.neighbours());
        } else {
            LOG.debug("BFD_Instance({}) Entering {} state", entered.session(), entered.state());
        }
    }

    /** Neighbours are told that the sessions end. */
    @Override
    public void close() {
        closed = true;
        poller.wake();
        try {
            if (!thread.join(Duration.ofSeconds(PATIENCE_SECONDS))) {
                LOG.warn("the BFD thread does not end");
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        poller.close();
        sockets.close();
    }
}
