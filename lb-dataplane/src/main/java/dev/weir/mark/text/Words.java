package dev.weir.mark.text;

import java.util.ArrayList;
import java.util.List;

/** Words of a line as iptables-restore(8) divides them, and numbers as iptables(8) reads them. */
final class Words {
    private static final String PLAIN = "_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private Words() {
    }

    /** Divided at blanks; double quotes hold a word together, and only between them a backslash takes the next character as it is. */
    static List<String> of(String line) throws RuleException {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quoted && c == '\\' && i + 1 < line.length()) {
                word.append(line.charAt(++i));
            } else if (c == '"') {
                quoted = !quoted;
                begun = true;
            } else if (!quoted && (c == ' ' || c == '\t')) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                    begun = false;
                }
            } else {
                word.append(c);
                begun = true;
            }
        }
        if (quoted) {
            throw new RuleException("a double quote is never closed");
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    /** The word as {@link #of} reads it back. */
    static String quoted(String word) {
        if (!word.isEmpty() && word.chars().allMatch(c -> PLAIN.indexOf(c) >= 0)) {
            return word;
        }
        StringBuilder text = new StringBuilder("\"");
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c == '"' || c == '\\' || c == '\'') {
                text.append('\\');
            }
            text.append(c);
        }
        return text.append('"').toString();
    }

    /** Decimal, 0x hexadecimal or 0 octal; -1 where it is none or needs more than 32 bits. */
    static long number(String text) {
        boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
        String digits = hexadecimal ? text.substring(2) : text;
        int radix = hexadecimal ? 16 : text.length() > 1 && text.startsWith("0") ? 8 : 10;
        if (digits.isEmpty() || digits.length() > 11 || Character.digit(digits.charAt(0), radix) < 0) {
            return -1;
        }
        try {
            long number = Long.parseLong(digits, radix);
            return number > 0xffff_ffffL ? -1 : number;
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
