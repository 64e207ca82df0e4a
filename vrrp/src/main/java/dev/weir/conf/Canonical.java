package dev.weir.conf;

import dev.weir.conf.text.Statement;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Prints statements one a line, blocks indented by four, words quoted only where they must be. */
final class Canonical {
    private Canonical() {
    }

    static String print(List<Statement> tree) {
        StringBuilder text = new StringBuilder();
        for (Statement statement : tree) {
            if (!text.isEmpty() && statement.block() != null) {
                text.append('\n');
            }
            print(statement, "", text);
        }
        return text.toString();
    }

    private static void print(Statement statement, String indent, StringBuilder text) {
        text.append(indent);
        // Escapes and single quotes mean something to scripts, so what has them stays as it was written.
        boolean asWritten = !isSpecial(statement.source())
                && statement.source().chars().anyMatch(character -> character == '\\' || character == '\'');
        text.append(asWritten
                ? statement.source()
                : words(statement));
        if (statement.block() == null) {
            text.append('\n');
            return;
        }
        text.append(" {\n");
        statement.block().forEach(inner -> print(inner, indent + "    ", text));
        text.append(indent).append("}\n");
    }

    private static String words(Statement statement) {
        String first = statement.name();
        return Stream.concat(Stream.of(isSpecial(first) ? "\"" + first + "\"" : quoted(first)),
                statement.arguments().stream().map(Canonical::quoted)).collect(Collectors.joining(" "));
    }

    /** What would be no statement at the beginning of a line, and was none because it stood behind a brace. */
    private static boolean isSpecial(String text) {
        return text.startsWith("@") || text.startsWith("$") || text.startsWith("~") || text.startsWith("include");
    }

    private static String quoted(String word) {
        boolean plain = !word.isEmpty() && word.chars().noneMatch(character -> " \t{}#!".indexOf(character) >= 0
                || character < ' ');
        return plain ? word : "\"" + word + "\"";
    }
}
