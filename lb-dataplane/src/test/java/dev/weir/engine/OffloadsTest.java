package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.port.MemoryPort;
import dev.weir.port.Offload;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.wire.Checksum;
import dev.weir.wire.IpAddress;
import dev.weir.wire.VirtioNetHeader;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Frames whose sender left checksum and segmentation to its hardware, as veth and virtio pass them on. */
class OffloadsTest {
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    /** A frame with the pseudo-header's sum alone in its checksum field. */
    private static byte[] partial(byte[] frame, int transport, int field, String source, String destination,
            int protocol) {
        byte[] copy = frame.clone();
        int sum = Packets.pseudoHeaderSum(IpAddress.parse(source), IpAddress.parse(destination), protocol,
                frame.length - transport);
        ByteBuffer.wrap(copy).putShort(transport + field, (short) Checksum.fold(sum));
        return copy;
    }

    /** What the last hop makes of a frame: its checksum complete. */
    private static byte[] finished(MemoryPort.Copy copy) {
        byte[] frame = copy.frame().clone();
        if ((copy.offload().flags() & VirtioNetHeader.NEEDS_CSUM) != 0) {
            int start = copy.offload().checksumStart();
            int checksum = Packets.checksum(Packets.part(frame, start, frame.length), 0);
            ByteBuffer.wrap(frame).putShort(start + copy.offload().checksumOffset(), (short) checksum);
        }
        return frame;
    }

    @Test
    void aPartialChecksumStaysPartialAndRightUnderNat() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER);
        byte[] syn = Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0]);
        lab.client(partial(syn, 34, 16, Lab.CLIENT, Lab.VIP, 6), Offload.partialChecksum(34, 16));

        MemoryPort.Copy sent = lab.eth1.takeSent().getFirst();
        assertThat(sent.offload()).isEqualTo(Offload.partialChecksum(34, 16));
        Read.of(finished(sent)).sound();

        byte[] answer = Packets.from(Lab.SERVER, Lab.CLIENT).tcp(8080, 40000, Packets.SYN | Packets.ACK, new byte[0]);
        lab.server(partial(answer, 34, 16, Lab.SERVER, Lab.CLIENT, 6), Offload.partialChecksum(34, 16));
        Read back = Read.of(finished(lab.eth0.takeSent().getFirst())).sound();
        assertThat(back.source()).isEqualTo(Lab.VIP);
        assertThat(back.sourcePort()).isEqualTo(80);
    }

    @Test
    void aLargeTcpFramePassesWholeUnderNat() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER);
        open();
        MemoryPort.Copy sent = large(1448).getFirst();
        assertThat(sent.frame()).hasSize(54 + 30_000);
        assertThat(sent.offload()).isEqualTo(new Offload(1, VirtioNetHeader.GSO_TCPV4, 54, 1448, 34, 16));
        assertThat(Read.of(sent.frame()).destination()).isEqualTo(Lab.SERVER);
    }

    @Test
    void aLargeTcpFrameIsSegmentedForATunnel() {
        lab.service(Protocol.TCP, Lab.VIP, 80, Forwarding.IPIP, Lab.SERVER);
        open();
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        int sequence = 1000;
        List<MemoryPort.Copy> segments = large(1428);
        assertThat(segments).hasSize(22);
        for (MemoryPort.Copy copy : segments) {
            Read outer = Read.of(finished(copy));
            assertThat(outer.protocol()).isEqualTo(4);
            assertThat(outer.frame().length).isLessThanOrEqualTo(1514);
            Read inner = outer.inner().sound();
            assertThat(ByteBuffer.wrap(inner.body()).getInt(4)).isEqualTo(sequence);
            boolean last = copy.equals(segments.getLast());
            assertThat((inner.body()[13] & 8) != 0).as("PSH on the last segment only").isEqualTo(last);
            byte[] payload = Packets.part(inner.body(), 20, inner.body().length);
            stream.writeBytes(payload);
            sequence += payload.length;
        }
        assertThat(stream.toByteArray()).isEqualTo(Packets.bytes(30_000));
    }

    @Test
    void gueWithAChecksumFinishesTheInnerOneFirst() {
        lab.service(Protocol.TCP, Lab.VIP, 80,
                new Forwarding.Tunnel(Forwarding.TunnelType.GUE, 6080, Forwarding.TunnelChecksum.CHECKSUM),
                Lab.SERVER);
        open();
        List<MemoryPort.Copy> segments = large(1408);
        assertThat(segments).hasSize(22);
        for (MemoryPort.Copy copy : segments) {
            assertThat(copy.offload()).isEqualTo(Offload.NONE);
            Read outer = Read.of(copy.frame()).sound();
            assertThat(outer.destinationPort()).isEqualTo(6080);
            new Read(outer.frame(), outer.transport() + 12).sound();
        }
    }

    @Test
    void segmentsTooBigForTheServersLinkAreRefusedWithItsMtu() {
        try (Lab narrow = new Lab(new EngineOptions(100, 1, 0, true), 1400)) {
            narrow.service(Protocol.TCP, Lab.VIP, 80, Forwarding.DIRECT_ROUTING, Lab.SERVER);
            narrow.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0]));
            narrow.eth1.takeSent();
            narrow.client(largeFrame(), new Offload(1, VirtioNetHeader.GSO_TCPV4, 54, 1448, 34, 16));

            assertThat(narrow.eth1.takeSent()).isEmpty();
            Read error = Read.of(narrow.toClients().getFirst()).sound();
            assertThat(error.body()[1]).isEqualTo((byte) 4);
            assertThat(ByteBuffer.wrap(error.body()).getShort(6)).isEqualTo((short) 1400);
        }
    }

    @Test
    void segmentsTooBigForTheServersLinkAreCutWhereTheyMayBe() {
        try (Lab narrow = new Lab(new EngineOptions(100, 1, 0, true), 1400)) {
            narrow.service(Protocol.TCP, Lab.VIP, 80, Forwarding.MASQUERADE, Lab.SERVER);
            narrow.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0]));
            narrow.eth1.takeSent();
            byte[] frame = Packets.from(Lab.CLIENT, Lab.VIP).mayFragment().tcp(40000, 80, Packets.ACK,
                    Packets.bytes(2896));
            narrow.client(partial(frame, 34, 16, Lab.CLIENT, Lab.VIP, 6),
                    new Offload(1, VirtioNetHeader.GSO_TCPV4, 54, 1448, 34, 16));
            List<byte[]> fragments = narrow.toServers();
            assertThat(fragments).hasSize(4);
            for (int i = 0; i < 4; i += 2) {
                ByteArrayOutputStream segment = new ByteArrayOutputStream();
                segment.writeBytes(Read.of(fragments.get(i)).sound().body());
                segment.writeBytes(Read.of(fragments.get(i + 1)).sound().body());
                new Read(Packets.from(Lab.CLIENT, Lab.SERVER).frame(Packets.TCP, segment.toByteArray()), 14).sound();
            }
        }
    }

    private void open() {
        lab.client(Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.SYN, new byte[0]));
        lab.eth1.takeSent();
    }

    private List<MemoryPort.Copy> large(int size) {
        lab.client(largeFrame(), new Offload(1, VirtioNetHeader.GSO_TCPV4, 54, size, 34, 16));
        return lab.eth1.takeSent();
    }

    private static byte[] largeFrame() {
        byte[] frame = Packets.from(Lab.CLIENT, Lab.VIP).tcp(40000, 80, Packets.ACK | 8, Packets.bytes(30_000));
        return partial(frame, 34, 16, Lab.CLIENT, Lab.VIP, 6);
    }
}
