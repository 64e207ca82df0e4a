package dev.weir.scheduler;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The schedulers by the names that ipvsadm(8) gives them. */
public final class Schedulers {
    /** sh-fallback, mh-fallback: where the server that was hashed to takes no connection, the hash goes on to others. */
    public static final String FALLBACK = "flag-1";
    /** sh-port, mh-port: the client's port is hashed too. */
    public static final String PORT = "flag-2";

    private static final Map<String, Maker> BY_NAME = Map.ofEntries(
            entry("rr", (_, _) -> new RoundRobin(List.of())),
            entry("wrr", (_, _) -> new WeightedRoundRobin(List.of())),
            entry("lc", (_, _) -> new LeastLoaded(new LeastConnection(), List.of())),
            entry("wlc", (_, _) -> new LeastLoaded(new WeightedLeastConnection(), List.of())),
            entry("sed", (_, _) -> new LeastLoaded(new ShortestExpectedDelay(), List.of())),
            entry("nq", (_, _) -> new LeastLoaded(new NeverQueue(), List.of())),
            entry("fo", (_, _) -> new LeastLoaded(new WeightedFailover(), List.of())),
            entry("ovf", (_, _) -> new LeastLoaded(new WeightedOverflow(), List.of())),
            entry("twos", (_, context) -> new PowerOfTwo(List.of(), context.random())),
            entry("dh", (_, _) -> new DestinationHashing(List.of())),
            entry("sh", (_, _) -> new SourceHashing(List.of())),
            entry("mh", (v4, _) -> new MaglevHashing(List.of(), v4)),
            entry("lblc", (_, context) -> new LocalityBasedLeastConnection(context)),
            entry("lblcr", (_, context) -> new LocalityBasedWithReplication(context)));

    private Schedulers() {
    }

    private interface Maker {
        Scheduler make(boolean v4, SchedulerContext context);
    }

    /**
     * The scheduler called {@code name}, still without servers and flags; null where there is none.
     *
     * @param v4 whether the service is one of IPv4
     */
    public static @Nullable Scheduler create(String name, boolean v4, SchedulerContext context) {
        Maker maker = BY_NAME.get(name);
        return maker == null ? null : maker.make(v4, context);
    }

    public static Set<String> names() {
        return BY_NAME.keySet();
    }
}
