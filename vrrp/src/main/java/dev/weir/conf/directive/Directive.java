package dev.weir.conf.directive;

import dev.weir.conf.text.Statement;
import org.jspecify.annotations.Nullable;

/**
 * A directive of keepalived.conf(5).
 *
 * @param standard what holds where it is not said, or ""
 */
public record Directive(String name, Place place, Syntax syntax, Content content, Effect effect, String standard) {
    /** What stands in its braces. */
    public sealed interface Content {
    }

    /** It has none. */
    public record Nothing() implements Content {
    }

    /** Directives of that place. */
    public record Block(Place place) implements Content {
    }

    /**
     * A list.
     *
     * @param text     of a line, as documents have it
     * @param check    of a line
     * @param required a list without lines is a mistake
     * @param single   each word is an entry, not each line
     */
    public record Entries(String text, Entry check, boolean required, boolean single) implements Content {
    }

    /** Tells the checker what is wrong with a line of a list. */
    public interface Entry {
        void check(Statement entry, @Nullable Statement owner, Checker checker);
    }
}
