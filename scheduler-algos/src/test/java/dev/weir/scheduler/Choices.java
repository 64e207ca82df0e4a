package dev.weir.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** Asks a scheduler again and again, and says what it chose by the servers' names. */
final class Choices {
    static final SchedulerContext CONTEXT = new SchedulerContext(new Random(1)::nextLong);
    static final Flow ANY = new FakeFlow("10.0.0.1", 1024, "10.0.0.2", 80, 0);

    private Choices() {
    }

    static Scheduler scheduler(String name, List<? extends Server> servers) {
        return heard(Objects.requireNonNull(Schedulers.create(name, true, CONTEXT), name).with(servers), servers);
    }

    /** The scheduler, of which its servers know now. */
    static Scheduler heard(Scheduler scheduler, List<? extends Server> servers) {
        for (int place = 0; place < servers.size(); place++) {
            if (servers.get(place) instanceof FakeServer server) {
                server.standsIn(scheduler, place);
            }
        }
        return scheduler;
    }

    /** Names of the servers chosen one after the other, "-" where none could be. */
    static String of(Scheduler scheduler, List<? extends Server> servers, int count) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int place = scheduler.choose(ANY);
            names.add(place == Scheduler.NONE ? "-" : servers.get(place).toString());
        }
        return String.join(" ", names);
    }

    /** How often each place was chosen. */
    static int[] counts(Scheduler scheduler, int servers, int choices) {
        int[] counts = new int[servers];
        for (int i = 0; i < choices; i++) {
            counts[scheduler.choose(ANY)]++;
        }
        return counts;
    }
}
