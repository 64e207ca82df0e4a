package dev.weir.conf;

import dev.weir.conf.text.Statement;
import dev.weir.conf.text.Words;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command that is run, perhaps as somebody else.
 *
 * @param line      as it is written, for /bin/sh where the first word is no program
 * @param arguments the program and its arguments
 * @param user      null: script_user
 * @param group     null: the user's
 */
public record Command(String line, List<String> arguments, @Nullable String user, @Nullable String group) {
    public Command {
        arguments = List.copyOf(arguments);
    }

    /** Null where there is none, or where its quotes are not closed. */
    static @Nullable Command of(@Nullable Statement statement) {
        if (statement == null || statement.arguments().isEmpty()) {
            return null;
        }
        try {
            List<String> words = Words.splitEscaped(statement.source());
            return words.size() < 2
                    ? null
                    : new Command(words.get(1), Words.splitEscaped(words.get(1)), word(words, 2), word(words, 3));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String word(List<String> words, int index) {
        return index < words.size() ? words.get(index) : null;
    }
}
