package dev.weir.replay;

import java.util.ArrayList;
import java.util.List;

/** Splits a command's arguments as a POSIX shell does: blanks, both kinds of quotes, backslashes; nothing is expanded. */
final class ShellWords {
    private ShellWords() {
    }

    /** @throws IllegalArgumentException where a quote is not closed or nothing follows a backslash */
    static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean escapes = c == '\\' && quote != '\'';
            if (escapes && i + 1 == text.length()) {
                throw new IllegalArgumentException("nothing follows the backslash in: " + text);
            }
            if (escapes && (quote == 0 || text.charAt(i + 1) == '"' || text.charAt(i + 1) == '\\')) {
                word.append(text.charAt(++i));
                begun = true;
            } else if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                begun = true;
            } else if (!Character.isWhitespace(c)) {
                word.append(c);
                begun = true;
            } else if (begun) {
                words.add(word.toString());
                word.setLength(0);
                begun = false;
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException("a quote is not closed in: " + text);
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }
}
