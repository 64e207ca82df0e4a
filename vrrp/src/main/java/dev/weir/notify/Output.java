package dev.weir.notify;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** What a script says, in lines that a log can bear. */
final class Output {
    /** Of a run; what comes after them is read, so that no script blocks, and counted. */
    static final int MOST_LINES = 100;
    static final int LONGEST_LINE = 500;
    private static final int READ = 4096;

    private final Consumer<String> lines;
    private final StringBuilder line = new StringBuilder();
    private int told;
    private long untold;
    private boolean tooLong;

    private Output(Consumer<String> lines) {
        this.lines = lines;
    }

    /** Reads to the end, which comes when all that hold the other side have closed it. */
    static void read(InputStream from, Consumer<String> lines) {
        Output output = new Output(lines);
        byte[] bytes = new byte[READ];
        try (from) {
            for (int length = from.read(bytes); length >= 0; length = from.read(bytes)) {
                output.take(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            lines.accept("(its output ended early: " + e.getMessage() + ")");
        }
        output.end();
    }

    private void take(String text) {
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '\n') {
                tell();
            } else if (line.length() < LONGEST_LINE) {
                line.append(character);
            } else {
                tooLong = true;
            }
        }
    }

    private void tell() {
        if (told < MOST_LINES) {
            told++;
            lines.accept(readable(line.toString()) + (tooLong ? " ..." : ""));
        } else {
            untold++;
        }
        line.setLength(0);
        tooLong = false;
    }

    private void end() {
        if (!line.isEmpty()) {
            tell();
        }
        if (untold > 0) {
            lines.accept("(and " + untold + " lines more)");
        }
    }

    /** Nothing in it moves the cursor of who reads the log, or begins a line of its own. */
    private static String readable(String bytes) {
        String text = new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return text.strip().replaceAll("\\p{Cntrl}", "?");
    }
}
