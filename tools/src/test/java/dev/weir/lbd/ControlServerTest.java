package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.client.ControlMessage;
import dev.weir.client.ControlMessage.Answer;
import dev.weir.client.ControlMessage.Request;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ControlServerTest {
    private static final ControlServer.Limits PATIENT = new ControlServer.Limits(4, Duration.ofSeconds(20),
            Duration.ofSeconds(20));

    @TempDir
    Path folder = Path.of("/nonexistent");
    private Path path = folder;
    private final List<ControlServer> servers = new ArrayList<>();
    private final List<SocketChannel> clients = new ArrayList<>();

    @BeforeEach
    void name() {
        path = folder.resolve("run/lbd.sock");
    }

    @AfterEach
    void close() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
        for (ControlServer server : servers) {
            server.close();
        }
    }

    private ControlServer open(ControlServer.Limits limits) throws RefusalException {
        ControlServer server = ControlServer.open(path, limits,
                request -> new Answer(7, String.join("|", request.words()), request.stdin()));
        servers.add(server);
        return server;
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(path));
        clients.add(channel);
        return channel;
    }

    private static Answer answer(SocketChannel channel) throws Exception {
        ByteBuffer length = ByteBuffer.allocate(4);
        read(channel, length);
        ByteBuffer body = ByteBuffer.allocate(length.flip().getInt());
        read(channel, body);
        return ControlMessage.decodeAnswer(body.flip());
    }

    private static void read(SocketChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            assertThat(channel.read(buffer)).as("bytes of an answer").isPositive();
        }
    }

    private Answer ask(String... words) throws Exception {
        SocketChannel channel = connect();
        channel.write(ControlMessage.encode(new Request(List.of(words), "input")));
        return answer(channel);
    }

    private static boolean isEnded(SocketChannel channel) {
        try {
            return channel.read(ByteBuffer.allocate(1)) < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void answersWhatTheHandlerSays() throws Exception {
        open(PATIENT);
        assertThat(ask("ipvsadm", "-L", "ü")).isEqualTo(new Answer(7, "ipvsadm|-L|ü", "input"));
    }

    @Test
    void onlyItsOwnerMayConnect() throws Exception {
        open(PATIENT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path))).isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("run"))))
                .isEqualTo("rwxr-xr-x");
    }

    @Test
    void aRequestMayComeByteByByte() throws Exception {
        open(PATIENT);
        SocketChannel channel = connect();
        for (byte one : ControlMessage.encode(new Request(List.of("a", "b"), "")).array()) {
            channel.write(ByteBuffer.wrap(new byte[]{one}));
        }
        assertThat(answer(channel).stdout()).isEqualTo("a|b");
    }

    @Test
    void aLargeRequestArrivesWhole() throws Exception {
        open(PATIENT);
        String rules = "-A -t 10.0.0.1:80\n".repeat(150_000);
        SocketChannel channel = connect();
        ByteBuffer request = ControlMessage.encode(new Request(List.of("ipvsadm", "-R"), rules));
        while (request.hasRemaining()) {
            channel.write(request);
        }
        assertThat(answer(channel).stderr()).isEqualTo(rules);
    }

    @Test
    void aLengthBeyondTheLimitIsRefusedAtOnce() throws Exception {
        open(PATIENT);
        SocketChannel channel = connect();
        channel.write(ByteBuffer.allocate(4).putInt(ControlMessage.MAX_REQUEST + 1).flip());
        assertThat(answer(channel).stderr()).contains("longer than");
    }

    @Test
    void garbageIsRefusedAndNobodyElseNotices() throws Exception {
        open(PATIENT);
        Random random = new Random(25);
        for (int i = 0; i < 200; i++) {
            byte[] garbage = new byte[random.nextInt(1, 300)];
            random.nextBytes(garbage);
            SocketChannel channel = connect();
            channel.write(ByteBuffer.allocate(4 + garbage.length).putInt(garbage.length).put(garbage).flip());
            Answer answer = answer(channel);
            assertThat(answer.exit()).as("garbage %d", i).isEqualTo(2);
            assertThat(answer.stderr()).contains("not a request");
            channel.close();
        }
        assertThat(ask("still", "there").stdout()).isEqualTo("still|there");
    }

    @Test
    void clientsThatStallMakeWay() throws Exception {
        open(PATIENT);
        List<SocketChannel> stalling = new ArrayList<>();
        for (int i = 0; i < 3 * PATIENT.clients(); i++) {
            SocketChannel channel = connect();
            channel.write(ByteBuffer.wrap(new byte[]{0, 0}));
            stalling.add(channel);
        }
        assertThat(ask("a", "word").stdout()).isEqualTo("a|word");
        assertThat(isEnded(stalling.getFirst())).as("the oldest was cut off").isTrue();
    }

    @Test
    void aRequestThatDoesNotComeInTimeIsGivenUp() throws Exception {
        open(new ControlServer.Limits(4, Duration.ofMillis(200), Duration.ofSeconds(1)));
        SocketChannel silent = connect();
        SocketChannel dripping = connect();
        Thread drip = Thread.ofVirtual().start(() -> drip(dripping));
        assertThat(isEnded(silent)).isTrue();
        drip.join();
        assertThat(ask("still", "there").exit()).isEqualTo(7);
    }

    /** One byte each 20 ms, until the server has enough of it. */
    private static void drip(SocketChannel channel) {
        try {
            channel.write(ByteBuffer.allocate(4).putInt(1000).flip());
            while (true) {
                channel.write(ByteBuffer.wrap(new byte[]{1}));
                Thread.sleep(20);
            }
        } catch (IOException | InterruptedException e) {
            assertThat(e).isInstanceOf(IOException.class);
        }
    }

    @Test
    void anAnswerThatNobodyTakesHoldsNobodyUp() throws Exception {
        open(new ControlServer.Limits(2, Duration.ofSeconds(5), Duration.ofMillis(300)));
        String large = "x".repeat(3 << 20);
        for (int i = 0; i < 2; i++) {
            SocketChannel channel = connect();
            ByteBuffer request = ControlMessage.encode(new Request(List.of("a"), large));
            while (request.hasRemaining()) {
                channel.write(request);
            }
        }
        Thread.sleep(600);
        assertThat(ask("next").stdout()).isEqualTo("next");
    }

    @Test
    void aClientThatLeavesIsForgotten() throws Exception {
        open(PATIENT);
        for (int i = 0; i < 50; i++) {
            SocketChannel channel = connect();
            channel.write(ByteBuffer.wrap(new byte[]{0, 0, 0, 9, 1}));
            channel.close();
        }
        assertThat(ask("still", "there").exit()).isEqualTo(7);
    }

    @Test
    void commandsThatAllWaitAreTurnedAwayWhenThereAreTooMany() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch running = new CountDownLatch(2);
        servers.add(ControlServer.open(path, new ControlServer.Limits(2, Duration.ofSeconds(5), Duration.ofSeconds(5)),
                request -> {
                    running.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return new Answer(0, "done", "");
                }));
        List<SocketChannel> waiting = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            SocketChannel channel = connect();
            channel.write(ControlMessage.encode(new Request(List.of("a"), "")));
            waiting.add(channel);
        }
        running.await();
        assertThat(isEnded(connect())).isTrue();
        go.countDown();
        for (SocketChannel channel : waiting) {
            assertThat(answer(channel).stdout()).isEqualTo("done");
        }
    }

    @Test
    void aSecondDaemonIsRefusedAndTheFirstIsNotDisturbed() throws Exception {
        open(PATIENT);
        assertThatThrownBy(() -> open(PATIENT)).isInstanceOf(RefusalException.class)
                .hasMessageContaining("already running (pid " + ProcessHandle.current().pid() + ")")
                .hasMessageContaining(path.toString());
        assertThat(ask("first").stdout()).isEqualTo("first");
    }

    @Test
    void theSocketOfADeadDaemonIsReplaced() throws Exception {
        Files.createDirectories(path.getParent());
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        Files.writeString(folder.resolve("run/lbd.sock.lock"), "4711");
        assertThat(path).exists();
        open(PATIENT);
        assertThat(ask("new").stdout()).isEqualTo("new");
    }

    @Test
    void whatIsNoSocketIsLeftAlone() throws Exception {
        Files.createDirectories(path.getParent());
        Files.writeString(path, "precious");
        assertThatThrownBy(() -> open(PATIENT)).isInstanceOf(RefusalException.class)
                .hasMessageContaining("is no socket");
        assertThat(path).hasContent("precious");
    }

    @Test
    void aFolderThatCannotBeMadeIsRefused() {
        path = Path.of("/proc/nowhere/lbd.sock");
        assertThatThrownBy(() -> open(PATIENT)).isInstanceOf(RefusalException.class)
                .hasMessageContaining("/proc/nowhere/lbd.sock");
    }

    @Test
    void aPathThatTheKernelCannotTakeIsRefused() {
        path = folder.resolve("x".repeat(120));
        assertThatThrownBy(() -> open(PATIENT)).isInstanceOf(RefusalException.class).hasMessageContaining("longer");
    }

    @Test
    void onlyAnEmptyLockFileIsLeftAfterTheEnd() throws Exception {
        ControlServer server = open(PATIENT);
        server.close();
        servers.clear();
        try (var left = Files.list(folder.resolve("run"))) {
            assertThat(left).containsExactly(folder.resolve("run/lbd.sock.lock")).allSatisfy(
                    file -> assertThat(file).isEmptyFile());
        }
    }
}
