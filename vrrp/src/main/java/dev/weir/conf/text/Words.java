package dev.weir.conf.text;

import java.util.ArrayList;
import java.util.List;

/** Splits what is written into words. */
public final class Words {
    private Words() {
    }

    static boolean isBlank(char character) {
        return character == ' ' || character >= '\t' && character <= '\r';
    }

    /** Where a comment begins outside double quotes, or the length of the text. */
    static int commentStart(String text) {
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '"') {
                quoted = !quoted;
            } else if (!quoted && (character == '#' || character == '!')) {
                return i;
            }
        }
        return text.length();
    }

    /** At blanks outside double quotes. A quote that is not closed reaches to the end. */
    static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '"') {
                quoted = !quoted;
                begun = true;
            } else if (!quoted && isBlank(character)) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                begun = false;
            } else {
                word.append(character);
                begun = true;
            }
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    /**
     * At blanks outside quotes of either kind, with escapes as in the shell's {@code $'...'}: what scripts and their
     * arguments are split by.
     *
     * @throws IllegalArgumentException where a quote is not closed; its message names the quote
     */
    public static List<String> splitEscaped(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '\\' && i + 1 < text.length()) {
                i = escaped(text, i + 1, word);
                begun = true;
            } else if (quote != 0 && character == quote) {
                quote = 0;
            } else if (quote == 0 && (character == '"' || character == '\'')) {
                quote = character;
                begun = true;
            } else if (quote == 0 && isBlank(character)) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                begun = false;
            } else {
                word.append(character);
                begun = true;
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException(String.valueOf(quote));
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    /** Appends what the escape at that place means, and returns the last place that belongs to it. */
    private static int escaped(String text, int at, StringBuilder word) {
        char letter = text.charAt(at);
        switch (letter) {
            case 'a' -> word.append('\007');
            case 'b' -> word.append('\b');
            case 'E' -> word.append('\033');
            case 'f' -> word.append('\f');
            case 'n' -> word.append('\n');
            case 'r' -> word.append('\r');
            case 't' -> word.append('\t');
            case 'v' -> word.append('\013');
            case 'x' -> {
                return number(text, at + 1, 16, Integer.MAX_VALUE, word);
            }
            case 'c' -> {
                if (at + 1 < text.length()) {
                    word.append((char) (text.charAt(at + 1) & 0x1f));
                    return at + 1;
                }
            }
            default -> {
                if (letter >= '0' && letter <= '7') {
                    return number(text, at, 8, 3, word);
                }
                word.append(letter);
            }
        }
        return at;
    }

    private static int number(String text, int from, int radix, int most, StringBuilder word) {
        int end = from;
        int value = 0;
        while (end < text.length() && end - from < most && Character.digit(text.charAt(end), radix) >= 0) {
            value = (value * radix + Character.digit(text.charAt(end), radix)) & 0xff;
            end++;
        }
        word.append((char) value);
        return end - 1;
    }
}
