package dev.weir.vrrp.track;

import dev.weir.conf.Definitions.TrackProcess;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Event.ProcessChanged;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the processes of each vrrp_track_process. Belongs to the trackers' thread. */
final class ProcessTracker {
    /** A look at /proc costs a listing of its names, and a file of each process that is new or counted. */
    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(200);
    private static final Logger LOG = LoggerFactory.getLogger(ProcessTracker.class);

    private final ProcessTable table;
    private final Consumer<Event> events;
    private final Map<String, Tracked> tracked = new LinkedHashMap<>();
    private long next;

    private record Tracked(TrackProcess conf, Quorum quorum) {
    }

    ProcessTracker(ProcessTable table, Consumer<Event> events) {
        this.table = table;
        this.events = events;
    }

    /** What is the same goes on; of a new one its state is told. */
    void configure(List<TrackProcess> processes, long now) {
        Map<String, Tracked> before = new HashMap<>(tracked);
        tracked.clear();
        for (TrackProcess conf : processes) {
            Tracked present = before.get(conf.name());
            tracked.put(conf.name(), present != null && present.conf.equals(conf)
                    ? present
                    : new Tracked(conf, new Quorum(conf.quorum(), conf.quorumMax(), conf.forkDelay().toNanos(),
                            conf.terminateDelay().toNanos())));
        }
        table.watch(tracked.values().stream().map(Tracked::conf).toList());
        next = now;
        look(now);
    }

    void look(long now) {
        if (tracked.isEmpty() || now - next < 0) {
            return;
        }
        next = now + INTERVAL;
        Map<String, Integer> counts = table.count(now);
        for (Tracked process : tracked.values()) {
            int count = counts.getOrDefault(process.conf.name(), 0);
            if (process.quorum.counted(count, now)) {
                boolean up = Boolean.TRUE.equals(process.quorum.up());
                LOG.info("track process {}: {} of {} runs, which is {}", process.conf.name(), count,
                        String.join(" ", process.conf.command()), up ? "enough" : "not as it should be");
                events.accept(new ProcessChanged(process.conf.name(), up));
            }
            if (process.quorum.isWaiting() && process.quorum.deadline() - next < 0) {
                next = process.quorum.deadline();
            }
        }
    }

    long patience(long now) {
        return tracked.isEmpty() ? Long.MAX_VALUE : next - now;
    }
}
