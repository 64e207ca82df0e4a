package dev.weir.notify;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Lines that mean something to a shell, and nothing to a program that would get their words as arguments. */
final class ShellLine {
    private static final Set<String> OPERATORS = Set.of("|", "||", "&&", "&", ";", ";;", "(", ")", "{", "}");
    private static final Pattern REDIRECTION = Pattern.compile("[0-9]*(<|>|>>|>\\||<<)(&[0-9-])?[^<>&|;]*");
    private static final Pattern SUBSTITUTION = Pattern.compile(".*(\\$\\(|`).*");
    /** Words that begin a command, and are mostly no programs. */
    private static final Set<String> COMMANDS = Set.of("!", "{", "(", "if", "while", "until", "for", "case", "exit",
            ":",
            ".", "cd", "set", "eval", "exec", "command", "trap", "ulimit", "umask", "export", "type");

    private ShellLine() {
    }

    /** @param program whether its first word is a program's name */
    static boolean is(String line, boolean program) {
        List<String> words = unquoted(line);
        return !program && !words.isEmpty() && COMMANDS.contains(words.getFirst())
                || words.stream().anyMatch(word -> OPERATORS.contains(word) || word.endsWith(";")
                        || REDIRECTION.matcher(word).matches() || SUBSTITUTION.matcher(word).matches());
    }

    /** The words of it, what is quoted in them left out. */
    private static List<String> unquoted(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = 0;
        for (int i = 0; i <= line.length(); i++) {
            char character = i < line.length() ? line.charAt(i) : ' ';
            if (quote == 0 && Character.isWhitespace(character)) {
                words.add(word.toString());
                word.setLength(0);
            } else if (character == '\\') {
                word.append('x');
                i++;
            } else if (character == quote) {
                quote = 0;
                word.append('x');
            } else if (quote == 0 && (character == '"' || character == '\'')) {
                quote = character;
            } else if (quote == 0) {
                word.append(character);
            }
        }
        words.removeIf(String::isEmpty);
        return words;
    }
}
