package dev.weir.check;

import dev.weir.conf.HealthCheck.Regex;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks for a regex in one answer's body as it comes in: in bytes, or with the option utf in characters. It keeps no more
 * than a window of the body, and gives up on a pattern that takes too long.
 */
final class BodySearch {
    private static final int WINDOW = 48 << 10;
    /** What of a full window stays, so that a match across its end is found. */
    private static final int KEPT = 8 << 10;
    /** Characters that one window may be asked for; a few tenths of a second. */
    private static final long STEPS = 20_000_000;

    /** The pattern is not found, nor is it said that there is none: it takes too long. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1;

        TooLongException(String message) {
            super(message);
        }
    }

    private final Pattern pattern;
    private final Regex regex;
    private final Charset charset;
    private byte[] window = new byte[0];
    private int filled;
    /** Of the window's first byte, in the body. */
    private long offset;
    private long firstLine = -1;
    private boolean decided;
    private boolean found;

    BodySearch(Pattern pattern, Regex regex) {
        this.pattern = pattern;
        // As in keepalived, offsets that nothing can be between do not count.
        boolean empty = regex.maxOffset() >= 0 && regex.minOffset() > regex.maxOffset();
        this.regex = empty
                ? new Regex(regex.pattern(), regex.options(), regex.noMatch(), 0, -1)
                : regex;
        charset = regex.options().contains("utf") ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    }

    /** Made once for each url. */
    static Pattern compile(Regex regex) {
        String text = regex.options().contains("utf")
                ? regex.pattern()
                : new String(regex.pattern().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return PcrePattern.compile(text, regex.options());
    }

    void add(byte[] bytes, int from, int length) throws TooLongException {
        int at = from;
        while (!decided && at < from + length) {
            if (filled == window.length) {
                enlarge();
            }
            int now = Math.min(from + length - at, window.length - filled);
            System.arraycopy(bytes, at, window, filled, now);
            filled += now;
            at += now;
        }
    }

    private void enlarge() throws TooLongException {
        if (window.length < WINDOW) {
            window = Arrays.copyOf(window, Math.max(4096, Math.min(WINDOW, 2 * window.length)));
            return;
        }
        search();
        System.arraycopy(window, filled - KEPT, window, 0, KEPT);
        offset += filled - KEPT;
        filled = KEPT;
    }

    /** To be asked when the body has ended. In an empty one nothing is found, as keepalived has it. */
    boolean found() throws TooLongException {
        if (!decided && filled > 0) {
            search();
        }
        decided = true;
        return found;
    }

    private void search() throws TooLongException {
        int least = (int) Math.max(0, Math.min(regex.minOffset() - offset, filled));
        if (regex.minOffset() - offset > filled) {
            return;
        }
        String text = new String(window, 0, filled, charset);
        noteFirstLine(text);
        int start = charset.equals(StandardCharsets.UTF_8) ? new String(window, 0, least, charset).length() : least;
        Matcher matcher = pattern.matcher(new Counted(text)).region(start, text.length())
                .useTransparentBounds(true).useAnchoringBounds(false);
        try {
            if (matcher.find()) {
                decided = true;
                found = isWithin(matcher.start(), offset + text.substring(0, matcher.start()).getBytes(charset).length);
            }
        } catch (TooManyStepsException e) {
            throw new TooLongException("the regex takes too long: it goes back over the answer again and again");
        } catch (StackOverflowError e) {
            throw new TooLongException("the regex is too deep for this answer");
        }
        decided |= regex.maxOffset() >= 0 && offset + filled > regex.maxOffset() + (long) KEPT;
    }

    private void noteFirstLine(String text) {
        int end = text.indexOf('\n');
        if (firstLine < 0 && end >= 0) {
            firstLine = offset + end;
        }
    }

    private boolean isWithin(int character, long at) {
        boolean inLine = !regex.options().contains("firstline") || firstLine < 0 || offset + character <= firstLine;
        return inLine && (regex.maxOffset() < 0 || at <= regex.maxOffset());
    }

    private static final class TooManyStepsException extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooManyStepsException() {
            super("", null, false, false);
        }
    }

    /** A text that lets itself be read only so often. */
    private static final class Counted implements CharSequence {
        private final String text;
        private long left = STEPS;

        private Counted(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (left-- == 0) {
                throw new TooManyStepsException();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
