package dev.weir.conf.text;

import dev.weir.conf.text.Problem.Gravity;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was found while a configuration was read, in the order found, each thing once. One thread's. */
public final class Problems {
    private final Set<Problem> found = new LinkedHashSet<>();

    public void add(Gravity gravity, @Nullable Position at, String what, @Nullable String help) {
        found.add(new Problem(gravity, at, what, help));
    }

    public void mistake(@Nullable Position at, String what) {
        add(Gravity.MISTAKE, at, what, null);
    }

    public void mistake(@Nullable Position at, String what, String help) {
        add(Gravity.MISTAKE, at, what, help);
    }

    public void warning(@Nullable Position at, String what, String help) {
        add(Gravity.WARNING, at, what, help);
    }

    public List<Problem> all() {
        return new ArrayList<>(found);
    }

    public boolean isFatal() {
        return found.stream().anyMatch(problem -> problem.gravity() == Gravity.FATAL);
    }

    /** The exit status of {@code keepalived -t}: what is fatal ends it at once; else the gravest counts. */
    public int exit() {
        if (isFatal()) {
            return Gravity.FATAL.exit();
        }
        return found.stream().anyMatch(problem -> problem.gravity() == Gravity.NO_INTERFACE)
                ? Gravity.NO_INTERFACE.exit()
                : found.stream().mapToInt(problem -> problem.gravity().exit()).max().orElse(0);
    }
}
