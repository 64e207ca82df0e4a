package dev.weir.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An answer of HTTP as it comes in. Of its header only the status and the length count, read as keepalived reads them; its
 * body is what follows the header until the server ends it, chunks not taken apart. Bounded, whatever the server sends.
 */
final class HttpAnswer {
    /** Who looks at it while it comes; nothing of it is kept. */
    interface Reader {
        /** Once, when the header is there, its empty line included. */
        default void header(byte[] bytes, int length) {
        }

        /**
         * A part of the body.
         *
         * @param counted how many of the bytes, from the first on, are within Content-Length: those of the digest
         */
        void body(byte[] bytes, int offset, int length, int counted);
    }

    /** keepalived gives up beyond 4095. */
    static final int LONGEST_HEADER = 32 << 10;
    static final long LONGEST_BODY = 64L << 20;
    /** What keepalived takes for a status line: three digits between two spaces, whatever is before. */
    private static final Pattern STATUS = Pattern.compile("[^ \r]* (\\d{3}) .*", Pattern.DOTALL);
    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length:[ \t]*(\\d{1,18})\r\n",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern ANY_LENGTH = Pattern.compile("\r\ncontent-length:", Pattern.CASE_INSENSITIVE);

    private final Reader reader;
    private byte[] header = new byte[1024];
    private int length;
    private boolean inBody;
    private int status;
    private long announced = Long.MAX_VALUE;
    private long received;

    HttpAnswer(Reader reader) {
        this.reader = reader;
    }

    void add(byte[] bytes, int offset, int count) throws IOException {
        if (inBody) {
            body(bytes, offset, count);
            return;
        }
        int before = length;
        if (length + count > header.length) {
            header = Arrays.copyOf(header, Math.max(2 * header.length, length + count));
        }
        System.arraycopy(bytes, offset, header, length, count);
        length += count;
        int end = end(Math.max(0, before - 3));
        if (end < 0 ? length > LONGEST_HEADER : end > LONGEST_HEADER) {
            throw new IOException("its header does not end within " + LONGEST_HEADER + " bytes");
        }
        if (end >= 0) {
            begin(end);
        }
    }

    private int end(int from) {
        for (int i = from; i + 4 <= length; i++) {
            if (header[i] == '\r' && header[i + 1] == '\n' && header[i + 2] == '\r' && header[i + 3] == '\n') {
                return i + 4;
            }
        }
        return -1;
    }

    private void begin(int end) throws IOException {
        inBody = true;
        String text = new String(header, 0, end, StandardCharsets.ISO_8859_1);
        Matcher line = STATUS.matcher(text.substring(0, text.indexOf('\r')));
        status = line.matches() ? Integer.parseInt(line.group(1)) : 0;
        Matcher first = ANY_LENGTH.matcher(text);
        Matcher whole = LENGTH.matcher(text);
        if (first.find() && whole.find() && whole.start() == first.start()) {
            announced = Long.parseLong(whole.group(1));
        }
        reader.header(header, end);
        if (length > end) {
            body(header, end, length - end);
        }
        header = new byte[0];
    }

    private void body(byte[] bytes, int offset, int count) throws IOException {
        int counted = (int) Math.max(0, Math.min(count, announced - received));
        received += count;
        if (received > LONGEST_BODY) {
            throw new IOException("its answer does not end within " + (LONGEST_BODY >> 20) + " MiB");
        }
        reader.body(bytes, offset, count, counted);
    }

    /** To be asked when the server has ended it. */
    void end() throws IOException {
        if (!inBody) {
            throw new IOException(length == 0 ? "it closed the connection without an answer" : "no HTTP: " + shown());
        }
    }

    /** 100 to 999; 0: the status line has none. */
    int status() {
        return status;
    }

    private String shown() {
        String text = new String(header, 0, Math.min(length, 40), StandardCharsets.US_ASCII);
        return "'" + text.replaceAll("[^ -~]+", " ").strip() + "' has no end of a header";
    }
}
