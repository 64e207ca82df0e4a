package dev.weir.vrrp.track;

import dev.weir.conf.VrrpInstance;
import dev.weir.vrrp.machine.Event;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pings arbiters, each on a thread of its own, since an answer is waited for. */
final class ArbiterTracker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ArbiterTracker.class);
    /** Answers missing one after another. */
    private static final int FALL = 3;
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private final Consumer<Event> events;
    private final Map<IpAddress, Asking> asking = new HashMap<>();

    /** @param interval of questions, and how long an answer is waited for */
    private record Asking(Duration interval, Thread thread) {
    }

    ArbiterTracker(Consumer<Event> events) {
        this.events = events;
    }

    /** Who is asked already goes on being asked, unless it is to be more or less often. */
    void configure(List<VrrpInstance> instances) {
        Map<IpAddress, Duration> wanted = new HashMap<>();
        for (VrrpInstance instance : instances) {
            IpAddress arbiter = instance.splitBrain().arbiter();
            var heartbeat = instance.splitBrain().heartbeat();
            if (arbiter != null && heartbeat != null && instance.splitBrain().releases()) {
                wanted.merge(arbiter, max(heartbeat.interval(), SHORTEST), (one, other) -> one.compareTo(other) < 0
                        ? one
                        : other);
            }
        }
        asking.entrySet().removeIf(entry -> {
            boolean stays = entry.getValue().interval().equals(wanted.get(entry.getKey()));
            if (!stays) {
                entry.getValue().thread().interrupt();
            }
            return !stays;
        });
        wanted.forEach((arbiter, interval) -> asking.computeIfAbsent(arbiter, _ -> new Asking(interval,
                Thread.ofPlatform().daemon().name("arbiter-" + arbiter).start(() -> ask(arbiter, interval)))));
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private void ask(IpAddress arbiter, Duration interval) {
        RiseAndFall course = new RiseAndFall(1, FALL, null);
        long due = System.nanoTime();
        try {
            while (!Thread.currentThread().isInterrupted()) {
                boolean answered = answers(arbiter, interval);
                if (course.ran(answered) && !Thread.currentThread().isInterrupted()) {
                    LOG.info("the arbiter {} {}", arbiter, answered ? "answers" : "does not answer");
                    events.accept(new Event.ArbiterChanged(arbiter, answered));
                }
                due = Math.max(due + interval.toNanos(), System.nanoTime());
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it is asked no more
        }
    }

    /** By ICMP, which CAP_NET_RAW allows. */
    private static boolean answers(IpAddress arbiter, Duration patience) {
        try {
            return arbiter.toInetAddress().isReachable((int) patience.toMillis());
        } catch (IOException e) {
            LOG.debug("arbiter {}: {}", arbiter, e.getMessage());
            return false;
        }
    }

    @Override
    public void close() {
        asking.values().forEach(one -> one.thread().interrupt());
        asking.clear();
    }
}
