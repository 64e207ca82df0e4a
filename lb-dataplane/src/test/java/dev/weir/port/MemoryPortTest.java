package dev.weir.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryPortTest {
    private static final Offload TCP_GSO = new Offload(VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_TCPV4, 54, 1448,
            34, 16);
    private final MemoryPort port = new MemoryPort("m0", 7, 0x02_00_00_00_00_01L);
    private final Frame[] burst = {new Frame(), new Frame()};

    @AfterEach
    void close() {
        port.close();
    }

    @Test
    void framesComeInOrderInBurstsWithTheirVirtioHeader() {
        port.put(new byte[]{1});
        port.put(new byte[]{2, 2}, TCP_GSO);
        port.put(new byte[]{3, 3, 3});

        assertThat(port.receive(burst)).isEqualTo(2);
        assertThat(burst[1].length()).isEqualTo(2);
        assertThat(burst[1].port()).isEqualTo(7);
        assertThat(Offload.of(burst[1].memory(), burst[1].start())).isEqualTo(TCP_GSO);
        assertThat(port.receive(burst)).isEqualTo(1);
        assertThat(Offload.of(burst[0].memory(), burst[0].start())).isEqualTo(Offload.NONE);
        assertThat(port.receive(burst)).isZero();
    }

    @Test
    void aFrameKeepsItsVirtioHeaderWhenItGrowsIntoTheHeadroom() {
        port.put(new byte[]{1, 2}, TCP_GSO);
        port.receive(burst);
        VirtioNetHeader.move(burst[0].memory(), burst[0].start(), -20);
        burst[0].moveStart(-20);
        port.transmit(burst[0]);
        port.flush();

        MemoryPort.Copy sent = port.takeSent().getFirst();
        assertThat(sent.frame()).hasSize(22).endsWith(1, 2);
        assertThat(sent.offload()).isEqualTo(
                new Offload(VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_TCPV4, 74, 1448, 54, 16));
        assertThat(port.takeSent()).isEmpty();
    }

    @Test
    void nothingIsSentBeforeFlushAndAFullQueueIsFlushedFirst() {
        port.put(new byte[]{1});
        port.receive(burst);
        port.transmit(burst[0]);
        assertThat(port.takeSent()).isEmpty();
        for (int i = 0; i < 256; i++) {
            port.transmit(burst[0]);
        }
        assertThat(port.takeSent()).hasSize(256);
        port.flush();
        assertThat(port.takeSent()).hasSize(1);
    }

    @Test
    void memoryUsedAfterReleaseShowsAsUnwrittenBytes() {
        port.put(new byte[]{1, 2, 3});
        port.receive(burst);
        assertThat(burst[0].memory().get(ValueLayout.JAVA_BYTE, burst[0].start() + 3)).isEqualTo((byte) 0xa5);
        port.transmit(burst[0]);
        port.release();
        port.flush();
        assertThat(port.takeSent().getFirst().frame()).containsExactly(0xa5, 0xa5, 0xa5);
    }

    @Test
    void theLargestFramePassesAndALargerOneIsRefused() {
        port.put(new byte[MemoryPort.MAX_FRAME]);
        port.receive(burst);
        port.transmit(burst[0]);
        port.flush();
        assertThat(port.takeSent().getFirst().frame()).hasSize(MemoryPort.MAX_FRAME);
        assertThatThrownBy(() -> port.put(new byte[MemoryPort.MAX_FRAME + 1])).isInstanceOf(
                IllegalArgumentException.class).hasMessageContaining("65558");
    }
}
