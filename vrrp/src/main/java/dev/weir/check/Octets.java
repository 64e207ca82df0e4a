package dev.weir.check;

import java.io.ByteArrayOutputStream;

/** Bytes as keepalived.conf has them in hexadecimal digits, where X stands for any digit. */
final class Octets {
    private static final int ANY = -1;

    private final byte[] bytes;
    private final byte[] mask;

    /** @param mask of each byte the bits that count */
    private Octets(byte[] bytes, byte[] mask) {
        this.bytes = bytes;
        this.mask = mask;
    }

    /** Two digits make a byte; a space or the end may come where a byte's second would stand, whose first is 0 then. */
    static Octets parse(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteArrayOutputStream mask = new ByteArrayOutputStream();
        for (String word : text.split("[ \\t]+", -1)) {
            for (int at = 0; at < word.length(); at += 2) {
                boolean pair = at + 1 < word.length();
                int first = pair ? digit(word.charAt(at)) : 0;
                int second = digit(word.charAt(pair ? at + 1 : at));
                bytes.write((first == ANY ? 0 : first << 4) | (second == ANY ? 0 : second));
                mask.write((first == ANY ? 0 : 0xf0) | (second == ANY ? 0 : 0x0f));
            }
        }
        return new Octets(bytes.toByteArray(), mask.toByteArray());
    }

    private static int digit(char digit) {
        return digit == 'x' || digit == 'X' ? ANY : Character.digit(digit, 16);
    }

    byte[] bytes() {
        return bytes.clone();
    }

    int length() {
        return bytes.length;
    }

    /** Whether the first {@code length} of {@code others} are these, as far as there are both. */
    boolean agreesWith(byte[] others, int length) {
        for (int i = 0; i < Math.min(length, bytes.length); i++) {
            if (((others[i] ^ bytes[i]) & mask[i]) != 0) {
                return false;
            }
        }
        return true;
    }
}
