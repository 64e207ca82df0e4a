package dev.weir.lbd;

import dev.weir.client.ControlMessage;
import dev.weir.client.ControlMessage.Answer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that owns the services: every command runs on it, one after the other, and so does what recurs. */
public final class ControlThread implements AutoCloseable, Function<ControlMessage.Request, Answer> {
    private static final Logger LOG = LoggerFactory.getLogger(ControlThread.class);

    private final Map<String, Tool> tools;
    private final ScheduledExecutorService thread = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().name("control").daemon().factory());

    /** One command-line tool's half in the daemon. */
    @FunctionalInterface
    public interface Tool {
        Answer run(List<String> arguments, String stdin);
    }

    /** @param tools by the name that a request begins with */
    public ControlThread(Map<String, Tool> tools) {
        this.tools = Map.copyOf(tools);
    }

    /** Carries a request out on the control thread and waits for it. Any thread may call it. */
    @Override
    public Answer apply(ControlMessage.Request request) {
        String name = request.words().getFirst();
        Tool tool = tools.get(name);
        if (tool == null) {
            return new Answer(2, "", "lbd: knows no tool called " + name + "; is the tool newer than the daemon?\n");
        }
        try {
            return thread.submit(() -> tool.run(request.words().subList(1, request.words().size()), request.stdin()))
                    .get();
        } catch (ExecutionException e) {
            LOG.error("the command {} failed", request.words(), e.getCause());
            return new Answer(1, "", name + ": the director failed to carry this out: " + e.getCause() + "\n");
        } catch (RejectedExecutionException e) {
            return new Answer(1, "", name + ": the director is going down\n");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(1, "", name + ": interrupted\n");
        }
    }

    /**
     * Runs {@code task} after the commands that wait, and waits for what it gives. Any thread but this one.
     *
     * @throws RejectedExecutionException where the end has come
     */
    public <T> T call(Callable<T> task) throws InterruptedException, ExecutionException {
        return thread.submit(task).get();
    }

    /** Runs {@code task} once, after the commands that wait; when the end has come, not any more. */
    public void soon(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the control thread has ended; one task less", e);
        }
    }

    /** Runs {@code task} again and again; one that fails is logged and runs again all the same. */
    public void every(long seconds, Runnable task) {
        Runnable guarded = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("what the control thread does every {} s failed", seconds, e);
            }
        };
        Future<?> _ = thread.scheduleAtFixedRate(guarded, seconds, seconds, TimeUnit.SECONDS);
    }

    /** Lets the command that runs finish, for a second at most. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(1, TimeUnit.SECONDS)) {
                LOG.warn("a command still runs; it is left behind");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
