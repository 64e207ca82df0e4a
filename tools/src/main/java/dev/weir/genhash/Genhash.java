package dev.weir.genhash;

import dev.weir.check.Page;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Prints the digest of a page, as HTTP_GET and SSL_GET would see it, in the form of keepalived's genhash. */
public final class Genhash implements Page.Reader {
    private static final String USAGE = """
            Usage: genhash [-S [-I]] -s ADDRESS -p PORT -u PATH [OPTION]...
            Prints the MD5 of a page: the digest of a url of HTTP_GET, or with -S of SSL_GET.
              -s, --server ADDRESS        IPv4 or IPv6, of the server
              -p, --port PORT             1 to 65535
              -u, --url PATH              such as /index.html
              -S, --use-ssl               TLS
              -I, --use-sni               tell the virtual host by SNI
              -V, --use-virtualhost NAME  the virtual host; else the address and port
              -P, --protocol VERSION      1.0 (default), 1.1, or 1.0c: 1.0 with "Connection: close"
              -t, --timeout SECONDS       of each step; 5 where nothing is said
              -m, --fwmark MARK           firewall mark of what is sent
              -v, --verbose               show what comes
              -h, --help                  this
            """;
    private static final int ROW = 16;

    private final Arguments arguments;
    private final PrintStream out;
    private final MessageDigest md5;

    private Genhash(Arguments arguments, PrintStream out) {
        this.arguments = arguments;
        this.out = out;
        try {
            md5 = MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void main(String[] words) throws InterruptedException {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.ISO_8859_1);
        int exit = run(List.of(words), out, System.err);
        out.flush();
        System.exit(exit);
    }

    /** @return keepalived's exit status: 1 where the command line is wrong, and 0 whatever came of the page */
    static int run(List<String> words, PrintStream out, PrintStream err) throws InterruptedException {
        try {
            new Genhash(Arguments.of(words), out).show(err);
            return 0;
        } catch (Arguments.WrongException e) {
            String wrong = String.valueOf(e.getMessage());
            err.print((wrong.isEmpty() ? "" : wrong + "\n") + USAGE);
            return 1;
        }
    }

    private void show(PrintStream err) throws InterruptedException {
        long began = System.nanoTime();
        Page page = arguments.page();
        Page.Ending ending = page.fetch(this);
        byte[] digest = md5.digest();
        switch (ending) {
            case WHOLE -> {
                showDigest(digest);
                out.print(HexFormat.of().formatHex(digest) + "\n");
            }
            case NO_HEADER -> {
                showDigest(digest);
                err.print("no data received from remote webserver\n");
            }
            case NOT_CONNECTED -> out.print("Connection failed\n");
            case NOT_CONNECTED_IN_TIME -> out.print("Timeout connecting\n");
            case NO_TLS -> out.print("SSL handshake/communication error connecting to\n");
            case NO_ANSWER_IN_TIME -> out.print("Timeout WEB read\n");
            case STOPPED -> out.print("Timeout " + (page.secure() ? "SSL" : "HTTP") + " read\n");
            case BROKEN -> out.print("Read error with\n");
        }
        if (arguments.verbose()) {
            out.print("\nGlobal response time for [" + page.path() + "] = " + (System.nanoTime() - began) / 1000
                    + " usecs\n");
        }
    }

    private void showDigest(byte[] digest) {
        if (arguments.verbose()) {
            out.print("\n");
            title("    HTML hash resulting    ");
            dump(digest, 0, digest.length);
            title(" HTML hash final resulting ");
        }
    }

    @Override
    public void headerPart() {
        if (arguments.verbose()) {
            title("    HTTP Header Buffer    ");
        }
    }

    @Override
    public void header(byte[] bytes, int length) {
        if (arguments.verbose()) {
            dump(bytes, 0, length);
            title(" HTTP Header Ascii Buffer ");
            out.print(new String(bytes, 0, length, StandardCharsets.ISO_8859_1) + "\n");
        }
    }

    @Override
    public void body(byte[] bytes, int offset, int length, boolean withHeader) {
        md5.update(bytes, offset, length);
        if (arguments.verbose()) {
            if (withHeader) {
                title("        HTML Buffer        ");
            }
            dump(bytes, offset, length);
        }
    }

    private void title(String text) {
        out.print("-----------------------[" + text + "]-----------------------\n");
    }

    private void dump(byte[] bytes, int offset, int length) {
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < length; row += ROW) {
            StringBuilder hex = new StringBuilder();
            StringBuilder plain = new StringBuilder();
            for (int i = 0; i < ROW; i++) {
                boolean there = row + i < length;
                int value = there ? bytes[offset + row + i] & 0xff : ' ';
                hex.append(i == ROW / 2 ? "- " : "").append(there ? HexFormat.of().toHexDigits((byte) value) : "  ")
                        .append(' ');
                plain.append(value >= ' ' && value < 127 ? (char) value : '.');
            }
            text.append(String.format("%04d  %s  %s%n", row, hex, plain));
        }
        out.print(text);
    }
}
