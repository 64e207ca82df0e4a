package dev.weir.port;

import static dev.weir.port.Frames.frame;
import static dev.weir.port.Frames.recover;
import static dev.weir.sys.BpfAssembler.Register.R1;
import static dev.weir.sys.BpfAssembler.Register.R2;
import static dev.weir.sys.BpfAssembler.Register.R3;
import static dev.weir.sys.BpfAssembler.Width.WORD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;
import dev.weir.sys.Ethtool;
import dev.weir.sys.NetworkNamespace;
import dev.weir.sys.Poller;
import dev.weir.sys.SystemException;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A director between two ends, {@code left - c0 director s0 - right}: AF_XDP ports on c0 and s0 that share their memory
 * and take every frame, AF_PACKET ports at the ends. Rings of 16 places, so that they wrap and fill soon.
 */
@Tag("root")
class XdpPortTest {
    private static final long PATIENCE_NS = 2_000_000_000L;
    private static final XdpSocket.Sizes SIZES = new XdpSocket.Sizes(16, 16);
    private static final int TYPE = 0x88b5;
    private final Frame[] burst = Frames.burst(8);
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Map<XdpPort, XdpProgram> programs = new HashMap<>();
    private NetworkNamespace left;
    private NetworkNamespace director;
    private NetworkNamespace right;
    private Umem umem;
    private XdpPort c;
    private XdpPort s;
    private PacketSocketPort client;
    private PacketSocketPort server;

    @BeforeEach
    void join() throws Exception {
        left = Frames.quietNamespace("left");
        director = Frames.quietNamespace("director");
        right = Frames.quietNamespace("right");
        Frames.join(left, "eth0", director, "c0");
        Frames.join(right, "eth0", director, "s0");
        client = packets(left);
        server = packets(right);
        umem = new Umem(4 * SIZES.frames());
        c = xdp("c0", false);
        s = xdp("s0", false);
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        assertThat(umem.free()).as("frames that came back").isEqualTo(4 * SIZES.frames());
        umem.close();
        left.close();
        director.close();
        right.close();
    }

    private PacketSocketPort packets(NetworkNamespace namespace) throws Exception {
        PacketSocketPort port = namespace.inside(() -> PacketSocketPort.open("eth0", 510, OptionalInt.empty()));
        open.add(port);
        return port;
    }

    private XdpPort xdp(String name, boolean generic) throws Exception {
        XdpProgram program = new XdpProgram(XdpPortTest::everything, generic);
        XdpPort port = xdp(name, umem, program, XdpPort.Share.ALL);
        programs.put(port, program);
        return port;
    }

    private XdpPort xdp(String name, Umem memory, XdpProgram program, XdpPort.Share share) throws Exception {
        open.add(program);
        XdpPort port = director.inside(
                () -> XdpPort.open(name, memory, new XdpPort.Settings(SIZES, false, false), program, share));
        open.add(port);
        return port;
    }

    private void close(XdpPort port) {
        port.close();
        Objects.requireNonNull(programs.remove(port)).close();
    }

    private static Bpf.Program everything(long hardwareAddress, Bpf.Map sockets) throws IOException {
        return new Bpf.Program(Bpf.ProgramType.XDP, "test_everything", new BpfAssembler().load(WORD, R2, R1, 16)
                .loadMap(R1, sockets.descriptor()).move(R3, 0).call(BpfAssembler.HELPER_REDIRECT_MAP).exit()
                .assemble());
    }

    private byte[] toDirector(int payload) {
        return Frames.ethernet(c.hardwareAddress(), client.hardwareAddress(), TYPE, payload);
    }

    private byte[] toServer(int payload) {
        return Frames.ethernet(server.hardwareAddress(), s.hardwareAddress(), TYPE, payload);
    }

    /** Has the director pass so many frames on from c0 to s0, in place. */
    private int forward(int count) throws SystemException {
        int passed = 0;
        try (Poller poller = new Poller(c.fileDescriptors())) {
            while (passed < count && poller.await(PATIENCE_NS)) {
                int n = c.receive(burst);
                for (int i = 0; i < n; i++) {
                    assertThat(burst[i].start()).isGreaterThanOrEqualTo(Frame.HEADROOM);
                    assertThat(burst[i].port()).isEqualTo(c.interfaceIndex());
                    Frames.addresses(burst[i], server.hardwareAddress(), s.hardwareAddress());
                    s.transmit(burst[i]);
                }
                s.flush();
                c.release();
                passed += n;
            }
        }
        return passed;
    }

    private List<MemoryPort.Copy> receive(Port port, int count) throws SystemException {
        List<MemoryPort.Copy> got = new ArrayList<>();
        try (Poller poller = new Poller(port.fileDescriptors())) {
            while (got.size() < count && poller.await(PATIENCE_NS)) {
                int n = port.receive(burst);
                for (int i = 0; i < n; i++) {
                    got.add(MemoryPort.Copy.of(burst[i]));
                }
                port.release();
            }
        }
        return got;
    }

    /** With everything sent, all frames but those that wait for something to be received into are free. */
    private void nothingIsLost() {
        c.flush();
        s.flush();
        assertThat(umem.free()).isEqualTo(4 * SIZES.frames() - 2 * SIZES.receive());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void framesGoFromOneInterfaceToAnotherInPlaceAndNoneIsLost(boolean generic) throws Exception {
        if (generic) {
            close(c);
            close(s);
            c = xdp("c0", true);
            s = xdp("s0", true);
        }
        Random random = new Random(1);
        Set<Long> places = new HashSet<>();
        for (int round = 0; round < 40; round++) {
            List<byte[]> expected = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                int payload = 46 + random.nextInt(1455);
                client.transmit(frame(toDirector(payload), Offload.NONE));
                expected.add(toServer(payload));
            }
            client.flush();
            assertThat(forward(7)).isEqualTo(7);
            places.add(burst[0].start());
            assertThat(receive(server, 7)).extracting(MemoryPort.Copy::frame).containsExactlyElementsOf(expected);
        }
        assertThat(places).as("frames used in turn").hasSizeGreaterThan(1);
        assertThat(c.receiveDrops() + s.transmitErrors()).isZero();
        nothingIsLost();
    }

    @Test
    void aFrameThatStandsElsewhereIsCopiedAndItsChecksumFinished() throws Exception {
        byte[] bytes = toServer(60);
        Frame unfinished = frame(bytes, Offload.partialChecksum(14, 6));
        s.transmit(frame(bytes, Offload.NONE));
        s.transmit(unfinished);
        s.transmit(unfinished);
        s.flush();
        List<MemoryPort.Copy> got = receive(server, 3);
        assertThat(got).extracting(MemoryPort.Copy::offload).containsOnly(Offload.NONE);
        assertThat(got.getFirst().frame()).isEqualTo(bytes);
        PartialChecksum.finish(bytes, Offload.partialChecksum(14, 6));
        assertThat(got.get(1).frame()).isEqualTo(bytes);
        assertThat(got.get(2).frame()).as("finished once").isEqualTo(bytes);
        nothingIsLost();
    }

    @Test
    void whatTheRingCannotCarryGoesByAPacketSocketInItsTurn() throws Exception {
        Offload segmented = new Offload(VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_TCPV4, 54, 1000, 34, 16);
        s.transmit(frame(toServer(60), Offload.NONE));
        s.transmit(frame(tcpToServer(3000), segmented));
        s.transmit(frame(toServer(61), Offload.NONE));
        s.transmit(frame(tcpToServer(2000), segmented));
        s.transmit(frame(toServer(62), Offload.NONE));
        s.flush();
        List<MemoryPort.Copy> got = receive(server, 5);
        assertThat(got).extracting(copy -> copy.frame().length).containsExactly(74, 3054, 75, 2054, 76);
        assertThat(got).extracting(copy -> copy.offload().gsoSize()).containsExactly(0, 1000, 0, 1000, 0);
        assertThat(s.transmitErrors()).isZero();
        nothingIsLost();
    }

    private byte[] tcpToServer(int payload) {
        byte[] frame = Frames.ethernet(server.hardwareAddress(), s.hardwareAddress(), 0x0800, 40 + payload);
        ByteBuffer.wrap(frame).putInt(14, 0x45000000 | 40 + payload).putInt(18, 0).putShort(22, (short) 0x4006)
                .put(46, (byte) 0x50);
        return frame;
    }

    @Test
    void aFrameThatIsSentTwiceGoesTwice() throws Exception {
        client.transmit(frame(toDirector(60), Offload.NONE));
        client.flush();
        try (Poller poller = new Poller(c.fileDescriptors())) {
            assertThat(poller.await(PATIENCE_NS)).isTrue();
        }
        assertThat(c.receive(burst)).isEqualTo(1);
        Frames.addresses(burst[0], server.hardwareAddress(), s.hardwareAddress());
        s.transmit(burst[0]);
        s.transmit(burst[0]);
        s.flush();
        c.release();
        assertThat(receive(server, 2)).hasSize(2);
        nothingIsLost();
    }

    @Test
    void whatComesWhileNoFrameIsEmptyIsCounted() throws Exception {
        for (int i = 0; i < 50; i++) {
            client.transmit(frame(toDirector(60), Offload.NONE));
        }
        client.flush();
        assertThat(forward(16)).isEqualTo(16);
        assertThat(receive(server, 16)).hasSize(16);
        assertThat(c.receiveDrops()).isEqualTo(34);
        client.transmit(frame(toDirector(60), Offload.NONE));
        client.flush();
        assertThat(forward(1)).isEqualTo(1);
        nothingIsLost();
    }

    @Test
    void aTransmitRingThatIsFullCountsWhatItRefuses() throws Exception {
        director.run("ip link set s0 down");
        for (int i = 0; i < 40; i++) {
            s.transmit(frame(toServer(60), Offload.NONE));
        }
        s.flush();
        assertThat(s.transmitErrors()).as("beyond the 16 that wait").isEqualTo(24);
        director.run("ip link set s0 up");
        s.flush();
        assertThat(receive(server, 16)).hasSizeLessThanOrEqualTo(16);
        nothingIsLost();
    }

    @Test
    void eachReceiveQueueHasItsSocket() throws Exception {
        close(c);
        open.remove(c);
        left.run("ip link del eth0");
        client.close();
        open.remove(client);
        left.run("ip link add eth0 numrxqueues 2 numtxqueues 2 type veth peer name c0 netns " + director.name()
                + " numrxqueues 2 numtxqueues 2; ip link set eth0 up");
        director.run("ip link set c0 up");
        client = packets(left);
        c = xdp("c0", false);
        assertThat(director.inside(() -> Ethtool.of("c0")).receiveQueues()).isEqualTo(2);
        for (int i = 0; i < 14; i++) {
            client.transmit(frame(toDirector(60 + i), Offload.NONE));
        }
        client.flush();
        assertThat(forward(14)).isEqualTo(14);
        assertThat(receive(server, 14)).hasSize(14);
    }

    /** An interface of four queues, two for each worker, each of whom has memory of its own. */
    @Test
    void queuesAreSharedOutAmongWorkersAlsoWhenTheInterfaceCameBack() throws Exception {
        close(c);
        open.remove(c);
        client.close();
        open.remove(client);
        queues(4);
        XdpProgram program = new XdpProgram(XdpPortTest::everything, false);
        try (Umem otherMemory = new Umem(2 * SIZES.frames())) {
            XdpPort other = xdp("c0", otherMemory, program, XdpPort.Share.of(1, 2, 0));
            c = xdp("c0", umem, program, XdpPort.Share.of(0, 2, 0));
            bothReceive(c, other);
            queues(4);
            recover(director, other);
            recover(director, c);
            bothReceive(c, other);
            director.run("ip link set c0 address 02:00:00:00:07:07");
            // The kernel gives a queue free some time after its socket was closed; the worker tries once a second.
            for (int i = 0; i < 20; i++) {
                recover(director, c);
                recover(director, other);
                Thread.sleep(50);
            }
            bothReceive(c, other);
            open.remove(other);
            other.close();
        }
    }

    private void queues(int count) throws Exception {
        String queues = " numrxqueues " + count + " numtxqueues " + count;
        left.run("ip link del eth0; ip link add eth0" + queues + " type veth peer name c0 netns " + director.name()
                + queues + "; ip link set eth0 up");
        director.run("ip link set c0 up");
    }

    /** What sockets send, each from a port of its own, the kernel spreads over the queues. */
    private void bothReceive(XdpPort one, XdpPort other) throws Exception {
        int sent = 24;
        left.run("ip addr replace 10.9.9.1/24 dev eth0; ip neigh replace 10.9.9.2 dev eth0 lladdr "
                + director.run("cat /sys/class/net/c0/address").trim()
                + "; bash -c 'for port in $(seq " + sent + "); do echo x >/dev/udp/10.9.9.2/$port; done'");
        int first = 0;
        int second = 0;
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (first + second < sent && System.nanoTime() - deadline < 0) {
            first += one.receive(Frames.burst(sent));
            one.release();
            second += other.receive(Frames.burst(sent));
            other.release();
        }
        assertThat(first + second).isEqualTo(sent);
        assertThat(List.of(first, second)).as("of one worker, and of the other").allMatch(count -> count > 0);
    }

    @Test
    void workersHaveAllQueuesInTurn() {
        for (int workers : new int[]{1, 2, 3, 5}) {
            for (int queues : new int[]{1, 2, 4, 7}) {
                int all = 0;
                for (int worker = 0; worker < workers; worker++) {
                    int own = XdpPort.Share.of(worker, workers, 1).of(queues);
                    assertThat(own).isBetween(queues / workers, (queues + workers - 1) / workers);
                    all += own;
                }
                assertThat(all).as("%d queues, %d workers", queues, workers).isEqualTo(queues);
                assertThat(XdpPort.Share.of(1 % workers, workers, 1).first()).as("who begins").isZero();
            }
        }
    }

    @Test
    void anInterfaceThatIsRemovedAndComesBackIsTakenUpAgain() throws Exception {
        director.run("ip link del c0");
        recover(director, c);
        recover(left, client);
        assertThat(c.receive(burst)).isZero();
        Frames.join(left, "eth0", director, "c0");
        recover(left, client);
        int number = c.interfaceIndex();
        recover(director, c);
        assertThat(director.run("cat /sys/class/net/c0/ifindex").trim()).isEqualTo("" + c.interfaceIndex());
        client.transmit(frame(toDirector(60), Offload.NONE));
        client.flush();
        try (Poller poller = new Poller(c.fileDescriptors())) {
            assertThat(poller.await(PATIENCE_NS)).isTrue();
        }
        assertThat(c.receive(burst)).isEqualTo(1);
        assertThat(burst[0].port()).as("what the engine knows the port by").isEqualTo(number);
        c.release();
        nothingIsLost();
    }

    @Test
    void anotherProgramOnTheInterfaceIsNamedAndLeftThere() throws Exception {
        assertThatThrownBy(() -> xdp("c0", false)).isInstanceOf(SystemException.class)
                .hasMessageContaining("c0 has another XDP program").hasMessageContaining("xdp off");
        client.transmit(frame(toDirector(60), Offload.NONE));
        client.flush();
        assertThat(forward(1)).isEqualTo(1);
    }

    @Test
    void nothingRemainsOnTheInterfaceWhenThePortIsClosed() throws Exception {
        assertThat(director.run("ip -o link show c0")).contains("xdp");
        close(c);
        assertThat(director.run("ip -o link show c0")).doesNotContain("xdp");
        assertThat(c.receiveDrops() + c.transmitErrors()).isZero();
    }

    @Test
    void passingFramesOnAllocatesNothing() throws Exception {
        Frame frame = frame(toDirector(60), Offload.NONE);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 30 && allocated >= 1000; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            pass(frame, 10_000);
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).as("bytes for 10,000 frames, once compiled").isLessThan(1000);
        nothingIsLost();
    }

    private void pass(Frame frame, int frames) {
        int passed = 0;
        for (int i = 0; i < frames || passed < frames; i++) {
            if (i < frames) {
                client.transmit(frame);
                client.flush();
            }
            int n = c.receive(burst);
            for (int j = 0; j < n; j++) {
                s.transmit(burst[j]);
            }
            s.flush();
            c.release();
            passed += n;
        }
        assertThat(passed).isEqualTo(frames);
    }
}
