package dev.weir.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.sys.NetworkNamespace;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** libpcap at both ends of a veth pair. */
@Tag("root")
class PcapLivePortTest {
    private final Frame[] burst = Frames.burst(64);
    private final MemoryPort source = new MemoryPort("source", 1, 1);
    private NetworkNamespace left;
    private NetworkNamespace right;
    private PcapLivePort a;
    private PcapLivePort b;

    @BeforeEach
    void join() throws Exception {
        left = Frames.quietNamespace("left");
        right = Frames.quietNamespace("right");
        Frames.join(left, "a0", right, "b0");
        a = open(left, "a0", null);
        b = open(right, "b0", "not ether proto 0x88b6");
    }

    private static PcapLivePort open(NetworkNamespace namespace, String name, @Nullable String filter)
            throws Exception {
        return namespace.inside(() -> PcapLivePort.open(name, filter));
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
        left.close();
        right.close();
    }

    private void send(PcapLivePort port, byte[] bytes, Offload offload) {
        source.put(bytes, offload);
        source.receive(burst);
        port.transmit(burst[0]);
        port.flush();
        source.release();
    }

    private List<MemoryPort.Copy> receive(PcapLivePort port, int count) throws InterruptedException {
        List<MemoryPort.Copy> got = new ArrayList<>();
        for (int patience = 0; got.size() < count && patience < 2000; patience++) {
            int n = port.receive(burst);
            for (int i = 0; i < n; i++) {
                got.add(MemoryPort.Copy.of(burst[i]));
            }
            port.release();
            Thread.sleep(n == 0 ? 1 : 0);
        }
        return got;
    }

    @Test
    void framesArriveByteForByteWithTheirTagsAndOnlyThoseForUs() throws Exception {
        byte[] plain = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 1500);
        byte[] tagged = Frames.tagged(b.hardwareAddress(), a.hardwareAddress(), 0x8100, 0x6064, 0x88b5, 60);
        send(a, plain, Offload.NONE);
        send(a, Frames.ethernet(0x02_00_00_00_00_99L, a.hardwareAddress(), 0x88b5, 60), Offload.NONE);
        send(a, Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b6, 60), Offload.NONE);
        send(b, Frames.ethernet(a.hardwareAddress(), b.hardwareAddress(), 0x88b5, 60), Offload.NONE);
        send(a, tagged, Offload.NONE);
        assertThat(receive(b, 2)).extracting(MemoryPort.Copy::frame).containsExactly(plain, tagged);
        assertThat(b.receive(burst)).isZero();
        assertThat(receive(a, 1)).extracting(MemoryPort.Copy::offload).containsExactly(Offload.NONE);
        assertThat(a.transmitErrors() + a.receiveDrops() + b.receiveDrops()).isZero();
    }

    @Test
    void whatCannotBeSentIsCounted() throws Exception {
        byte[] frame = Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 60);
        send(a, Frames.ethernet(b.hardwareAddress(), a.hardwareAddress(), 0x88b5, 3000), Offload.NONE);
        send(a, frame, new Offload(VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_TCPV4, 54, 20, 34, 16));
        send(a, frame, Offload.NONE);
        assertThat(receive(b, 1)).hasSize(1);
        assertThat(a.transmitErrors()).isEqualTo(2);
    }

    @Test
    void anInterfaceOrFilterThatIsNotOneIsRefusedInWords() {
        assertThatThrownBy(() -> open(left, "nosuch0", null)).isInstanceOf(IOException.class).hasMessageContaining(
                "nosuch0");
        assertThatThrownBy(() -> open(left, "a0", "tcp prot 80")).isInstanceOf(IOException.class).hasMessageContaining(
                "a0");
    }
}
