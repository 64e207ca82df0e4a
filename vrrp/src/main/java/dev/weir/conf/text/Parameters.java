package dev.weir.conf.text;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code $NAME=value} and what stands for it: {@code ${NAME}}, or {@code $NAME} before a blank. */
final class Parameters {
    static final Pattern DEFINITION = Pattern.compile("\\$([A-Za-z_][A-Za-z0-9_]*)=(.*)", Pattern.DOTALL);
    private static final Pattern USE = Pattern
            .compile("\\$\\{(_RANDOM)(?:[ \\t]+(\\d+))?(?:[ \\t]+(\\d+))?[ \\t]*}"
                    + "|\\$\\{([A-Za-z_][A-Za-z0-9_]*)}|\\$([A-Za-z_][A-Za-z0-9_]*)(?=[ \\t\\n\\r]|$)");
    /** What ${_RANDOM} goes up to where nothing is said. */
    private static final long MOST_RANDOM = 32_767;

    private final Map<String, String> values = new HashMap<>();
    private final RandomGenerator random;

    Parameters(String instance, RandomGenerator random) {
        this.random = random;
        values.put("_INSTANCE", instance);
        values.put("_HASH", "#");
        values.put("_BANG", "!");
    }

    void set(String name, String value) {
        values.put(name, value);
    }

    /** The folder of the file that is read: ${_PWD}. */
    void folder(String folder) {
        values.put("_PWD", folder);
    }

    /** The text with its first parameter replaced from that place on, or null where there is none. */
    @Nullable
    Replaced replaceFirst(String text, int from) {
        Matcher use = USE.matcher(text);
        for (int at = from; use.find(at); at = use.start() + 1) {
            String value = value(use);
            if (value != null) {
                return new Replaced(text.substring(0, use.start()) + value + text.substring(use.end()), use.start());
            }
        }
        return null;
    }

    record Replaced(String text, int at) {
    }

    private @Nullable String value(Matcher use) {
        if (use.group(1) != null) {
            long least = use.group(2) == null ? 0 : Long.parseLong(use.group(2));
            long most = use.group(3) == null ? MOST_RANDOM : Long.parseLong(use.group(3));
            return String.valueOf(least + random.nextLong(Math.max(1, most - least + 1)));
        }
        return values.get(use.group(4) != null ? use.group(4) : use.group(5));
    }
}
