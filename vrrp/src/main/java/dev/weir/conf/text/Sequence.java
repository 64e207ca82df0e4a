package dev.weir.conf.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code ~SEQ(var, start, step, end)}, {@code ~SEQx(...)} in hexadecimal, and {@code ~LST(var, a, b)}: the rest of the
 * line again for each value.
 *
 * @param rounds what the variables are, each time
 * @param rest   of the line
 */
record Sequence(List<Map<String, String>> rounds, String rest) {
    /** A million lines are a mistake of the writer, not a configuration. */
    private static final int MOST_ROUNDS = 1_000_000;
    private static final Pattern HEAD = Pattern.compile("~(SEQx?|LST)\\(([^)]*)\\)(.*)", Pattern.DOTALL);

    /** @throws IllegalArgumentException where it is none; the message says why */
    static Sequence parse(String text) {
        Matcher head = HEAD.matcher(text);
        if (!head.matches()) {
            throw new IllegalArgumentException("is not ~SEQ(VARIABLE, START, STEP, END) or ~LST(VARIABLE, VALUE, ...)");
        }
        List<String> parts = parts(head.group(2));
        if (parts.size() < 2) {
            throw new IllegalArgumentException("has no values");
        }
        List<Map<String, String>> rounds = head.group(1).equals("LST")
                ? list(parts)
                : numbers(parts, head.group(1).equals("SEQx"));
        return new Sequence(rounds, head.group(3));
    }

    /** At commas outside braces. */
    private static List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            char character = i < text.length() ? text.charAt(i) : ',';
            depth += character == '{' ? 1 : character == '}' ? -1 : 0;
            if (character == ',' && (depth == 0 || i == text.length())) {
                parts.add(text.substring(from, i).strip());
                from = i + 1;
            }
        }
        return parts;
    }

    private static List<String> inBraces(String text) {
        return text.startsWith("{") && text.endsWith("}") ? parts(text.substring(1, text.length() - 1)) : List.of(text);
    }

    private static List<Map<String, String>> list(List<String> parts) {
        List<String> names = inBraces(parts.getFirst());
        List<Map<String, String>> rounds = new ArrayList<>();
        for (String value : parts.subList(1, parts.size())) {
            List<String> values = names.size() == 1 ? List.of(value) : inBraces(value);
            Map<String, String> round = new HashMap<>();
            for (int i = 0; i < names.size(); i++) {
                round.put(names.get(i), i < values.size() ? values.get(i) : "");
            }
            rounds.add(round);
        }
        return rounds;
    }

    private static List<Map<String, String>> numbers(List<String> parts, boolean hexadecimal) {
        if (parts.size() > 4) {
            throw new IllegalArgumentException("has more than a variable, start, step and end");
        }
        long end = number(parts.getLast());
        Long given = parts.size() > 2 ? number(parts.get(1)) : null;
        long start = given != null ? given : end > 0 ? 1 : -1;
        long step = parts.size() > 3 ? number(parts.get(2)) : start <= end ? 1 : -1;
        if (step == 0 || start < end && step < 0 || start > end && step > 0) {
            throw new IllegalArgumentException("never gets from " + start + " to " + end + " by steps of " + step);
        }
        if ((end - start) / step > MOST_ROUNDS) {
            throw new IllegalArgumentException("has more than " + MOST_ROUNDS + " values");
        }
        List<Map<String, String>> rounds = new ArrayList<>();
        for (long value = start; step > 0 ? value <= end : value >= end; value += step) {
            rounds.add(Map.of(parts.getFirst(), hexadecimal ? Long.toHexString(value) : Long.toString(value)));
        }
        return rounds;
    }

    private static long number(String text) {
        @Nullable
        Long number = null;
        try {
            number = Long.decode(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("has '" + text + "' where a number must be", e);
        }
        return number;
    }
}
