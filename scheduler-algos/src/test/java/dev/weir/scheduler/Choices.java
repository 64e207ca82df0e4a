package dev.weir.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Asks a scheduler again and again, and says what it chose by the servers' names. */
final class Choices {
    static final Flow ANY = new Flow() {
        @Override
        public long clientHigh() {
            return 0;
        }

        @Override
        public long clientLow() {
            return 1;
        }

        @Override
        public int clientPort() {
            return 1024;
        }

        @Override
        public long destinationHigh() {
            return 0;
        }

        @Override
        public long destinationLow() {
            return 2;
        }

        @Override
        public int destinationPort() {
            return 80;
        }
    };

    private Choices() {
    }

    static Scheduler scheduler(String name, List<? extends Server> servers) {
        return Objects.requireNonNull(Schedulers.create(name), name).with(servers);
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
