package dev.weir.forward;

import dev.weir.wire.IpAddress;

/** Text that goes into a packet, written into the same bytes time and again. Belongs to one worker. */
public final class AsciiText {
    private static final int GROUPS = 8;

    private final byte[] bytes;
    private int length;

    /** @param longest bytes at most */
    public AsciiText(int longest) {
        bytes = new byte[longest];
    }

    /** The first {@link #length} are the text. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    public AsciiText clear() {
        length = 0;
        return this;
    }

    /** A byte, of which the lowest eight bits count. */
    public AsciiText put(int value) {
        bytes[length++] = (byte) value;
        return this;
    }

    public AsciiText put(String text) {
        for (int i = 0; i < text.length(); i++) {
            put(text.charAt(i));
        }
        return this;
    }

    public AsciiText putDecimal(int number) {
        return putDigits(number, 10);
    }

    /** An IPv4 address with {@code separator} between its numbers. */
    public AsciiText putV4(long low, char separator) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            putDecimal((int) (low >>> shift) & 0xff);
            if (shift > 0) {
                put(separator);
            }
        }
        return this;
    }

    /** An address as it is usually written. */
    public AsciiText putAddress(long high, long low) {
        return IpAddress.isV4(high, low) ? putV4(low, '.') : putV6(high, low);
    }

    /** As RFC 5952 writes it. */
    private AsciiText putV6(long high, long low) {
        int longest = 1;
        int hidden = -1;
        for (int from = 0; from < GROUPS; from++) {
            int to = from;
            while (to < GROUPS && group(high, low, to) == 0) {
                to++;
            }
            if (to - from > longest) {
                longest = to - from;
                hidden = from;
            }
        }
        for (int i = 0; i < GROUPS; i++) {
            if (i == hidden) {
                put(':');
                put(':');
                i += longest - 1;
            } else {
                if (i > 0 && bytes[length - 1] != ':') {
                    put(':');
                }
                putDigits(group(high, low, i), 16);
            }
        }
        return this;
    }

    private static int group(long high, long low, int number) {
        return (int) ((number < 4 ? high : low) >>> 16 * (3 - number % 4)) & 0xffff;
    }

    private AsciiText putDigits(int number, int radix) {
        int divisor = 1;
        while (number / divisor >= radix) {
            divisor *= radix;
        }
        for (; divisor > 0; divisor /= radix) {
            put(Character.forDigit(number / divisor % radix, radix));
        }
        return this;
    }
}
