package dev.weir.conf.text;

import org.jspecify.annotations.Nullable;

/**
 * Something about a configuration that its writer should know.
 *
 * @param at   null: the whole
 * @param what is wrong
 * @param help what to do about it, or null where {@code what} says it
 */
public record Problem(Gravity gravity, @Nullable Position at, String what, @Nullable String help) {
    /** What {@code keepalived -t} makes of it. */
    public enum Gravity {
        /** keepalived is silent; what it ignores is worth a word. */
        WARNING(0),
        /** An interface whose link is asked of is not there. */
        NO_LINK(4),
        /** keepalived goes on without it, and its test fails. */
        MISTAKE(5),
        /** An interface is not there: keepalived looks no further, for scripts neither. */
        NO_INTERFACE(5),
        /** A script would run as root unguarded, or an included file that must be there is missing. */
        SECURITY(6),
        /** keepalived ends where it stands. */
        FATAL(2);

        private final int exit;

        Gravity(int exit) {
            this.exit = exit;
        }

        /** The exit status of {@code keepalived -t} that comes of it. */
        public int exit() {
            return exit;
        }
    }

    @Override
    public String toString() {
        return (at == null ? "" : at + ": ") + (gravity == Gravity.WARNING ? "warning: " : "") + what
                + (help == null ? "" : "; " + help);
    }
}
