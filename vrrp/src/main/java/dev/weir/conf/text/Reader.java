package dev.weir.conf.text;

import dev.weir.conf.text.Problem.Gravity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration file and what it includes into a tree. What is wrong goes to the problems; reading goes on.
 * One thread's, for one file.
 */
public final class Reader {
    private static final Pattern INCLUDE = Pattern.compile("include([rmwba]?)[ \\t]+(\\S.*)");
    private static final Pattern INCLUDE_CHECK = Pattern.compile("include_check\\b[ \\t]*(.*)");
    /** A file that includes itself would be read for ever. */
    private static final int DEEPEST_INCLUDE = 64;
    private static final int MOST_REPLACEMENTS = 10_000;
    private static final int DEEPEST_NESTING = 100;
    private static final String OWN_ID = "weir";
    private static final int MOST_LINES = 5_000_000;

    private final Surroundings surroundings;
    private final Problems problems;
    private final Parameters parameters;
    private final List<Line> lines = new ArrayList<>();
    private int depth;
    private int nesting;
    private IncludeCheck check = IncludeCheck.NONE;
    private @Nullable String defining;
    private final StringBuilder definition = new StringBuilder();

    private Reader(Surroundings surroundings, Problems problems) {
        this.surroundings = surroundings;
        this.problems = problems;
        this.parameters = new Parameters(surroundings.instance(), surroundings.random());
    }

    /** @throws IOException where the file itself cannot be read; for included files that is a problem */
    public static List<Statement> read(Path file, Surroundings surroundings, Problems problems) throws IOException {
        Reader reader = new Reader(surroundings, problems);
        reader.text(Surroundings.text(file), file.toString(), file.toAbsolutePath().getParent());
        return Tree.of(reader.lines, problems);
    }

    /** A configuration that is no file; it includes relative to the folder. */
    public static List<Statement> read(String text, String name, Path folder, Surroundings surroundings,
            Problems problems) {
        Reader reader = new Reader(surroundings, problems);
        reader.text(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1), name, folder);
        return Tree.of(reader.lines, problems);
    }

    private void text(String text, String name, @Nullable Path folder) {
        Path where = folder == null ? Path.of("/") : folder;
        IncludeCheck before = check;
        parameters.folder(where.toString());
        int number = 0;
        for (String raw : text.split("\n", -1)) {
            number++;
            physical(decode(raw), new Position(name, number), where);
            parameters.folder(where.toString());
        }
        check = before;
    }

    /** Words are held as text from here on; bytes that are no UTF-8 stay as they are. */
    private static String decode(String bytes) {
        String text = new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return text.indexOf('\ufffd') >= 0 ? bytes : text;
    }

    /** Collects a definition over several lines; all else is a line. */
    private void physical(String raw, Position at, Path folder) {
        String text = raw.substring(0, Words.commentStart(raw)).stripTrailing();
        if (defining == null) {
            line(text, at, folder);
            return;
        }
        boolean more = text.endsWith("\\");
        definition.append(more ? text.substring(0, text.length() - 1).stripTrailing() : text);
        if (more) {
            definition.append('\n');
        } else {
            parameters.set(defining, definition.toString());
            defining = null;
        }
    }

    private void line(String raw, Position at, Path folder) {
        if (nesting == DEEPEST_NESTING || lines.size() >= MOST_LINES) {
            problems.add(Gravity.FATAL, at, nesting == DEEPEST_NESTING
                    ? "parameters and sequences are nested more than " + DEEPEST_NESTING + " deep"
                    : "this makes more than " + MOST_LINES + " lines", "a definition may use its own name");
            return;
        }
        nesting++;
        expanded(raw, at, folder);
        nesting--;
    }

    private void expanded(String raw, Position at, Path folder) {
        String text = raw.strip();
        int from = 0;
        for (int count = 0;; count++) {
            if (text.startsWith("@")) {
                text = condition(text);
                from = 0;
            }
            if (text.isEmpty() || define(text)) {
                return;
            }
            if (text.startsWith("~SEQ") || text.startsWith("~LST")) {
                sequence(text, at, folder);
                return;
            }
            Parameters.Replaced replaced = parameters.replaceFirst(text, from);
            if (replaced == null) {
                break;
            }
            if (count == MOST_REPLACEMENTS) {
                problems.mistake(at, "a parameter stands for itself", "look for a definition that uses its own name");
                return;
            }
            from = replaced.at();
            text = replaced.text();
            if (text.indexOf('\n') >= 0) {
                for (String part : text.split("\n", -1)) {
                    line(part, at, folder);
                }
                return;
            }
            text = text.strip();
        }
        finished(text, at, folder);
    }

    /** The rest of a line where its condition holds, else "". Lines of @weir are ours, whatever the id. */
    private String condition(String text) {
        int end = 1;
        while (end < text.length() && !Words.isBlank(text.charAt(end))) {
            end++;
        }
        boolean not = text.startsWith("@^");
        String id = text.substring(not ? 2 : 1, end);
        boolean same = id.equals(surroundings.configId()) || id.equals(OWN_ID);
        return same != not ? text.substring(end).strip() : "";
    }

    private boolean define(String text) {
        Matcher matcher = Parameters.DEFINITION.matcher(text);
        if (!matcher.matches()) {
            return false;
        }
        String value = matcher.group(2).strip();
        if (value.endsWith("\\")) {
            defining = matcher.group(1);
            definition.setLength(0);
            String first = value.substring(0, value.length() - 1).strip();
            definition.append(first).append(first.isEmpty() ? "" : "\n");
        } else {
            parameters.set(matcher.group(1), value);
        }
        return true;
    }

    private void sequence(String text, Position at, Path folder) {
        try {
            Sequence sequence = Sequence.parse(text);
            sequence.rounds().forEach(round -> {
                round.forEach(parameters::set);
                line(sequence.rest(), at, folder);
            });
        } catch (IllegalArgumentException e) {
            problems.mistake(at, "'" + text + "' " + e.getMessage(), "for example ~SEQ(N, 1, 3) or ~LST(N, a, b)");
        }
    }

    private void finished(String text, Position at, Path folder) {
        Matcher include = INCLUDE.matcher(text);
        if (include.matches()) {
            include(include.group(2).strip(), check.with(include.group(1)), at, folder);
            return;
        }
        Matcher setting = INCLUDE_CHECK.matcher(text);
        if (setting.matches()) {
            check = check.changed(setting.group(1).strip(), at, problems);
        }
        lines.add(new Line(text, at));
    }

    private void include(String pattern, IncludeCheck wanted, Position at, Path folder) {
        Glob.Matches matches = Glob.match(folder, pattern);
        boolean wildcard = Glob.hasWildcard(pattern);
        if (matches.files().isEmpty()) {
            boolean must = wanted.wildcards() || wanted.matches() && !wildcard;
            missing(must, at, "no file is '" + pattern + "'", folder);
        } else if (matches.partial()) {
            missing(wanted.braces(), at, "some of '" + pattern + "' are not there", folder);
        }
        for (Path file : matches.files()) {
            read(file, wanted.readable(), at, folder);
        }
    }

    private void missing(boolean must, Position at, String what, Path folder) {
        problems.add(must ? Gravity.SECURITY : Gravity.WARNING, at, what,
                "included files are looked for from " + folder);
    }

    private void read(Path file, boolean must, Position at, Path folder) {
        Gravity gravity = must ? Gravity.SECURITY : Gravity.WARNING;
        if (depth == DEEPEST_INCLUDE) {
            problems.add(gravity, at, "includes are nested more than " + DEEPEST_INCLUDE + " deep",
                    "a file may include itself");
            return;
        }
        if (!Files.isRegularFile(file)) {
            problems.add(gravity, at, "'" + file + "' is no regular file, and not read", null);
            return;
        }
        try {
            String text = Surroundings.text(file);
            depth++;
            text(text, folder.relativize(file).startsWith("..") ? file.toString() : folder.relativize(file).toString(),
                    file.getParent());
            depth--;
        } catch (IOException e) {
            problems.add(gravity, at, "'" + file + "' cannot be read: " + e.getMessage(), null);
        }
        parameters.folder(folder.toString());
    }

    /** What a missing include is worth: include_check, or the letter after include. */
    private record IncludeCheck(boolean readable, boolean matches, boolean wildcards, boolean braces) {
        static final IncludeCheck NONE = new IncludeCheck(false, false, false, false);
        static final IncludeCheck ALL = new IncludeCheck(true, true, true, true);

        IncludeCheck with(String letter) {
            return switch (letter) {
                case "r" -> set("readable", true);
                case "m" -> set("match", true);
                case "w" -> set("wildcard_match", true);
                case "b" -> set("brace_match", true);
                case "a" -> ALL;
                default -> this;
            };
        }

        IncludeCheck set(String name, boolean on) {
            return switch (name) {
                case "readable" -> new IncludeCheck(on, matches, wildcards, braces);
                case "match" -> new IncludeCheck(on || readable, on, wildcards, braces);
                case "wildcard_match" -> new IncludeCheck(on || readable, on || matches, on, braces);
                default -> new IncludeCheck(on || readable, matches, wildcards, on);
            };
        }

        IncludeCheck changed(String words, Position at, Problems problems) {
            if (words.isEmpty()) {
                return ALL;
            }
            IncludeCheck check = words.startsWith("+") || words.startsWith("-") ? this : NONE;
            for (String word : words.split("[ \\t]+", -1)) {
                boolean off = word.startsWith("-");
                String name = word.startsWith("+") || off ? word.substring(1) : word;
                if (List.of("readable", "match", "wildcard_match", "brace_match").contains(name)) {
                    check = check.set(name, !off);
                } else {
                    problems.mistake(at, "include_check has no '" + word + "'",
                            "it takes readable, match, wildcard_match, brace_match, each with + or -"
                                    .toLowerCase(Locale.ROOT));
                }
            }
            return check;
        }
    }
}
