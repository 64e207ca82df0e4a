package dev.weir.genhash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** genhash asks what Debian's genhash (keepalived 2.2.7) asks, and prints what it prints. */
@Timeout(60)
class GenhashLikeKeepalivedTest {
    private static final Path GENHASH = Path.of("/usr/bin/genhash");
    /** What the server answers for each path; the parts come one after the other. */
    private static final List<List<String>> PAGES = List.of(List.of("/", "HTTP/1.0 200 OK\r\n\r\nhello"),
            List.of("/length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello"),
            List.of("/bytes", "HTTP/1.0 404 No\r\nX: \u00e9\r\n\r\n" + allBytes()),
            List.of("/parts", "HTTP/1.0 200 OK\r\n", "X: y\r\n\r\n", "one part and", "an other"),
            List.of("/limited", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab", "cdef", "gh"),
            List.of("/chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            List.of("/nothing", "HTTP/1.0 200 OK\r\n\r\n"), List.of("/empty"),
            List.of("/old", "<html>no header</html>\n"), List.of("/hold", "HTTP/1.0 200 OK\r\n\r\nhel", "HOLD"),
            List.of("/silent", "HOLD"));

    private final List<String> requests = new CopyOnWriteArrayList<>();
    @SuppressWarnings("NullAway.Init")
    private ServerSocket server;

    private static String allBytes() {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            all.append((char) (i & 0xff));
        }
        return all.toString();
    }

    @BeforeEach
    void start() throws IOException {
        boolean there = Files.isExecutable(GENHASH);
        if ("true".equals(System.getenv("CI"))) {
            assertThat(there).as("keepalived is installed").isTrue();
        }
        assumeTrue(there, "needs Debian's keepalived 2.2.7: apt-get install keepalived");
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket client = server.accept();
                    Thread.ofVirtual().start(() -> answer(client));
                } catch (IOException e) {
                    // It was closed.
                }
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    private void answer(Socket client) {
        try (client) {
            client.setTcpNoDelay(true);
            StringBuilder request = new StringBuilder();
            while (request.indexOf("\r\n\r\n") < 0) {
                int next = client.getInputStream().read();
                if (next < 0) {
                    return;
                }
                request.append((char) next);
            }
            requests.add(request.toString());
            String path = request.toString().split(" ", 3)[1];
            for (List<String> page : PAGES) {
                for (String part : page.getFirst().equals(path) ? page.subList(1, page.size()) : List.<String>of()) {
                    if (part.equals("HOLD")) {
                        Thread.sleep(10_000);
                    }
                    client.getOutputStream().write(part.getBytes(StandardCharsets.ISO_8859_1));
                    client.getOutputStream().flush();
                    Thread.sleep(100);
                }
            }
        } catch (IOException | InterruptedException e) {
            // The client went.
        }
    }

    /** Exit status, standard output and error output; times are not compared. */
    private record Result(int exit, String out, String err) {
        static Result of(int exit, byte[] out, String err) {
            return new Result(exit,
                    new String(out, StandardCharsets.ISO_8859_1).replaceAll("= \\d+ usecs", "= N usecs"), err);
        }
    }

    private static Result theirs(List<String> words) throws Exception {
        List<String> command = new ArrayList<>(List.of(GENHASH.toString()));
        command.addAll(words);
        Path err = Files.createTempFile("genhash", "err");
        try {
            Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
            byte[] out = process.getInputStream().readAllBytes();
            return Result.of(process.waitFor(), out, Files.readString(err));
        } finally {
            Files.delete(err);
        }
    }

    private static Result ours(List<String> words) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = Genhash.run(words, new PrintStream(out, true, StandardCharsets.ISO_8859_1),
                new PrintStream(err, true,
                        StandardCharsets.UTF_8));
        return Result.of(exit, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void pagesLookTheSame() throws Exception {
        String port = Integer.toString(server.getLocalPort());
        for (List<String> page : PAGES) {
            boolean ends = !page.getLast().equals("HOLD");
            for (List<String> more : ends
                    ? List.of(List.<String>of(), List.of("-v"), List.of("-P", "1.1", "-V", "www.example.org"),
                            List.of("--protocol=1.0c"))
                    : List.of(List.of("-t", "1"), List.of("-t", "1", "-v"))) {
                List<String> words = new ArrayList<>(List.of("-s", "127.0.0.1", "--port", port, "-u", page.getFirst()));
                words.addAll(more);
                requests.clear();
                Result theirs = theirs(words);
                assertThat(ours(words)).as(String.join(" ", words)).isEqualTo(theirs);
                assertThat(requests).as(String.join(" ", words)).hasSize(2);
                assertThat(requests.get(1)).isEqualTo(requests.get(0));
            }
        }
    }

    @Test
    void aServerThatRefusesIsToldOf() throws Exception {
        int port = server.getLocalPort();
        server.close();
        for (String more : List.of("-vu/x", "-Su/x", "-u/x")) {
            List<String> words = List.of("-s127.0.0.1", "-p" + port, more);
            assertThat(ours(words)).as(more).isEqualTo(theirs(words));
        }
    }

    /** Of the usage, only that there is one: its words are Weir's. */
    @Test
    void wrongCommandLinesAreWrongAlike() throws Exception {
        for (String line : List.of("", "-h", "-s nohost -p 80 -u /", "-x", "-s 127.0.0.1 -p 0 -u /", "-p 65536", "-p x",
                "-s 127.0.0.1 -p 80 -u", "-P", "-P 2", "-t -1", "-t 1.5", "-m 0x10", "-m -1", "--use-sni=1",
                "a b -s 127.0.0.1 -p 9 -u /", "-s fe80::1%lo -p 9 -u /", "--use- -s 127.0.0.1 -p 9 -u /")) {
            List<String> words = line.isEmpty() ? List.of() : List.of(line.split(" ", -1));
            Result theirs = theirs(words);
            Result ours = ours(words);
            assertThat(ours.exit()).as(line).isEqualTo(theirs.exit()).isEqualTo(1);
            assertThat(ours.out()).as(line).isEqualTo(theirs.out()).isEmpty();
            assertThat(ours.err()).as(line).contains("Usage: genhash ");
            String first = theirs.err().lines().findFirst().orElse("");
            if (!first.startsWith("Usage")) {
                assertThat(ours.err()).as(line).startsWith(first + "\n");
            }
        }
    }
}
