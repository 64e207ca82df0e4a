package dev.weir.port;

import static dev.weir.port.Frames.frame;
import static dev.weir.port.Frames.recover;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.sys.Bpf;
import dev.weir.sys.BpfAssembler;
import dev.weir.sys.BpfAssembler.Register;
import dev.weir.sys.Link;
import dev.weir.sys.Poller;
import dev.weir.sys.SystemException;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import dev.weir.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames longer than one of the memory, which come and go in several pieces. */
@Tag("root")
class XdpLongFramesTest extends XdpTestBed {
    private static final int MTU = 9000;

    XdpLongFramesTest() {
        super(MTU);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void framesOfAllLengthsGoThroughInTheirOrderAndNoneIsLost(boolean generic) throws Exception {
        attached(generic);
        Random random = new Random(1);
        List<Integer> payloads = new ArrayList<>(List.of(MTU, 46, Umem.CAPACITY - 14, Umem.CAPACITY - 13,
                Umem.FRAME_LENGTH - 14, Umem.FRAME_LENGTH - 13, 2 * Umem.CAPACITY - 14, 2 * Umem.CAPACITY - 13,
                2 * Umem.FRAME_LENGTH - 14, 2 * Umem.FRAME_LENGTH - 13));
        for (int i = 0; i < 150; i++) {
            payloads.add(46 + random.nextInt(random.nextBoolean() ? MTU - 45 : 1455));
        }
        for (int i = 0; i < payloads.size(); i += 4) {
            passesOn(payloads.subList(i, i + 4).stream().mapToInt(Integer::intValue).toArray());
        }
        assertThat(c.receiveDrops() + s.transmitErrors()).isZero();
        nothingIsLost();
    }

    @Test
    void shortOnesBehindLongOnesAreReadWhereTheyStand() throws Exception {
        for (int round = 0; round < 5; round++) {
            passesOn(MTU, MTU, MTU, 100 + round, 200 + round, MTU);
        }
        nothingIsLost();
    }

    /** An outer header goes before a frame of any length. */
    @Test
    void aFrameMayGrowAtItsBeginning() throws Exception {
        for (int payload : new int[]{Umem.CAPACITY - 14, MTU - 40}) {
            client.transmit(frame(toDirector(payload), Offload.NONE));
            client.flush();
            receiveOne();
            byte[] bytes = MemoryPort.Copy.of(burst[0]).frame();
            burst[0].moveStart(-40);
            Frames.addresses(burst[0], server.hardwareAddress(), s.hardwareAddress());
            s.transmit(burst[0]);
            s.flush();
            c.release();
            byte[] got = receive(server, 1).getFirst().frame();
            assertThat(got).hasSize(bytes.length + 40).endsWith(bytes);
        }
        nothingIsLost();
    }

    private void receiveOne() throws SystemException {
        try (Poller poller = new Poller(c.fileDescriptors())) {
            assertThat(poller.await(PATIENCE_NS)).isTrue();
        }
        assertThat(c.receive(burst)).isEqualTo(1);
    }

    @Test
    void whatComesWhileTooFewFramesAreEmptyIsCounted() throws Exception {
        for (int i = 0; i < 20; i++) {
            client.transmit(frame(toDirector(MTU), Offload.NONE));
        }
        client.flush();
        assertThat(forward(5)).as("of three pieces each, of 16").isEqualTo(5);
        assertThat(receive(server, 5)).hasSize(5);
        assertThat(c.receiveDrops()).isEqualTo(15);
        client.transmit(frame(toDirector(MTU), Offload.NONE));
        client.flush();
        assertThat(forward(1)).isEqualTo(1);
        nothingIsLost();
    }

    @Test
    void aTransmitRingTakesAllPiecesOfAFrameOrNone() throws Exception {
        director.run("ip link set s0 down");
        for (int i = 0; i < 7; i++) {
            s.transmit(frame(toServer(MTU), Offload.NONE));
        }
        s.transmit(frame(toServer(60), Offload.NONE));
        s.transmit(frame(toServer(61), Offload.NONE));
        s.flush();
        assertThat(s.transmitErrors()).as("two beyond the five of 15 places, and one beyond the 16th").isEqualTo(3);
        director.run("ip link set s0 up");
        s.flush();
        assertThat(receive(server, 6)).extracting(MemoryPort.Copy::frame)
                .containsExactly(toServer(MTU), toServer(MTU), toServer(MTU), toServer(MTU), toServer(MTU),
                        toServer(60));
        nothingIsLost();
    }

    @Test
    void whatWaitsAtAnInterfaceThatGoesDownIsCountedInFrames() throws Exception {
        left.run("ip link set eth0 down");
        client.transmit(frame(toDirector(MTU), Offload.NONE));
        client.transmit(frame(toDirector(60), Offload.NONE));
        client.transmit(frame(toDirector(MTU), Offload.NONE));
        client.flush();
        assertThat(client.transmitErrors()).isEqualTo(3);
    }

    @Test
    void aFrameLongerThanAnyIsLostAndCounted() throws Exception {
        close(c);
        open.remove(c);
        XdpProgram program = new XdpProgram(XdpTestBed::everything, false);
        open.add(program);
        XdpQueues queues = director.inside(() -> XdpQueues.open(Link.byName("c0"), umem,
                new XdpPort.Settings(SIZES, true, false), program, XdpPort.Share.ALL));
        open.add(queues);
        LongFrames frames = new LongFrames(SIZES.receive(), 8000);
        open.add(frames);
        client.transmit(frame(toDirector(8000), Offload.NONE));
        client.transmit(frame(toDirector(7986), Offload.NONE));
        client.flush();
        XdpSocket socket = queues.first();
        int come = 0;
        for (long end = System.nanoTime() + PATIENCE_NS; come < 6 && System.nanoTime() - end < 0;) {
            come = socket.come();
        }
        assertThat(come).isEqualTo(6);
        assertThat(socket.pieces(0, come)).isEqualTo(3);
        assertThat(socket.pieces(3, come)).isEqualTo(3);
        assertThat(socket.pieces(3, 5)).as("while its last is missing").isZero();
        Frame frame = burst[0];
        assertThat(frames.join(socket, umem.memory(), 0, 3, frame, 7)).isFalse();
        assertThat(frames.join(socket, umem.memory(), 3, 3, frame, 7)).isTrue();
        assertThat(MemoryPort.Copy.of(frame).frame()).isEqualTo(toDirector(7986));
        assertThat(frame.port()).isEqualTo(7);
        assertThat(frames.drops()).isEqualTo(1);
        socket.took(6);
        frames.free(umem);
    }

    @Test
    void passingLongFramesOnAllocatesNothing() throws Exception {
        passingOnAllocatesNothing(frame(toDirector(MTU), Offload.NONE), 3000);
        nothingIsLost();
    }

    /** Interfaces with long frames and without have the memory together all the same. */
    @Test
    void framesGoFromAnInterfaceOfAnotherMtuToThisAndBack() throws Exception {
        close(s);
        open.remove(s);
        mtu(right, "eth0", director, "s0", 1500);
        s = xdp("s0", false);
        client.transmit(frame(toDirector(1500), Offload.NONE));
        client.flush();
        assertThat(forward(1)).isEqualTo(1);
        assertThat(receive(server, 1)).extracting(MemoryPort.Copy::frame).containsExactly(toServer(1500));
        server.transmit(frame(Frames.ethernet(s.hardwareAddress(), server.hardwareAddress(), TYPE, 900), Offload.NONE));
        server.flush();
        try (Poller poller = new Poller(s.fileDescriptors())) {
            assertThat(poller.await(PATIENCE_NS)).isTrue();
        }
        assertThat(s.receive(burst)).isEqualTo(1);
        Frames.addresses(burst[0], client.hardwareAddress(), c.hardwareAddress());
        c.transmit(burst[0]);
        c.flush();
        s.release();
        assertThat(receive(client, 1)).hasSize(1);
        nothingIsLost();
    }

    @Test
    void anInterfaceWhoseMtuIsRaisedReceivesLongFramesFromThenOn() throws Exception {
        close(c);
        open.remove(c);
        mtu(left, "eth0", director, "c0", 1500);
        c = xdp("c0", false);
        mtu(left, "eth0", director, "c0", MTU);
        client.transmit(frame(toDirector(MTU), Offload.NONE));
        client.flush();
        assertThat(c.receiveDrops()).as("of those that came before the worker has looked").isEqualTo(1);
        // The kernel gives a queue free some time after its socket was closed; the worker tries once a second.
        for (int tries = 0; tries < 100 && c.fileDescriptors().length == 0 || tries == 0; tries++) {
            recover(director, c);
            Thread.onSpinWait();
        }
        client.transmit(frame(toDirector(MTU), Offload.NONE));
        client.flush();
        assertThat(forward(1)).isEqualTo(1);
        assertThat(receive(server, 1)).extracting(MemoryPort.Copy::frame).containsExactly(toServer(MTU));
        assertThat(c.receiveDrops()).isEqualTo(1);
        nothingIsLost();
    }

    @Test
    void aDriverThatTakesNoProgramAtThatMtuIsNamedWithIt() throws Exception {
        close(c);
        open.remove(c);
        XdpProgram wholeFrames = new XdpProgram((_, _) -> new Bpf.Program(Bpf.ProgramType.XDP, "test_whole",
                new BpfAssembler().move(Register.R0, 2).exit().assemble()), false);
        assertThatThrownBy(() -> xdp("c0", umem, wholeFrames, XdpPort.Share.ALL)).isInstanceOf(SystemException.class)
                .hasMessageContaining("MTU of 9000").hasMessageContaining("--port af-packet");
        c = xdp("c0", false);
    }
}
