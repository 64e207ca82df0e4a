package dev.weir.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.Checksum;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SeenTest {
    private static final long FLOW = 77L * Flows.LIVING + 4711;
    private final Seen seen = new Seen();

    private static Frames.Way in(VirtualService service) {
        return new Frames.Way(Flows.client(FLOW, service.v4()), Flows.port(FLOW), service.address(),
                VirtualService.PORT);
    }

    private static byte[] frame(VirtualService service, Frames.Way way) {
        return service.tcp() ? Frames.tcp(1, way, Frames.SYN, 1, 3) : Frames.udp(1, way, 3);
    }

    private boolean set(byte[] frame) {
        return seen.set(MemorySegment.ofArray(frame), 0, frame.length);
    }

    @Test
    void aFlowIsReadFromItsPacketsToServersAndToClients() {
        for (int i = 0; i < VirtualService.COUNT; i++) {
            VirtualService service = new VirtualService(i);
            Frames.Way in = in(service);
            assertThat(set(frame(service, in))).isTrue();
            assertThat(seen.flowToServer()).isEqualTo(FLOW);
            Frames.Way out = new Frames.Way(service.address(), VirtualService.PORT, Flows.client(FLOW, service.v4()),
                    Flows.port(FLOW));
            assertThat(set(frame(service, out))).isTrue();
            assertThat(seen.flowToClient()).isEqualTo(FLOW);
            assertThat(seen.comesFrom(service)).isTrue();
            assertThat(seen.comesFrom(new VirtualService((i + 1) % VirtualService.COUNT))).isFalse();
        }
    }

    @Test
    void aFlowIsReadFromWithinATunnel() {
        VirtualService service = new VirtualService(4);
        byte[] inner = frame(service, in(service));
        byte[] outer = new byte[inner.length + 20];
        System.arraycopy(inner, 0, outer, 0, 34);
        System.arraycopy(inner, 14, outer, 34, inner.length - 14);
        outer[23] = 4;
        assertThat(set(outer)).isTrue();
        assertThat(seen.flowToServer()).isEqualTo(FLOW);
    }

    @Test
    void aLaterFragmentAndAForeignAddressAreOfNoFlow() {
        VirtualService service = new VirtualService(1);
        byte[][] fragments = Frames.fragments(1, in(service), 9);
        assertThat(set(fragments[0])).isTrue();
        assertThat(set(fragments[1])).isFalse();
        byte[] foreign = frame(service, in(service));
        foreign[27] = 8;
        assertThat(set(foreign)).isTrue();
        assertThat(seen.flowToServer()).isEqualTo(-1);
        assertThat(seen.isDamaged()).isTrue();
        assertThat(set(Arrays.copyOf(foreign, 30))).isFalse();
    }

    @Test
    void framesAreWhatTheySay() {
        for (int i = 0; i < VirtualService.COUNT; i++) {
            byte[] bytes = frame(new VirtualService(i), in(new VirtualService(i)));
            MemorySegment memory = MemorySegment.ofArray(bytes);
            Frame frame = new Frame();
            frame.set(memory, 0, bytes.length, 0);
            Packet packet = new Packet();
            assertThat(packet.parse(frame)).isEqualTo(Packet.Shape.WELL_FORMED);
            int addresses = Checksum.fold((long) Checksum.ofAddress(packet.sourceHigh(), packet.sourceLow())
                    + Checksum.ofAddress(packet.destinationHigh(), packet.destinationLow()));
            int pseudo = Checksum.pseudoHeader(addresses, 0, packet.protocol(), packet.transportLength());
            assertThat(Checksum.fold((long) pseudo
                    + Checksum.sum(memory, packet.transport(), packet.transportLength()))).isEqualTo(0xffff);
        }
    }
}
