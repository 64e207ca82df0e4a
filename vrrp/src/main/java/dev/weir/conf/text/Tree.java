package dev.weir.conf.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes statements of lines. A brace ends the words before it wherever it stands outside quotes; one that opens belongs
 * to the statement before it, also to that of an earlier line. One that closes nothing, or is not closed, is a mistake.
 */
final class Tree {
    /** keepalived's deepest directive lies six blocks down. */
    private static final int DEEPEST = 64;

    private final Problems problems;
    private final Deque<Open> open = new ArrayDeque<>();
    private List<Draft> current = new ArrayList<>();
    private int count;

    /** A statement whose block may still come. */
    private static final class Draft {
        private final int place;
        private final List<String> words;
        private final String source;
        private final Position at;
        private @Nullable List<Draft> block;

        Draft(int place, List<String> words, String source, Position at) {
            this.place = place;
            this.words = words;
            this.source = source;
            this.at = at;
        }

        Statement finish() {
            return new Statement(place, words, source,
                    block == null ? null : block.stream().map(Draft::finish).toList(), at);
        }
    }

    private record Open(@Nullable Draft owner, List<Draft> around, Position at) {
    }

    private Tree(Problems problems) {
        this.problems = problems;
    }

    static List<Statement> of(List<Line> lines, Problems problems) {
        Tree tree = new Tree(problems);
        lines.forEach(tree::line);
        return tree.end();
    }

    private void line(Line line) {
        String text = line.text().substring(0, Words.commentStart(line.text()));
        boolean quoted = false;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '"') {
                quoted = !quoted;
            } else if (!quoted && (character == '{' || character == '}')) {
                statement(text.substring(from, i), line.at());
                brace(character, line.at());
                from = i + 1;
            }
        }
        if (quoted) {
            problems.mistake(line.at(), "a double quote is opened and not closed", "close it on the same line; inside"
                    + " it, \\\" does not stand for a quote");
        }
        statement(text.substring(from), line.at());
    }

    private void statement(String text, Position at) {
        List<String> words = Words.split(text);
        if (!words.isEmpty()) {
            current.add(new Draft(count++, words, text.strip(), at));
        }
    }

    private void brace(char brace, Position at) {
        if (brace == '{') {
            Draft owner = current.isEmpty() ? null : current.getLast();
            if (owner != null && (owner.block != null || open.size() >= DEEPEST)) {
                owner = null;
            }
            if (owner == null) {
                problems.mistake(at, "'{' follows no directive", "write the directive's name before it");
            }
            open.push(new Open(owner, current, at));
            current = owner == null ? current : new ArrayList<>();
        } else if (open.isEmpty()) {
            problems.mistake(at, "'}' closes nothing", "remove it, or look for a missing '{' above");
        } else {
            close();
        }
    }

    private void close() {
        Open closed = open.pop();
        if (closed.owner() != null) {
            closed.owner().block = current;
        }
        current = closed.around();
    }

    private List<Statement> end() {
        while (!open.isEmpty()) {
            Open left = open.element();
            String name = left.owner() == null ? "" : " of " + left.owner().words.getFirst();
            problems.mistake(left.at(), "the block" + name + " opened here is not closed when the file ends",
                    "a '}' is missing");
            close();
        }
        return current.stream().map(Draft::finish).toList();
    }
}
