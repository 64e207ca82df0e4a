package dev.weir.port;

import static dev.weir.sys.BpfAssembler.Register.R1;
import static dev.weir.sys.BpfAssembler.Register.R2;
import static dev.weir.sys.BpfAssembler.Register.R3;
import static dev.weir.sys.BpfAssembler.Width.WORD;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;
import dev.weir.sys.NetworkNamespace;
import dev.weir.sys.Poller;
import dev.weir.sys.SystemException;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import dev.weir.wire.Frame;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A director between two ends, {@code left - c0 director s0 - right}: AF_XDP ports on c0 and s0 that share their memory
 * and take every frame, AF_PACKET ports at the ends. Rings of 16 places, so that they wrap and fill soon.
 */
abstract class XdpTestBed {
    static final long PATIENCE_NS = 2_000_000_000L;
    static final XdpSocket.Sizes SIZES = new XdpSocket.Sizes(16, 16);
    static final int TYPE = 0x88b5;
    final Frame[] burst = Frames.burst(8);
    final List<AutoCloseable> open = new ArrayList<>();
    private final Map<XdpPort, XdpProgram> programs = new HashMap<>();
    NetworkNamespace left;
    NetworkNamespace director;
    NetworkNamespace right;
    Umem umem;
    XdpPort c;
    XdpPort s;
    PacketSocketPort client;
    PacketSocketPort server;

    private final int mtu;

    /** @param mtu of all interfaces */
    XdpTestBed(int mtu) {
        this.mtu = mtu;
    }

    @BeforeEach
    void join() throws Exception {
        left = Frames.quietNamespace("left");
        director = Frames.quietNamespace("director");
        right = Frames.quietNamespace("right");
        Frames.join(left, "eth0", director, "c0");
        Frames.join(right, "eth0", director, "s0");
        mtu(left, "eth0", director, "c0", mtu);
        mtu(right, "eth0", director, "s0", mtu);
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

    static void mtu(NetworkNamespace one, String name, NetworkNamespace other, String peer, int mtu) {
        one.run("ip link set " + name + " mtu " + mtu);
        other.run("ip link set " + peer + " mtu " + mtu);
    }

    PacketSocketPort packets(NetworkNamespace namespace) throws Exception {
        PacketSocketPort port = namespace.inside(() -> PacketSocketPort.open("eth0", 510, OptionalInt.empty()));
        open.add(port);
        return port;
    }

    XdpPort xdp(String name, boolean generic) throws Exception {
        XdpProgram program = new XdpProgram(XdpTestBed::everything, generic);
        XdpPort port = xdp(name, umem, program, XdpPort.Share.ALL);
        programs.put(port, program);
        return port;
    }

    XdpPort xdp(String name, Umem memory, XdpProgram program, XdpPort.Share share) throws Exception {
        open.add(program);
        XdpPort port = director.inside(
                () -> XdpPort.open(name, memory, new XdpPort.Settings(SIZES, false, false), program, share));
        open.add(port);
        return port;
    }

    void close(XdpPort port) {
        port.close();
        Objects.requireNonNull(programs.remove(port)).close();
    }

    static Bpf.Program everything(long hardwareAddress, Bpf.Map sockets) throws IOException {
        return new Bpf.Program(Bpf.ProgramType.XDP_IN_PIECES, "test_everything",
                new BpfAssembler().load(WORD, R2, R1, 16)
                        .loadMap(R1, sockets.descriptor()).move(R3, 0).call(BpfAssembler.HELPER_REDIRECT_MAP).exit()
                        .assemble());
    }

    byte[] toDirector(int payload) {
        return Frames.ethernet(c.hardwareAddress(), client.hardwareAddress(), TYPE, payload);
    }

    byte[] toServer(int payload) {
        return Frames.ethernet(server.hardwareAddress(), s.hardwareAddress(), TYPE, payload);
    }

    /** As they are at first, by the driver's own way, or by the kernel's generic one. */
    void attached(boolean generic) throws Exception {
        if (generic) {
            close(c);
            close(s);
            c = xdp("c0", true);
            s = xdp("s0", true);
        }
    }

    /** Frames with payloads of these lengths go from the left to the right, unchanged but for their addresses. */
    void passesOn(int... payloads) throws Exception {
        for (int payload : payloads) {
            client.transmit(Frames.frame(toDirector(payload), Offload.NONE));
        }
        client.flush();
        assertThat(forward(payloads.length)).isEqualTo(payloads.length);
        assertThat(receive(server, payloads.length)).extracting(MemoryPort.Copy::frame)
                .containsExactlyElementsOf(Arrays.stream(payloads).mapToObj(this::toServer).toList());
    }

    /** Has the director pass so many frames on from c0 to s0, in place. */
    int forward(int count) throws SystemException {
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

    List<MemoryPort.Copy> receive(Port port, int count) throws SystemException {
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

    void passingOnAllocatesNothing(Frame frame, int frames) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 30 && allocated >= 1000; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            pass(frame, frames);
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).as("bytes for %d frames, once compiled", frames).isLessThan(1000);
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

    /** With everything sent, all frames but those that wait for something to be received into are free. */
    void nothingIsLost() {
        c.flush();
        s.flush();
        assertThat(umem.free()).isEqualTo(4 * SIZES.frames() - 2 * SIZES.receive());
    }
}
