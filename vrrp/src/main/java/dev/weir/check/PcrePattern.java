package dev.weir.check;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Makes a Java pattern of one that is written for PCRE2 and its options. Used once for each url of a check. */
final class PcrePattern {
    private static final Map<String, String> POSIX = Map.ofEntries(Map.entry("alpha", "Alpha"),
            Map.entry("digit", "Digit"), Map.entry("alnum", "Alnum"), Map.entry("upper", "Upper"),
            Map.entry("lower", "Lower"), Map.entry("punct", "Punct"), Map.entry("space", "Space"),
            Map.entry("blank", "Blank"), Map.entry("cntrl", "Cntrl"), Map.entry("graph", "Graph"),
            Map.entry("print", "Print"), Map.entry("xdigit", "XDigit"), Map.entry("ascii", "ASCII"));
    private static final Pattern POSIX_CLASS = Pattern.compile("\\[:(\\^?)(\\w+):]");
    private static final Pattern QUANTIFIER = Pattern.compile("\\{\\d+(,\\d*)?}|[*+?]");
    private static final Pattern NAMED = Pattern.compile("\\(\\?P?<(\\w+)>|\\(\\?'(\\w+)'");
    private static final Pattern BACK = Pattern.compile("\\(\\?P=(\\w+)\\)|\\\\k[{<'](\\w+)[}>']|\\\\g\\{?(\\d+)}?");
    private static final Pattern PLAIN_GROUP = Pattern.compile("\\(\\?(?:[:=!>]|<[=!]|[imsx-]*[:)])");

    private final String pattern;
    private final List<String> options;
    private final StringBuilder java = new StringBuilder();
    private int at;

    private PcrePattern(String pattern, List<String> options) {
        this.pattern = pattern;
        this.options = options;
    }

    /** @throws PatternSyntaxException where it is none, or has what Java has nothing for */
    static Pattern compile(String pattern, List<String> options) {
        PcrePattern translation = new PcrePattern(pattern, options);
        while (translation.at < pattern.length()) {
            translation.next();
        }
        int flags = Pattern.UNIX_LINES | flag(options, "caseless", Pattern.CASE_INSENSITIVE)
                | flag(options, "multiline", Pattern.MULTILINE) | flag(options, "dotall", Pattern.DOTALL)
                | flag(options, "extended", Pattern.COMMENTS) | flag(options, "utf", Pattern.UNICODE_CASE)
                | flag(options, "ucp", Pattern.UNICODE_CHARACTER_CLASS);
        return Pattern.compile(translation.java.toString(), flags);
    }

    private static int flag(List<String> options, String option, int flag) {
        return options.contains(option) ? flag : 0;
    }

    private void next() {
        char now = pattern.charAt(at);
        Matcher quantifier = here(QUANTIFIER);
        if (quantifier.lookingAt() && !java.isEmpty()) {
            quantifier(quantifier.group());
        } else if (now == '\\') {
            escape();
        } else if (now == '[') {
            bracket();
        } else if (now == '(') {
            group();
        } else if (now == '{') {
            copy("\\{", 1);
        } else if (now == '$' && options.contains("dollar_endonly") && !options.contains("multiline")) {
            copy("\\z", 1);
        } else if (now == '#' && options.contains("extended")) {
            int end = pattern.indexOf('\n', at);
            at = end < 0 ? pattern.length() : end;
        } else {
            copy(String.valueOf(now), 1);
        }
    }

    private Matcher here(Pattern what) {
        return what.matcher(pattern).region(at, pattern.length());
    }

    private void copy(String text, int taken) {
        java.append(text);
        at += taken;
    }

    private PatternSyntaxException unknown(String what) {
        return new PatternSyntaxException(what + " has no counterpart here", pattern, at);
    }

    private void quantifier(String text) {
        copy(text, text.length());
        char after = at < pattern.length() ? pattern.charAt(at) : 0;
        if (after == '+') {
            copy("+", 1);
        } else if (after == '?') {
            copy(options.contains("ungreedy") ? "" : "?", 1);
        } else if (options.contains("ungreedy")) {
            java.append('?');
        }
    }

    private void escape() {
        Matcher back = here(BACK);
        if (back.lookingAt()) {
            copy(back.group(3) != null ? "\\" + back.group(3) : "\\k<" + name(back.group(2)) + ">",
                    back.group().length());
            return;
        }
        char what = at + 1 < pattern.length() ? pattern.charAt(at + 1) : '\\';
        switch (what) {
            case 'Q' -> {
                int end = pattern.indexOf("\\E", at);
                String quoted = pattern.substring(at + 2, end < 0 ? pattern.length() : end);
                copy(Pattern.quote(quoted), quoted.length() + (end < 0 ? 2 : 4));
            }
            // What a match begins with counts for nothing here, only that there is one.
            case 'K' -> copy("", 2);
            case 'N' -> copy("[^\\n]", 2);
            case 'C' -> copy("(?s:.)", 2);
            default -> copy(pattern.substring(at, Math.min(at + 2, pattern.length())), 2);
        }
    }

    private void group() {
        Matcher named = here(NAMED);
        Matcher back = here(BACK);
        if (pattern.startsWith("(?#", at)) {
            int end = pattern.indexOf(')', at);
            at = end < 0 ? pattern.length() : end + 1;
        } else if (named.lookingAt()) {
            copy("(?<" + name(named.group(1) != null ? named.group(1) : named.group(2)) + ">", named.group().length());
        } else if (back.lookingAt()) {
            copy("\\k<" + name(back.group(1)) + ">", back.group().length());
        } else if (pattern.startsWith("(*", at)) {
            throw unknown("a verb such as (*SKIP)");
        } else if (pattern.startsWith("(?", at)) {
            Matcher plain = here(PLAIN_GROUP);
            if (!plain.lookingAt()) {
                throw unknown("recursion, a condition or an option, "
                        + pattern.substring(at, Math.min(at + 4, pattern.length())));
            }
            copy(plain.group(), plain.group().length());
        } else {
            copy(options.contains("no_auto_capture") ? "(?:" : "(", 1);
        }
    }

    /** Java's names of groups have no underscores. */
    private static String name(String name) {
        return name.replace("_", "x5f");
    }

    /** A class of characters, in which Java's intersections and classes within classes are characters like others. */
    private void bracket() {
        copy("[", 1);
        if (pattern.startsWith("^", at)) {
            copy("^", 1);
        }
        if (pattern.startsWith("]", at) && !options.contains("allow_empty_class")) {
            copy("\\]", 1);
        }
        while (at < pattern.length() && pattern.charAt(at) != ']') {
            Matcher posix = here(POSIX_CLASS);
            char now = pattern.charAt(at);
            if (posix.lookingAt()) {
                copy(posix(posix.group(2), !posix.group(1).isEmpty()), posix.group().length());
            } else if (now == '\\' && at + 1 < pattern.length()) {
                copy(pattern.charAt(at + 1) == 'b' ? "\\x08" : pattern.substring(at, at + 2), 2);
            } else {
                copy("[&#".indexOf(now) >= 0 || Character.isWhitespace(now) ? "\\" + now : String.valueOf(now), 1);
            }
        }
        if (at < pattern.length()) {
            copy("]", 1);
        }
    }

    private String posix(String name, boolean other) {
        if (name.equals("word")) {
            return other ? "\\W" : "\\w";
        }
        String known = POSIX.get(name);
        if (known == null) {
            throw new PatternSyntaxException("unknown POSIX class name " + name, pattern, at);
        }
        return (other ? "\\P{" : "\\p{") + known + "}";
    }
}
