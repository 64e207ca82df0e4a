package dev.weir.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.sys.NetworkNamespace;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a check's connection meets, and what it says of it. */
@Timeout(60)
class CheckSocketTest {
    private static final IpAddress HOME = IpAddress.parse("127.0.0.1");
    private static final Duration LONG = Duration.ofSeconds(20);

    private static Route to(IpAddress host, int port) {
        return new Route(host, port, null, 0, null, 0);
    }

    private static ServerSocket listening(String address, int backlog) throws IOException {
        return new ServerSocket(0, backlog, InetAddress.getByName(address));
    }

    private static void connect(Route route, Duration timeout) throws IOException, InterruptedException {
        CheckSocket.connectTcp(route, Deadline.in(timeout)).close();
    }

    @Test
    void aServerThatListensIsConnectedTo() throws Exception {
        for (String address : List.of("127.0.0.1", "::1")) {
            try (ServerSocket server = listening(address, 5);
                    CheckSocket socket = CheckSocket.connectTcp(to(IpAddress.parse(address), server.getLocalPort()),
                            Deadline.in(LONG));
                    Socket accepted = server.accept()) {
                socket.write("ping".getBytes(StandardCharsets.US_ASCII), Deadline.in(LONG));
                assertThat(accepted.getInputStream().readNBytes(4)).asString().isEqualTo("ping");
                accepted.getOutputStream().write("pong".getBytes(StandardCharsets.US_ASCII));
                byte[] bytes = new byte[10];
                assertThat(socket.read(bytes, 3, 7, Deadline.in(LONG))).isEqualTo(4);
                assertThat(new String(bytes, 3, 4, StandardCharsets.US_ASCII)).isEqualTo("pong");
                accepted.shutdownOutput();
                assertThat(socket.read(bytes, 0, 10, Deadline.in(LONG))).as("at its end").isEqualTo(-1);
            }
        }
    }

    @Test
    void aPortThatNobodyListensOnRefuses() throws Exception {
        int port;
        try (ServerSocket server = listening("127.0.0.1", 1)) {
            port = server.getLocalPort();
        }
        assertThatThrownBy(() -> connect(to(HOME, port), LONG)).isInstanceOf(ConnectException.class)
                .hasMessage("connection refused");
    }

    @Test
    void aServerThatAnswersNoSynTimesOut() throws Exception {
        try (ServerSocket server = listening("127.0.0.1", 1)) {
            Route route = to(HOME, server.getLocalPort());
            List<CheckSocket> full = new ArrayList<>();
            try {
                assertThatThrownBy(() -> {
                    while (true) {
                        full.add(CheckSocket.connectTcp(route, Deadline.in(Duration.ofMillis(250))));
                    }
                }).isInstanceOf(SocketTimeoutException.class).hasMessage("no connection within 0.25 s");
            } finally {
                full.forEach(CheckSocket::close);
            }
        }
    }

    /** The clock jumps by a minute while the check waits, and the answer comes a moment after that. */
    @Test
    void aPauseOfThisNodeIsNoSilenceOfTheServer() throws Exception {
        try (ServerSocket server = listening("127.0.0.1", 5);
                CheckSocket socket = CheckSocket.connectTcp(to(HOME, server.getLocalPort()), Deadline.in(LONG));
                Socket accepted = server.accept()) {
            AtomicLong paused = new AtomicLong();
            AtomicInteger asked = new AtomicInteger();
            Deadline deadline = Deadline.in(Duration.ofSeconds(5), () -> {
                // When it is made, when the read begins, and then when it is about to wait.
                if (asked.incrementAndGet() == 3) {
                    paused.set(Duration.ofMinutes(1).toNanos());
                    Thread.startVirtualThread(() -> answer(accepted));
                }
                return System.nanoTime() + paused.get();
            });
            assertThat(socket.read(new byte[10], 0, 10, deadline)).isEqualTo(4);
        }
    }

    private static void answer(Socket accepted) {
        try {
            Thread.sleep(50);
            accepted.getOutputStream().write("pong".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void andIsForgivenOnce() throws Exception {
        try (ServerSocket server = listening("127.0.0.1", 5);
                CheckSocket socket = CheckSocket.connectTcp(to(HOME, server.getLocalPort()), Deadline.in(LONG))) {
            AtomicLong now = new AtomicLong();
            Deadline deadline = Deadline.in(Duration.ofSeconds(5), now::get);
            LongSupplier pausing = () -> now.getAndAdd(Duration.ofMinutes(1).toNanos());
            assertThatThrownBy(
                    () -> socket.read(new byte[10], 0, 10, new Deadline(deadline.at(), deadline.timeout(), pausing)))
                    .hasMessage("no answer within 5 s");
        }
    }

    @Test
    void aServerThatSaysNothingTimesOutAndOneThatResetsIsNamedSo() throws Exception {
        try (ServerSocket server = listening("127.0.0.1", 5);
                CheckSocket socket = CheckSocket.connectTcp(to(HOME, server.getLocalPort()), Deadline.in(LONG))) {
            Socket accepted = server.accept();
            byte[] bytes = new byte[10];
            assertThatThrownBy(() -> socket.read(bytes, 0, 10, Deadline.in(Duration.ofMillis(200))))
                    .isInstanceOf(SocketTimeoutException.class).hasMessage("no answer within 0.2 s");
            accepted.setSoLinger(true, 0);
            accepted.close();
            assertThatThrownBy(() -> socket.read(bytes, 0, 10, Deadline.in(LONG))).hasMessage("connection reset");
        }
    }

    @Test
    void aServerThatReadsNothingIsGivenUp() throws Exception {
        try (ServerSocket server = listening("127.0.0.1", 5);
                CheckSocket socket = CheckSocket.connectTcp(to(HOME, server.getLocalPort()), Deadline.in(LONG));
                Socket _ = server.accept()) {
            assertThatThrownBy(() -> socket.write(new byte[64 << 20], Deadline.in(Duration.ofMillis(300))))
                    .isInstanceOf(SocketTimeoutException.class).hasMessage("it takes no request within 0.3 s");
        }
    }

    @Test
    void datagramsGoToOneServerAndAClosedPortIsNoticed() throws Exception {
        Route route;
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            route = to(HOME, server.getLocalPort());
            try (CheckSocket socket = CheckSocket.udp(route)) {
                socket.write(new byte[]{1, 2}, Deadline.in(LONG));
                DatagramPacket packet = new DatagramPacket(new byte[10], 10);
                server.receive(packet);
                assertThat(packet.getLength()).isEqualTo(2);
                server.send(new DatagramPacket(new byte[0], 0, packet.getSocketAddress()));
                assertThat(socket.receive(new byte[10], Deadline.in(LONG))).as("an empty datagram").isZero();
            }
        }
        try (CheckSocket socket = CheckSocket.udp(route)) {
            socket.write(new byte[1], Deadline.in(LONG));
            assertThatThrownBy(() -> socket.receive(new byte[10], Deadline.in(LONG)))
                    .isInstanceOf(PortUnreachableException.class).hasMessage("port unreachable");
        }
    }

    @Test
    void sourceAndPortAreThoseAskedForAndThePortMayBeUsedAgainAtOnce() throws Exception {
        try (ServerSocket server = listening("127.0.0.1", 5); ServerSocket other = listening("127.0.0.1", 5)) {
            int port = freePort();
            for (ServerSocket asked : List.of(server, other)) {
                Route route = new Route(HOME, asked.getLocalPort(), IpAddress.parse("127.0.0.7"), port, null, 0);
                try (CheckSocket _ = CheckSocket.connectTcp(route, Deadline.in(LONG));
                        Socket accepted = asked.accept()) {
                    assertThat(accepted.getRemoteSocketAddress())
                            .isEqualTo(new InetSocketAddress(InetAddress.getByName("127.0.0.7"), port));
                }
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket server = listening("127.0.0.7", 1)) {
            return server.getLocalPort();
        }
    }

    @Test
    void aCheckThatIsNotWantedEndsAtOnce() throws Exception {
        try (ServerSocket server = listening("127.0.0.1", 5)) {
            AtomicInteger interrupted = new AtomicInteger();
            CountDownLatch connected = new CountDownLatch(1);
            Thread check = Thread.ofVirtual().start(() -> {
                try (CheckSocket socket = CheckSocket.connectTcp(to(HOME, server.getLocalPort()), Deadline.in(LONG))) {
                    connected.countDown();
                    socket.read(new byte[1], 0, 1, Deadline.in(LONG));
                } catch (InterruptedException e) {
                    interrupted.incrementAndGet();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            connected.await();
            long began = System.nanoTime();
            check.interrupt();
            check.join();
            assertThat(interrupted).hasValue(1);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        }
    }

    /** Far more than there are carrier threads; none waits for another. */
    @Test
    void thousandsWaitAtOnceAndLeaveNoDescriptorBehind() throws Exception {
        int many = 4000;
        connectOnce();
        long before = descriptors();
        try (ServerSocket silent = listening("127.0.0.1", 4096)) {
            CountDownLatch connected = new CountDownLatch(many);
            AtomicInteger timedOut = new AtomicInteger();
            List<Thread> checks = Stream.generate(() -> Thread.ofVirtual().unstarted(() -> {
                try (CheckSocket socket = CheckSocket.connectTcp(to(HOME, silent.getLocalPort()), Deadline.in(LONG))) {
                    connected.countDown();
                    connected.await();
                    socket.read(new byte[1], 0, 1, Deadline.in(Duration.ofSeconds(1)));
                } catch (SocketTimeoutException e) {
                    timedOut.incrementAndGet();
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            })).limit(many).toList();
            checks.forEach(Thread::start);
            for (Thread check : checks) {
                check.join();
            }
            assertThat(timedOut).hasValue(many);
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    private static void connectOnce() throws Exception {
        try (ServerSocket server = listening("127.0.0.1", 5);
                CheckSocket socket = CheckSocket.connectTcp(to(HOME, server.getLocalPort()), Deadline.in(LONG))) {
            assertThatThrownBy(() -> socket.read(new byte[1], 0, 1, Deadline.in(Duration.ofMillis(10))))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    @Test
    @Tag("root")
    void markAndInterfaceDecideTheWay() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create("checkway")) {
            namespace.run("""
                    ip link add east type veth peer name west
                    ip link set east up
                    ip link set west up
                    ip addr add 10.20.0.1/32 dev lo
                    ip -6 addr add fd00:20::1/128 dev lo nodad
                    ip addr add 10.21.0.1/24 dev east
                    ip rule add fwmark 5 prohibit
                    ip -6 rule add fwmark 5 prohibit""");
            namespace.inside(() -> {
                for (String own : List.of("10.20.0.1", "fd00:20::1")) {
                    IpAddress address = IpAddress.parse(own);
                    try (ServerSocket server = listening(own, 5)) {
                        int port = server.getLocalPort();
                        connect(new Route(address, port, null, 0, null, 7), LONG);
                        IpAddress neighbour = IpAddress.parse(own.replaceAll("1$", "9"));
                        assertThatThrownBy(() -> connect(new Route(neighbour, port, null, 0, null, 5), LONG))
                                .hasMessageContaining("EACCES");
                    }
                }
                try (ServerSocket server = listening("127.0.0.1", 5)) {
                    connect(new Route(HOME, server.getLocalPort(), null, 0, "lo", 0), LONG);
                    assertThatThrownBy(() -> connect(new Route(HOME, server.getLocalPort(), null, 0, "east", 0),
                            Duration.ofMillis(200))).isInstanceOf(IOException.class);
                }
                assertThatThrownBy(() -> connect(new Route(HOME, 1, null, 0, "nowhere", 0), LONG))
                        .hasMessageContaining("SO_BINDTODEVICE nowhere").hasMessageContaining("ENODEV");
                assertThatThrownBy(() -> connect(to(IpAddress.parse("192.0.2.1"), 80), LONG))
                        .hasMessage("network unreachable");
                assertThatThrownBy(() -> connect(to(IpAddress.parse("10.21.0.9"), 80), LONG))
                        .hasMessage("host unreachable");
                return true;
            });
        }
    }

    @Test
    @Tag("root")
    void echoesComeBackByEitherKindOfSocket() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create("checkecho")) {
            for (String groups : List.of("1 0", "0 2147483647")) {
                namespace.run("sysctl -qw net.ipv4.ping_group_range='" + groups + "'");
                namespace.inside(() -> {
                    echo(HOME, null);
                    echo(IpAddress.parse("::1"), "lo");
                    return true;
                });
            }
            namespace.run("ip link add east type veth peer name west && ip link set east up && ip link set west up"
                    + " && ip addr add 10.20.0.1/24 dev east");
            namespace.inside(() -> {
                try (EchoSocket socket = EchoSocket.open(to(IpAddress.parse("10.20.0.9"), 0))) {
                    assertThatThrownBy(() -> socket.echo(1, new byte[5], Deadline.in(Duration.ofMillis(300))))
                            .hasMessage("no answer within 0.3 s");
                }
                return true;
            });
        }
    }

    private static void echo(IpAddress host, @Nullable String device) throws Exception {
        try (EchoSocket one = EchoSocket.open(new Route(host, 0, null, 0, device, 0));
                EchoSocket other = EchoSocket.open(new Route(host, 0, null, 0, device, 0))) {
            for (int sequence = 1; sequence < 4; sequence++) {
                one.echo(sequence, "abcdefgh".getBytes(StandardCharsets.US_ASCII), Deadline.in(LONG));
                other.echo(sequence, new byte[0], Deadline.in(LONG));
            }
        }
    }
}
