package dev.weir.port;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.sys.NetworkNamespace;
import dev.weir.sys.Poller;
import dev.weir.sys.SystemException;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import dev.weir.wire.VlanTag;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A real TCP sender and receiver, and between them a director's namespace in which nothing but ports moves the frames:
 *
 * <pre>
 *   client c0 --veth-- d0 director d1 --veth-- s0 server        m0 --veth-- m1 inside the director, for tags
 * </pre>
 */
@Tag("root")
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TcpThroughPortsTest {
    private static final int BYTES = 50_000_000;
    private NetworkNamespace client;
    private NetworkNamespace director;
    private NetworkNamespace server;

    /** What comes in at one port goes out of another, to the MAC address at the end of that wire. */
    private record Hop(Port in, Port out, long destination, Consumer<Frame> change) {
    }

    @BeforeEach
    void join() {
        Frames.requireProgram("ethtool");
        client = Frames.quietNamespace("client");
        director = Frames.quietNamespace("director");
        server = Frames.quietNamespace("server");
        Frames.join(client, "c0", director, "d0");
        Frames.join(director, "d1", server, "s0");
        Frames.join(director, "m0", director, "m1");
        client.run("ip addr add 192.0.2.1/24 dev c0");
        server.run("ip addr add 192.0.2.2/24 dev s0");
        client.run("ip neigh replace 192.0.2.2 lladdr " + mac(director, "d0") + " dev c0");
        server.run("ip neigh replace 192.0.2.1 lladdr " + mac(director, "d1") + " dev s0");
    }

    @AfterEach
    void end() {
        client.close();
        director.close();
        server.close();
    }

    private static String mac(NetworkNamespace namespace, String name) {
        return namespace.run("cat /sys/class/net/" + name + "/address").strip();
    }

    private static long address(String mac) {
        return HexFormat.fromHexDigitsToLong(mac.replace(":", ""));
    }

    @Test
    void wholeSegmentsWithPartialChecksumsPassThroughPacketSockets() throws Exception {
        try (Port d0 = packetSocket("d0"); Port d1 = packetSocket("d1")) {
            Forwarder forwarder = new Forwarder(List.of(toServer(d0, d1, _ -> {
            }), toClient(d1, d0, _ -> {
            })));
            transfer(forwarder, BYTES);
            assertThat(forwarder.longest).as("segmentation was left to the end").isGreaterThan(60_000);
            assertThat(forwarder.partial).as("checksums were left to the end").isGreaterThan(100);
            assertThat(d0.transmitErrors() + d1.transmitErrors()).isZero();
        }
    }

    @Test
    void wholeSegmentsPassThroughATaggedWire() throws Exception {
        passThroughTags();
    }

    @Test
    void wholeSegmentsAreCutRightWhereATaggedWireCannotTakeThem() throws Exception {
        director.run("ethtool -K m0 tx off tso off gso off; ethtool -K m1 tx off tso off gso off");
        passThroughTags();
    }

    private void passThroughTags() throws Exception {
        try (Port d0 = packetSocket("d0");
                Port d1 = packetSocket("d1");
                Port m0 = packetSocket("m0");
                Port m1 = packetSocket("m1")) {
            Forwarder forwarder = new Forwarder(List.of( //
                    new Hop(d0, m0, m1.hardwareAddress(), TcpThroughPortsTest::tag),
                    toServer(m1, d1, TcpThroughPortsTest::untag),
                    new Hop(d1, m1, m0.hardwareAddress(), TcpThroughPortsTest::tag),
                    toClient(m0, d0, TcpThroughPortsTest::untag)));
            transfer(forwarder, BYTES);
            assertThat(forwarder.longest).isGreaterThan(60_000);
            assertThat(m0.transmitErrors() + m1.transmitErrors()).isZero();
        }
    }

    @Test
    void segmentsPassThroughLibpcapWhereTheSendersDoTheirOwnWork() throws Exception {
        client.run("ethtool -K c0 tx off tso off gso off");
        server.run("ethtool -K s0 tx off tso off gso off");
        director.run("ethtool -K d0 gro off; ethtool -K d1 gro off");
        try (Port d0 = director.inside(() -> PcapLivePort.open("d0", "tcp port 5001"));
                Port d1 = director.inside(() -> PcapLivePort.open("d1", "tcp port 5001"))) {
            Forwarder forwarder = new Forwarder(List.of(toServer(d0, d1, _ -> {
            }), toClient(d1, d0, _ -> {
            })));
            transfer(forwarder, BYTES / 5);
            assertThat(forwarder.longest).isEqualTo(1514);
            assertThat(d0.transmitErrors() + d1.transmitErrors()).isZero();
        }
    }

    private Port packetSocket(String name) throws Exception {
        return director.inside(() -> PacketSocketPort.open(name));
    }

    private Hop toServer(Port in, Port out, Consumer<Frame> change) {
        return new Hop(in, out, address(mac(server, "s0")), change);
    }

    private Hop toClient(Port in, Port out, Consumer<Frame> change) {
        return new Hop(in, out, address(mac(client, "c0")), change);
    }

    private static void tag(Frame frame) {
        VlanTag.insert(frame.memory(), frame.start(), 0x8100, 0x6064);
        frame.moveStart(-VlanTag.LENGTH);
    }

    private static void untag(Frame frame) {
        assertThat(Frames.type(frame)).isEqualTo(0x8100);
        MemorySegment.copy(frame.memory(), frame.start(), frame.memory(), frame.start() + VlanTag.LENGTH, 12);
        VirtioNetHeader.move(frame.memory(), frame.start(), VlanTag.LENGTH);
        frame.moveStart(VlanTag.LENGTH);
    }

    /** Sends random bytes from the client to the server, and asserts that they arrive. */
    private void transfer(Forwarder forwarder, int bytes) throws Exception {
        forwarder.start();
        try (ServerSocket listener = server.inside(() -> new ServerSocket(5001, 1, InetAddress.getByName(
                "192.0.2.2"))); Socket socket = client.inside(() -> new Socket("192.0.2.2", 5001))) {
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> receive(listener));
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] piece = new byte[1 << 20];
            Random random = new Random(1);
            OutputStream out = socket.getOutputStream();
            for (int left = bytes; left > 0; left -= piece.length) {
                random.nextBytes(piece);
                int length = Math.min(left, piece.length);
                digest.update(piece, 0, length);
                out.write(piece, 0, length);
            }
            socket.shutdownOutput();
            assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(digest.digest());
            assertThat(socket.getInputStream().read()).as("the server has ended too").isEqualTo(-1);
        } finally {
            forwarder.end();
        }
    }

    private static byte[] receive(ServerSocket listener) {
        try (Socket socket = listener.accept(); InputStream in = socket.getInputStream()) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] piece = new byte[1 << 16];
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                digest.update(piece, 0, length);
            }
            return digest.digest();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The trivial worker: burst by burst from each hop's port to its other, waiting when nothing comes. */
    private static final class Forwarder {
        private final List<Hop> hops;
        private final Poller poller;
        private final Frame[] burst = Frames.burst(64);
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private volatile boolean ending;
        private volatile int longest;
        private volatile int partial;

        Forwarder(List<Hop> hops) throws SystemException {
            this.hops = hops;
            this.poller = new Poller(
                    hops.stream().flatMapToInt(hop -> Arrays.stream(hop.in.fileDescriptors())).toArray());
        }

        void start() {
            Thread.ofPlatform().name("forwarder").start(() -> {
                try (poller) {
                    while (!ending) {
                        if (!forward()) {
                            poller.await(1_000_000);
                        }
                    }
                    ended.complete(null);
                } catch (Throwable e) {
                    ended.completeExceptionally(e);
                }
            });
        }

        private boolean forward() {
            boolean some = false;
            for (Hop hop : hops) {
                int count = hop.in.receive(burst);
                for (int i = 0; i < count; i++) {
                    Frame frame = burst[i];
                    note(frame);
                    hop.change.accept(frame);
                    Frames.addresses(frame, hop.destination, hop.out.hardwareAddress());
                    hop.out.transmit(frame);
                    some = true;
                }
                hop.out.flush();
                hop.in.release();
            }
            return some;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
        private void note(Frame frame) {
            longest = Math.max(longest, frame.length());
            if (VirtioNetHeader.needsChecksum(frame.memory(), frame.start())) {
                partial++;
            }
        }

        void end() throws Exception {
            ending = true;
            poller.wake();
            ended.get(5, TimeUnit.SECONDS);
        }
    }
}
