package dev.weir.ipvsadm;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The flags of -b. A service keeps them as flag-1, flag-2 and flag-3; schedulers that give the first two a meaning give
 * them names too, and those are then the only ones shown.
 */
final class SchedulerFlags {
    private static final List<String> PLAIN = List.of("flag-1", "flag-2", "flag-3");

    private SchedulerFlags() {
    }

    static Set<String> read(String scheduler, String text) throws Refusal {
        Set<String> flags = new LinkedHashSet<>();
        for (String word : text.split(",", -1)) {
            if (word.isEmpty()) {
                continue;
            }
            String plain = switch (word) {
                case "sh-fallback", "mh-fallback" -> "flag-1";
                case "sh-port", "mh-port" -> "flag-2";
                case "flag-1", "flag-2", "flag-3" -> word;
                default -> throw Refusal.usage("invalid scheduler flag `" + word + "'");
            };
            if (!plain.equals(word) && !word.startsWith(scheduler + "-")) {
                throw Refusal.usage("incompatible scheduler flag `" + word + "'");
            }
            flags.add(plain);
        }
        return Set.copyOf(flags);
    }

    /** As a list with commas, in the order of the flags. */
    static String text(String scheduler, Set<String> flags) {
        return text(named(scheduler) ? List.of(scheduler + "-fallback", scheduler + "-port") : PLAIN, flags);
    }

    /** The same, with the third flag where the first two have names. */
    static String all(String scheduler, Set<String> flags) {
        return text(named(scheduler) ? List.of(scheduler + "-fallback", scheduler + "-port", "flag-3") : PLAIN, flags);
    }

    private static boolean named(String scheduler) {
        return scheduler.equals("sh") || scheduler.equals("mh");
    }

    private static String text(List<String> shown, Set<String> flags) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < shown.size(); i++) {
            if (flags.contains(PLAIN.get(i))) {
                words.add(shown.get(i));
            }
        }
        return String.join(",", words);
    }
}
