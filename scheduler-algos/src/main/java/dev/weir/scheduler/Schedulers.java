package dev.weir.scheduler;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The schedulers by the names that ipvsadm(8) gives them. */
public final class Schedulers {
    private static final Map<String, Supplier<Scheduler>> BY_NAME = Map.of(
            "rr", () -> new RoundRobin(List.of()),
            "wrr", () -> new WeightedRoundRobin(List.of()),
            "wlc", () -> new WeightedLeastConnection(List.of()));

    private Schedulers() {
    }

    /** The scheduler called {@code name}, still without servers; null where there is none. */
    public static @Nullable Scheduler create(String name) {
        Supplier<Scheduler> supplier = BY_NAME.get(name);
        return supplier == null ? null : supplier.get();
    }

    public static Set<String> names() {
        return BY_NAME.keySet();
    }
}
