package dev.weir.vrrp.track;

import dev.weir.conf.Definitions.VrrpScript;
import dev.weir.notify.Script;
import dev.weir.notify.ScriptRunner;
import dev.weir.notify.ScriptRunner.Outcome;
import dev.weir.notify.ScriptRunner.Run;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Event.ScriptChanged;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs vrrp_scripts when they are due. Belongs to the trackers' thread. */
final class ScriptTracker {
    /** Of what a script says, kept in case it fails. */
    private static final int LINES = 5;
    private static final Logger LOG = LoggerFactory.getLogger(ScriptTracker.class);

    private final ScriptRunner runner;
    private final Executor thread;
    private final Consumer<Event> events;
    private final Map<String, Tracked> tracked = new LinkedHashMap<>();

    /** A vrrp_script that may be run. */
    record Definition(VrrpScript conf, Script script) {
    }

    /** One with what became of it. */
    private final class Tracked {
        private final Definition definition;
        private final RiseAndFall counts;
        private final Turns turns;
        private @Nullable Run run;
        private @Nullable String told;
        private boolean dropped;

        private Tracked(Definition definition, @Nullable Boolean up, long now) {
            this.definition = definition;
            VrrpScript conf = definition.conf();
            this.counts = new RiseAndFall(conf.rise(), conf.fall(), up);
            this.turns = new Turns(conf.interval().toNanos(), now);
        }

        private String name() {
            return definition.conf().name();
        }

        private void look(long now) {
            switch (turns.at(now)) {
                case NOT_YET, SKIP -> {
                }
                case SKIP_FIRST -> LOG.info("track script {} is running still, and is not run again until it ends",
                        name());
                case RUN -> {
                    List<String> lines = new ArrayList<>();
                    run = runner.start(definition.script(), List.of(), definition.conf().timeout(),
                            line -> keep(line, lines),
                            outcome -> thread.execute(() -> ended(outcome, copy(lines))));
                }
            }
        }

        private static void keep(String line, List<String> lines) {
            synchronized (lines) {
                if (lines.size() < LINES) {
                    lines.add(line);
                }
            }
        }

        private static List<String> copy(List<String> lines) {
            synchronized (lines) {
                return List.copyOf(lines);
            }
        }

        private void ended(Outcome outcome, List<String> lines) {
            turns.ended();
            if (dropped) {
                return;
            }
            String how = outcome.toString();
            if (!how.equals(told) && (told != null || !outcome.success())) {
                LOG.info("track script {} {}{}", name(), how, lines.isEmpty() || outcome.success()
                        ? ""
                        : ": " + String.join(" | ", lines));
            }
            told = how;
            if (counts.ran(outcome.success())) {
                LOG.info("track script {} {}", name(), outcome.success() ? "succeeded" : "failed (" + how + ")");
                events.accept(new ScriptChanged(name(), outcome.success()));
            }
        }

        private void drop() {
            dropped = true;
            if (run != null) {
                run.end();
            }
        }
    }

    /** @param thread of the trackers, on which outcomes are to be looked at */
    ScriptTracker(ScriptRunner runner, Executor thread, Consumer<Event> events) {
        this.runner = runner;
        this.thread = thread;
        this.events = events;
    }

    /** What is the same goes on with its counts; what is otherwise begins anew from what counted last. */
    void configure(List<Definition> definitions, long now) {
        Map<String, Tracked> before = new HashMap<>(tracked);
        tracked.clear();
        for (Definition definition : definitions) {
            String name = definition.conf().name();
            Tracked present = before.remove(name);
            if (present != null && present.definition.equals(definition)) {
                tracked.put(name, present);
                continue;
            }
            Boolean up = present != null ? present.counts.up() : null;
            if (present != null) {
                present.drop();
            }
            if (up == null && !definition.conf().initiallyUp()) {
                up = false;
                events.accept(new ScriptChanged(name, false));
            }
            tracked.put(name, new Tracked(definition, up, now));
        }
        before.values().forEach(Tracked::drop);
    }

    void look(long now) {
        tracked.values().forEach(script -> script.look(now));
    }

    /** When to look next, at the latest: nanoseconds from now. */
    long patience(long now) {
        return tracked.values().stream().mapToLong(script -> script.turns.next() - now).min().orElse(Long.MAX_VALUE);
    }
}
