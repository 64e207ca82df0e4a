package dev.weir.port;

import static dev.weir.port.Frames.frame;
import static dev.weir.port.Frames.recover;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.sys.Poller;
import dev.weir.sys.SystemException;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames of ordinary length on an interface of one queue. */
@Tag("root")
class XdpPortTest extends XdpTestBed {
    XdpPortTest() {
        super(1500);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void framesGoFromOneInterfaceToAnotherInPlaceAndNoneIsLost(boolean generic) throws Exception {
        attached(generic);
        Random random = new Random(1);
        Set<Long> places = new HashSet<>();
        for (int round = 0; round < 40; round++) {
            passesOn(random.ints(7, 46, 1501).toArray());
            places.add(burst[0].start());
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
        passingOnAllocatesNothing(frame(toDirector(60), Offload.NONE), 10_000);
        nothingIsLost();
    }
}
