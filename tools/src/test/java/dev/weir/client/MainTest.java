package dev.weir.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.lbd.ControlServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class MainTest {
    @TempDir
    Path folder = Path.of("/nonexistent");
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(InputStream stdin, String... words) {
        return new Main(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8)).run(List.of(words),
                folder.resolve("lbd.sock"), stdin);
    }

    private ControlServer echo() throws Exception {
        return ControlServer.open(folder.resolve("lbd.sock"), ControlServer.Limits.DEFAULT, request -> new Answer(3,
                "out " + request.words() + "\n", "err " + request.stdin() + "\n"));
    }

    private static InputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    /** A terminal on which nobody types. */
    private static InputStream untouchable() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("standard input was read");
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return read();
            }
        };
    }

    @Test
    void outputAndStatusArePassedThrough() throws Exception {
        try (ControlServer server = echo()) {
            assertThat(run(untouchable(), "ipvsadm", "-L", "-n")).isEqualTo(3);
            assertThat(out.toString(UTF_8)).isEqualTo("out [ipvsadm, -L, -n]\n");
            assertThat(err.toString(UTF_8)).isEqualTo("err \n");
            assertThat(server.path()).exists();
        }
    }

    @Test
    void standardInputGoesAlongWithRestoreOnly() throws Exception {
        try (ControlServer server = echo()) {
            assertThat(server.path()).exists();
            run(text("rules"), "ipvsadm", "--restore");
            run(text("more"), "ipvsadm", "-R");
            run(untouchable(), "ipvsadm", "-S", "-R");
            run(untouchable(), "lb-ctl", "-R");
            assertThat(err.toString(UTF_8)).isEqualTo("err rules\nerr more\nerr \nerr \n");
        }
    }

    @Test
    void tooMuchStandardInputIsRefusedHere() throws Exception {
        try (ControlServer server = echo()) {
            assertThat(server.path()).exists();
            assertThat(run(text("x".repeat(ControlMessage.MAX_REQUEST)), "ipvsadm", "-R")).isEqualTo(2);
            assertThat(err.toString(UTF_8)).contains("more than 4 MiB");
        }
    }

    @Test
    void withoutADaemonItSaysWhatToDo() {
        assertThat(run(untouchable(), "ipvsadm", "-L")).isEqualTo(2);
        assertThat(out.toString(UTF_8)).isEmpty();
        assertThat(err.toString(UTF_8)).startsWith("ipvsadm: no director answers at " + folder.resolve("lbd.sock"))
                .contains("tools/lbd").contains("WEIR_CONTROL");
    }

    @Test
    void aDaemonThatDiesBeforeItAnswersIsSaid() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(folder.resolve("lbd.sock")));
            Thread.ofVirtual().start(() -> {
                try (SocketChannel client = server.accept()) {
                    client.read(ByteBuffer.allocate(100));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(run(untouchable(), "ipvsadm", "-L")).isEqualTo(2);
            assertThat(err.toString(UTF_8)).contains("without an answer");
        }
    }
}
