package dev.weir.port;

import static dev.weir.port.Frames.frame;
import static dev.weir.port.Frames.recover;
import static dev.weir.sys.BpfAssembler.Operation.ADD;
import static dev.weir.sys.BpfAssembler.Operation.AND;
import static dev.weir.sys.BpfAssembler.Register.R0;
import static dev.weir.sys.BpfAssembler.Register.R10;
import static dev.weir.sys.BpfAssembler.Register.R2;
import static dev.weir.sys.BpfAssembler.Register.R3;
import static dev.weir.sys.BpfAssembler.Register.R4;
import static dev.weir.sys.BpfAssembler.Width.BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;
import dev.weir.sys.FanoutRings;
import dev.weir.sys.NetworkNamespace;
import dev.weir.sys.Poller;
import dev.weir.sys.SocketFilter;
import dev.weir.sys.SystemException;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Frames over one veth pair, a port at each end, with the offloads at their defaults. */
@Tag("root")
class PacketSocketPortTest {
    private static final long PATIENCE_NS = 2_000_000_000L;
    private final Frame[] burst = Frames.burst(64);
    private final Set<Integer> numbers = new HashSet<>();
    private NetworkNamespace left;
    private NetworkNamespace right;
    private PacketSocketPort a;
    private PacketSocketPort b;

    @BeforeEach
    void join() throws Exception {
        left = Frames.quietNamespace("left");
        right = Frames.quietNamespace("right");
        Frames.join(left, "a0", right, "b0");
        a = open(left, "a0");
        b = open(right, "b0");
    }

    private PacketSocketPort open(NetworkNamespace namespace, String name) throws Exception {
        return namespace.inside(() -> PacketSocketPort.open(name, 30, OptionalInt.empty()));
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
        left.close();
        right.close();
    }

    /** Waits until so many have come (or none came for long), and gives copies. */
    private List<MemoryPort.Copy> receive(PacketSocketPort port, int count) throws SystemException {
        List<MemoryPort.Copy> got = new ArrayList<>();
        try (Poller poller = new Poller(port.fileDescriptors())) {
            while (got.size() < count && poller.await(PATIENCE_NS)) {
                int n = port.receive(burst);
                for (int i = 0; i < n; i++) {
                    numbers.add(burst[i].port());
                    assertThat(burst[i].start()).isGreaterThanOrEqualTo(Frame.HEADROOM);
                    got.add(MemoryPort.Copy.of(burst[i]));
                }
                port.release();
            }
        }
        return got;
    }

    @Test
    void framesArriveInOrderAndByteForByte() throws Exception {
        Random random = new Random(1);
        List<byte[]> sent = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            byte[] bytes = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 46 + random.nextInt(1455));
            sent.add(bytes);
            a.transmit(frame(bytes, Offload.NONE));
        }
        a.flush();
        List<MemoryPort.Copy> got = receive(b, 25);
        assertThat(got).extracting(MemoryPort.Copy::frame).containsExactlyElementsOf(sent);
        assertThat(got).extracting(MemoryPort.Copy::offload).containsOnly(Offload.NONE);
        assertThat(numbers).containsExactly(b.interfaceIndex());
        assertThat(a.transmitErrors()).isZero();
        assertThat(b.receiveDrops()).isZero();
    }

    @Test
    void aFrameRewrittenInTheRingGoesOutFromThere() throws Exception {
        byte[] bytes = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 100);
        a.transmit(frame(bytes, Offload.NONE));
        a.flush();
        try (Poller poller = new Poller(b.fileDescriptors())) {
            assertThat(poller.await(PATIENCE_NS)).isTrue();
        }
        assertThat(b.receive(burst)).isEqualTo(1);
        Frames.addresses(burst[0], a.hardwareAddress(), b.hardwareAddress());
        b.transmit(burst[0]);
        b.flush();
        b.release();
        assertThat(receive(a, 1).getFirst().frame()).isEqualTo(
                Frames.ethernet(a.hardwareAddress(), b.hardwareAddress(), 0x88b5, 100));
    }

    @Test
    void whatIsForOthersAndWhatTheHostSendsIsNotReceived() throws Exception {
        a.transmit(frame(Frames.ethernet(0x02_00_00_00_00_99L, a.hardwareAddress(), 0x88b5, 60), Offload.NONE));
        a.transmit(frame(Frames.ethernet(0xff_ff_ff_ff_ff_ffL, a.hardwareAddress(), 0x88b5, 60), Offload.NONE));
        a.flush();
        assertThat(receive(b, 1)).hasSize(1);
        right.run("ip addr add 192.0.2.1/24 dev b0");
        right.run("ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:77 dev b0");
        try (DatagramSocket socket = right.inside(DatagramSocket::new)) {
            socket.send(new DatagramPacket(new byte[20], 20, InetAddress.getByName("192.0.2.2"), 9));
        }
        assertThat(right.run("cat /sys/class/net/b0/statistics/tx_packets").strip()).isEqualTo("1");
        assertThat(b.receive(burst)).isZero();
    }

    @Test
    void framesForOthersDoNotFillTheRingOfAWorkerThatSeesNone() throws Exception {
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 10; i++) {
                a.transmit(frame(Frames.ethernet(0x02_00_00_00_00_99L, a.hardwareAddress(), 0x88b5, 60),
                        Offload.NONE));
            }
            a.flush();
            assertThat(b.receive(burst)).isZero();
        }
        a.transmit(frame(Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60), Offload.NONE));
        a.flush();
        assertThat(receive(b, 1)).hasSize(1);
        assertThat(b.receiveDrops()).isZero();
    }

    @Test
    void aVlanTagTravelsInTheFrame() throws Exception {
        byte[] bytes = Frames.tagged(b.hardwareAddress(), a.hardwareAddress(), 0x8100, 0x6064, 0x88b5, 60);
        a.transmit(frame(bytes, Offload.NONE));
        byte[] provider = Frames.tagged(b.hardwareAddress(), a.hardwareAddress(), 0x88a8, 0x0fff, 0x8100, 60);
        a.transmit(frame(provider, Offload.NONE));
        a.flush();
        assertThat(receive(b, 2)).extracting(MemoryPort.Copy::frame).containsExactly(bytes, provider);
    }

    @Test
    void aRingThatIsFullCountsWhatItLost() throws Exception {
        for (int i = 0; i < 50; i++) {
            a.transmit(frame(Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60), Offload.NONE));
        }
        a.flush();
        assertThat(b.receiveDrops()).isEqualTo(20);
        assertThat(b.receive(burst)).isEqualTo(30);
        assertThat(b.receive(burst)).isZero();
        b.release();
        a.transmit(frame(Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60), Offload.NONE));
        a.flush();
        assertThat(receive(b, 1)).hasSize(1);
        assertThat(b.receiveDrops()).isEqualTo(20);
    }

    @Test
    void aFrameThatTheKernelRefusesIsCountedAndTheRestGo() throws Exception {
        byte[] good = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60);
        a.transmit(frame(good, Offload.NONE));
        a.transmit(frame(Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 3000), Offload.NONE));
        a.transmit(frame(good, new Offload(VirtioNetHeader.NEEDS_CSUM, 99, 20, 20, 5000, 6)));
        a.transmit(frame(good, Offload.NONE));
        a.flush();
        assertThat(receive(b, 2)).hasSize(2);
        assertThat(a.transmitErrors()).isEqualTo(2);
    }

    @Test
    void aLinkThatGoesDownAndUpIsReceivedFromAgain() throws Exception {
        byte[] bytes = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60);
        right.run("ip link set b0 down");
        b.transmit(frame(bytes, Offload.NONE));
        b.flush();
        assertThat(b.transmitErrors()).isEqualTo(1);
        try (Poller poller = new Poller(b.fileDescriptors())) {
            assertThat(poller.await(PATIENCE_NS)).as("the error of the link is told").isTrue();
            assertThat(poller.await(1_000_000)).as("and told once").isFalse();
        }
        assertThat(b.receive(burst)).isZero();
        right.run("ip link set b0 up");
        a.transmit(frame(bytes, Offload.NONE));
        a.flush();
        assertThat(receive(b, 1)).extracting(MemoryPort.Copy::frame).containsExactly(bytes);
        b.transmit(frame(Frames.ethernet(a.hardwareAddress(), b.hardwareAddress(), 0x88b5, 60), Offload.NONE));
        b.flush();
        assertThat(receive(a, 1)).hasSize(1);
        assertThat(b.transmitErrors()).isEqualTo(1);
    }

    @Test
    void whatWaitsWhenTheLinkGoesDownIsNotSentWhenItComesUpAgain() throws Exception {
        right.run("ip link set b0 down");
        for (int round = 0; round < 3; round++) {
            b.transmit(frame(Frames.ethernet(a.hardwareAddress(), b.hardwareAddress(), 0x88b5, 60), Offload.NONE));
            b.flush();
        }
        recover(right, b);
        right.run("ip link set b0 up");
        recover(right, b);
        byte[] last = Frames.ethernet(a.hardwareAddress(), b.hardwareAddress(), 0x88b5, 61);
        b.transmit(frame(last, Offload.NONE));
        b.flush();
        assertThat(receive(a, 1)).extracting(MemoryPort.Copy::frame).containsExactly(last);
        assertThat(b.transmitErrors()).isEqualTo(3);
    }

    @Test
    void framesWithAndWithoutOffloadsKeepTheirOrder() throws Exception {
        List<Integer> sent = new ArrayList<>();
        Random random = new Random(1);
        for (int burst = 0; burst < 5; burst++) {
            for (int i = 0; i < 5; i++) {
                byte[] bytes = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 100 + sent.size());
                a.transmit(frame(bytes, random.nextBoolean() ? Offload.NONE : Offload.partialChecksum(34, 16)));
                sent.add(bytes.length);
            }
            a.flush();
        }
        assertThat(receive(b, 25)).extracting(copy -> copy.frame().length).containsExactlyElementsOf(sent);
        assertThat(a.transmitErrors()).isZero();
    }

    @Test
    void twoPortsSendOnOneInterfaceThoughOnlyOneHasItsQueue() throws Exception {
        byte[] bytes = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 100);
        try (PacketSocketPort other = open(left, "a0")) {
            for (PacketSocketPort port : List.of(a, other)) {
                port.transmit(frame(bytes, Offload.NONE));
                port.flush();
            }
            assertThat(receive(b, 2)).extracting(MemoryPort.Copy::frame).containsExactly(bytes, bytes);
            assertThat(a.transmitErrors() + other.transmitErrors()).isZero();
        }
    }

    @Test
    void anInterfaceThatIsRemovedAndComesBackIsTakenUpAgain() throws Exception {
        right.run("ip link del b0");
        byte[] bytes = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60);
        b.transmit(frame(bytes, Offload.NONE));
        b.flush();
        assertThat(b.transmitErrors()).isEqualTo(1);
        assertThat(b.receive(burst)).isZero();
        recover(right, b);
        int number = b.interfaceIndex();
        right.run("ip link add b1 type veth peer name b2");
        Frames.join(left, "a0", right, "b0");
        recover(left, a);
        recover(right, b);
        assertThat(right.run("cat /sys/class/net/b0/ifindex").trim()).isEqualTo("" + b.interfaceIndex());

        byte[] again = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60);
        a.transmit(frame(again, Offload.NONE));
        a.flush();
        assertThat(receive(b, 1)).extracting(MemoryPort.Copy::frame).containsExactly(again);
        assertThat(b.interfaceIndex()).isNotEqualTo(number);
        assertThat(numbers).as("frames name the port as before").containsExactly(number);
    }

    /** Two workers' ports; a frame's first byte says whose it is. */
    @Test
    void workersThatShareAnInterfaceShareItAgainWhenItComesBack() throws Exception {
        b.close();
        try (Bpf.Program program = lowestBit();
                FanoutRings rings = new FanoutRings(2, 30, SocketFilter.refusing(0x88b6), program.descriptor());
                PacketSocketPort first = right.inside(() -> PacketSocketPort.open("b0", rings, 0));
                PacketSocketPort second = right.inside(() -> PacketSocketPort.open("b0", rings, 1))) {
            eachGetsItsOwn(first, second);
            int[] descriptors = second.fileDescriptors().clone();
            for (int round = 0; round < 2; round++) {
                right.run("ip link del b0");
                recover(right, second);
                Frames.join(left, "a0", right, "b0");
                recover(left, a);
                recover(right, second);
                recover(right, first);
                eachGetsItsOwn(first, second);
            }
            assertThat(second.fileDescriptors()).as("what the worker waits for").isEqualTo(descriptors);
            assertThat(first.receiveDrops() + second.receiveDrops()).isZero();
        }
        b = open(right, "b0");
    }

    /** To the worker that a frame's first byte says. */
    private static Bpf.Program lowestBit() throws IOException {
        return new Bpf.Program(Bpf.ProgramType.SOCKET_FILTER, "test_fanout",
                new BpfAssembler().move(R2, 0).move(R3, R10).alu(ADD, R3, -8).move(R4, 1)
                        .call(BpfAssembler.HELPER_SKB_LOAD_BYTES).load(BYTE, R0, R10, -8).alu(AND, R0, 1).exit()
                        .assemble());
    }

    /** A fanout group takes no heed of its sockets' PACKET_IGNORE_OUTGOING. */
    @Test
    void whatWorkersSendTakesNoRoomInTheRingsThatTheyShare() throws Exception {
        b.close();
        try (Bpf.Program program = lowestBit();
                FanoutRings rings = new FanoutRings(2, 30, SocketFilter.refusing(0x88b6), program.descriptor());
                PacketSocketPort first = right.inside(() -> PacketSocketPort.open("b0", rings, 0));
                PacketSocketPort second = right.inside(() -> PacketSocketPort.open("b0", rings, 1))) {
            for (int mark = 0; mark < 100; mark++) {
                byte[] bytes = Frames.ethernet(a.hardwareAddress(), first.hardwareAddress(), 0x88b5, 60);
                bytes[14] = (byte) mark;
                first.transmit(frame(bytes, Offload.partialChecksum(34, 16)));
            }
            first.flush();
            assertThat(first.receiveDrops() + second.receiveDrops()).isZero();
        }
        b = open(right, "b0");
    }

    private void eachGetsItsOwn(PacketSocketPort first, PacketSocketPort second) throws Exception {
        for (int mark = 0; mark < 8; mark++) {
            byte[] bytes = Frames.ethernet(first.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60);
            bytes[14] = (byte) mark;
            a.transmit(frame(bytes, Offload.NONE));
        }
        a.flush();
        assertThat(receive(first, 4)).extracting(copy -> copy.frame()[14]).containsExactly((byte) 0, (byte) 2, (byte) 4,
                (byte) 6);
        assertThat(receive(second, 4)).extracting(copy -> copy.frame()[14]).containsExactly((byte) 1, (byte) 3,
                (byte) 5,
                (byte) 7);
    }

    @Test
    void whatTheFilterRefusesIsNeverSeenNorCounted() throws Exception {
        b.close();
        int filter = SocketFilter.refusing(0x88b6);
        b = right.inside(() -> PacketSocketPort.open("b0", 30, OptionalInt.of(filter)));
        for (int i = 0; i < 40; i++) {
            a.transmit(frame(Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b6, 60), Offload.NONE));
        }
        byte[] good = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60);
        a.transmit(frame(good, Offload.NONE));
        a.flush();
        assertThat(receive(b, 1)).extracting(MemoryPort.Copy::frame).containsExactly(good);
        assertThat(b.receiveDrops()).isZero();
    }

    @Test
    void passingFramesOnAllocatesNothing() throws Exception {
        Frame frame = frame(Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60), Offload.NONE);
        try (Poller poller = new Poller(b.fileDescriptors())) {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 30 && allocated >= 1000; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                pass(frame, poller, 10_000);
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(allocated).as("bytes for 10,000 frames, once compiled").isLessThan(1000);
        }
    }

    private void pass(Frame frame, Poller poller, int frames) {
        int got = 0;
        for (int i = 0; i < frames; i++) {
            a.transmit(frame);
            a.flush();
            poller.await(0);
            got += b.receive(burst);
            b.release();
        }
        assertThat(got).isEqualTo(frames);
    }

    @Test
    void aWakeEndsTheWait() throws Exception {
        try (Poller poller = new Poller(b.fileDescriptors())) {
            assertThat(poller.await(0)).isFalse();
            Thread waker = Thread.ofPlatform().start(poller::wake);
            assertThat(poller.await(PATIENCE_NS)).isTrue();
            waker.join();
            assertThat(poller.await(0)).as("one wake ends one wait").isFalse();
        }
    }

    @Test
    void whatIsNotAnEthernetInterfaceIsRefusedInWords() throws Exception {
        assertThatThrownBy(() -> open(left, "nosuch0")).isInstanceOf(SystemException.class).hasMessageContaining(
                "nosuch0").hasMessageContaining("ENODEV");
        assertThatThrownBy(() -> open(left, "lo")).isInstanceOf(SystemException.class).hasMessageContaining(
                "no Ethernet frames");
    }

    @Test
    void countersCanBeAskedAfterTheEnd() {
        a.close();
        assertThat(a.receiveDrops()).isZero();
        assertThat(a.transmitErrors()).isZero();
        assertThat(Arrays.asList(a.name(), b.name())).containsExactly("a0", "b0");
    }
}
