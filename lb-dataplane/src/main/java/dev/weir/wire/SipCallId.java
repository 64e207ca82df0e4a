package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * Finds the Call-ID of a SIP message (RFC 3261, sections 7.3, 20.8 and 25.1) where Linux finds it: in the first header
 * line of that name whose value begins with a word, wherever it stands but in the datagram's first line, under its long
 * or its compact name. What the message is else does not matter. An instance belongs to one thread and is used again.
 */
public final class SipCallId {
    /** Bytes of a Call-ID at most; one that is longer is none. */
    public static final int LONGEST = 255;
    private static final byte[] NAME = {'c', 'a', 'l', 'l', '-', 'i', 'd'};
    private static final byte COMPACT_NAME = 'i';
    private static final byte LOWER_CASE = 0x20;
    private static final int NONE = -1;
    private static final boolean[] LETTER = new boolean[256];
    private static final boolean[] WORD = new boolean[256];

    static {
        for (int c = 0; c < 256; c++) {
            // The letters of ISO 8859-1, as Linux knows them; 0xd7 and 0xf7 are signs.
            LETTER[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0xc0 && c != 0xd7 && c != 0xf7;
            WORD[c] = LETTER[c] || c >= '0' && c <= '9' || "-.!%*_+`'~()<>:\\\"/[]?{}".indexOf(c) >= 0;
        }
    }

    private MemorySegment memory = MemorySegment.NULL;
    private long end;
    private long at;
    private int length;

    /**
     * Looks for it from {@code from}, where the message begins, to {@code limit}, where the datagram ends.
     *
     * @return whether there is one; {@link #at} and {@link #length} say where
     */
    public boolean find(MemorySegment datagram, long from, long limit) {
        memory = datagram;
        end = limit;
        long searched = from;
        while (searched < end && header(searched)) {
            length = callIdLength();
            if (length > 0) {
                return length <= LONGEST && at + length < end && endsLine(at + length);
            }
            // After a value that is none Linux goes on not from there, but from as far behind where it had begun.
            searched += at - from;
        }
        return false;
    }

    /** Where the Call-ID begins that {@link #find} found. */
    public long at() {
        return at;
    }

    /** Its bytes, 1 to {@link #LONGEST}. */
    public int length() {
        return length;
    }

    /** Finds the value of the next header of that name; a line that begins like one and is none ends the search. */
    private boolean header(long from) {
        for (long cursor = from; cursor < end; cursor++) {
            if (!endsLine(cursor)) {
                continue;
            }
            cursor = nextLine(cursor);
            if (cursor >= end) {
                return false;
            }
            long afterName = isBlank(cursor) ? NONE : afterName(cursor);
            if (afterName != NONE) {
                long colon = afterBlanks(afterName);
                if (colon == NONE || colon + 1 >= end || Bytes.u8(memory, colon) != ':') {
                    return false;
                }
                at = afterBlanks(colon + 1);
                return at != NONE;
            }
        }
        return false;
    }

    private long afterName(long line) {
        if (end - line >= NAME.length && isNamed(line)) {
            return line + NAME.length;
        }
        boolean compact = end - line > 1 && (Bytes.u8(memory, line) | LOWER_CASE) == COMPACT_NAME
                && !LETTER[Bytes.u8(memory, line + 1)];
        return compact ? line + 1 : NONE;
    }

    private boolean isNamed(long line) {
        for (int i = 0; i < NAME.length; i++) {
            int c = Bytes.u8(memory, line + i);
            if ((LETTER[c] ? c | LOWER_CASE : c) != NAME[i]) {
                return false;
            }
        }
        return true;
    }

    /** word [ "@" word ]; 0 where it is neither. */
    private int callIdLength() {
        int first = wordLength(at);
        if (first == 0 || at + first == end || Bytes.u8(memory, at + first) != '@') {
            return first;
        }
        int second = wordLength(at + first + 1);
        return second == 0 ? 0 : first + 1 + second;
    }

    private int wordLength(long from) {
        long word = from;
        while (word < end && WORD[Bytes.u8(memory, word)]) {
            word++;
        }
        return (int) (word - from);
    }

    /** Past blanks, and past one end of line that a blank follows, with the blanks there. */
    private long afterBlanks(long from) {
        long cursor = afterBlanksOfLine(from);
        if (cursor >= end || !endsLine(cursor)) {
            return cursor;
        }
        long line = nextLine(cursor);
        return line < end && isBlank(line) ? afterBlanksOfLine(line) : NONE;
    }

    private long afterBlanksOfLine(long from) {
        long cursor = from;
        while (cursor < end && isBlank(cursor)) {
            cursor++;
        }
        return cursor;
    }

    /** Lines end with CR LF (RFC 3261), or with either alone (RFC 2543). */
    private long nextLine(long lineEnd) {
        boolean both = lineEnd + 1 < end && Bytes.u8(memory, lineEnd) == '\r' && Bytes.u8(memory, lineEnd + 1) == '\n';
        return lineEnd + (both ? 2 : 1);
    }

    private boolean endsLine(long cursor) {
        int c = Bytes.u8(memory, cursor);
        return c == '\r' || c == '\n';
    }

    private boolean isBlank(long cursor) {
        int c = Bytes.u8(memory, cursor);
        return c == ' ' || c == '\t';
    }
}
