package dev.weir.conf.text;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directive with its arguments, or one line of a list.
 *
 * @param words  without their quotes; the first is the name
 * @param source as it was written, without comment and outer blanks: scripts are split anew, with escapes
 * @param place  its number among the statements of the whole, in their order
 * @param block  what stands in its braces, or null where it has none
 */
public record Statement(int place, List<String> words, String source, @Nullable List<Statement> block, Position at) {
    public Statement {
        words = List.copyOf(words);
        block = block == null ? null : List.copyOf(block);
    }

    public String name() {
        return words.getFirst();
    }

    public List<String> arguments() {
        return words.subList(1, words.size());
    }

    /** The argument, or "" where there is none. */
    public String argument(int index) {
        return index + 1 < words.size() ? words.get(index + 1) : "";
    }

    /** What follows the name, as it was written. */
    public String rest() {
        return source.length() <= name().length() ? "" : source.substring(name().length()).strip();
    }

    public List<Statement> body() {
        return block == null ? List.of() : block;
    }

    public Stream<Statement> all(String name) {
        return body().stream().filter(statement -> statement.name().equals(name));
    }

    /** The last of that name, which is the one that counts, or null. */
    public @Nullable Statement last(String name) {
        return all(name).reduce((earlier, later) -> later).orElse(null);
    }

    /** The last that has either of two names for one thing, or null. */
    public @Nullable Statement lastOf(String one, String other) {
        return body().stream().filter(statement -> statement.name().equals(one) || statement.name().equals(other))
                .reduce((earlier, later) -> later).orElse(null);
    }

    /** The first of that name, which counts where keepalived wants no second, or null. */
    public @Nullable Statement first(String name) {
        return all(name).findFirst().orElse(null);
    }

    public boolean has(String name) {
        return all(name).findAny().isPresent();
    }

    /** The same block without those of that name: what is asked of it often is found the faster where they are many. */
    public Statement without(String name) {
        return new Statement(place, words, source,
                body().stream().filter(statement -> !statement.name().equals(name)).toList(), at);
    }

    /** Equal in all but where they stand. */
    public boolean sameAs(Statement other) {
        if (!words.equals(other.words) || (block == null) != (other.block == null)
                || body().size() != other.body().size()) {
            return false;
        }
        for (int i = 0; i < body().size(); i++) {
            if (!body().get(i).sameAs(other.body().get(i))) {
                return false;
            }
        }
        return true;
    }
}
