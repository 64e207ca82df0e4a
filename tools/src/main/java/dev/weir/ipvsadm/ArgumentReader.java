package dev.weir.ipvsadm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes an argument list apart as popt does: letters may stand together, a value may be joined to its letter, follow
 * "=" or be the next argument; an optional value is taken from the next argument unless that begins with a dash; what
 * is no option is put by, wherever it stands.
 */
final class ArgumentReader {
    private final List<String> arguments;
    private final List<String> others = new ArrayList<>();
    private int next;
    private String letters = "";
    private String lastTaken = "";

    /** @param value null where none was given */
    record Word(Switch known, @Nullable String value) {
    }

    /** An option that popt cannot read; {@code --restore} goes on after it. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        private final @Nullable Switch known;

        Unreadable(String argument, @Nullable Switch known, String problem) {
            super(argument + ": " + problem);
            this.known = known;
        }

        /** Which option; null where there is none such. */
        @Nullable
        Switch known() {
            return known;
        }
    }

    ArgumentReader(List<String> arguments) {
        this.arguments = arguments;
    }

    /** The next option, or null when there is none. */
    @Nullable
    Word next() throws Unreadable {
        while (letters.isEmpty()) {
            if (next == arguments.size()) {
                return null;
            }
            String argument = take();
            if (argument.equals("--")) {
                others.addAll(arguments.subList(next, arguments.size()));
                next = arguments.size();
            } else if (argument.startsWith("--")) {
                return named(argument);
            } else if (argument.length() > 1 && argument.startsWith("-")) {
                letters = argument.substring(1);
            } else {
                others.add(argument);
            }
        }
        return lettered();
    }

    /** The argument that the last option came from, or its value where that stood by itself. */
    String lastTaken() {
        return lastTaken;
    }

    /** What was no option, in order. */
    List<String> others() {
        return others;
    }

    private Word named(String argument) throws Unreadable {
        int equals = argument.indexOf('=');
        String name = argument.substring(2, equals < 0 ? argument.length() : equals);
        Switch known = Switch.ofName(name);
        if (known == null) {
            throw new Unreadable(argument, null, "unknown option");
        }
        return new Word(known, value(known, equals < 0 ? null : argument.substring(equals + 1)));
    }

    private Word lettered() throws Unreadable {
        Switch known = Switch.ofLetter(letters.charAt(0));
        if (known == null) {
            throw new Unreadable(lastTaken, null, "unknown option");
        }
        String rest = letters.substring(1);
        if (known.value() == Switch.Value.NONE && !rest.startsWith("=")) {
            letters = rest;
            return new Word(known, null);
        }
        letters = "";
        String joined = rest.startsWith("=") ? rest.substring(1) : rest;
        return new Word(known, value(known, rest.isEmpty() ? null : joined));
    }

    private @Nullable String value(Switch known, @Nullable String joined) throws Unreadable {
        if (known.value() == Switch.Value.NONE) {
            if (joined != null) {
                throw new Unreadable(lastTaken, known, "option does not take an argument");
            }
            return null;
        }
        if (joined != null) {
            return joined;
        }
        boolean more = next < arguments.size();
        if (known.value() == Switch.Value.REQUIRED) {
            if (!more) {
                throw new Unreadable(lastTaken, known, "missing argument");
            }
            return take();
        }
        return more && !arguments.get(next).startsWith("-") ? take() : null;
    }

    private String take() {
        lastTaken = arguments.get(next++);
        return lastTaken;
    }
}
