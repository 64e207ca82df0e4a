package dev.weir.track;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The number that a track_file has in it, as strtol(3) with base 0 reads it. */
final class FileNumber {
    /** What is behind is not looked at. */
    private static final int LENGTH = 128;
    private static final Pattern NUMBER = Pattern
            .compile("[ \t-\r]*([+-]?)(0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))");

    private FileNumber() {
    }

    /** 0 where there is no file, or none to be read; empty where the number is beyond 32 bits. */
    static OptionalInt read(Path file) {
        if (!Files.isRegularFile(file)) {
            return OptionalInt.of(0);
        }
        try (InputStream from = Files.newInputStream(file)) {
            return parse(new String(from.readNBytes(LENGTH), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return OptionalInt.of(0);
        }
    }

    /** 0 where no number begins the text. */
    static OptionalInt parse(String text) {
        Matcher matcher = NUMBER.matcher(text);
        if (!matcher.lookingAt()) {
            return OptionalInt.of(0);
        }
        String sign = matcher.group(1);
        String digits = matcher.group(3);
        int radix = 16;
        if (digits == null) {
            digits = matcher.group(4);
            radix = 8;
        }
        if (digits == null) {
            digits = matcher.group(5);
            radix = 10;
        }
        try {
            return digits == null || digits.isEmpty()
                    ? OptionalInt.of(0)
                    : OptionalInt.of(Integer.parseInt(sign + digits, radix));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }
}
