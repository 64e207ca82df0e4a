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
        return of(statement, 1);
    }

    /** @param at which of the words it begins with */
    static @Nullable Command of(@Nullable Statement statement, int at) {
        if (statement == null) {
            return null;
        }
        try {
            List<String> words = Words.splitEscaped(statement.source());
            return words.size() <= at
                    ? null
                    : new Command(words.get(at), Words.splitEscaped(words.get(at)), word(words, at + 1),
                            word(words, at + 2));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String word(List<String> words, int index) {
        return index < words.size() ? words.get(index) : null;
    }
}
