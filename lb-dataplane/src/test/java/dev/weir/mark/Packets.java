package dev.weir.mark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;

/** Packets of which only what rules look at is set. */
final class Packets {
    private static final int TRANSPORT_LENGTH = 20;

    private Packets() {
    }

    static Packet packet(String source, String destination, int protocol, int sourcePort, int destinationPort) {
        return packet(IpAddress.parse(source), IpAddress.parse(destination), protocol, sourcePort, destinationPort);
    }

    static Packet packet(IpAddress source, IpAddress destination, int protocol, int sourcePort, int destinationPort) {
        int header = source.isV4() ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH;
        MemorySegment memory = MemorySegment.ofArray(new long[8]).asSlice(0, header + TRANSPORT_LENGTH);
        if (source.isV4()) {
            Ipv4.write(memory, 0, 0, header + TRANSPORT_LENGTH, 1, 0, 64, protocol, source.v4Bits(),
                    destination.v4Bits());
        } else {
            Ipv6.write(memory, 0, 0, TRANSPORT_LENGTH, protocol, 64, source.high(), source.low(), destination.high(),
                    destination.low());
        }
        Transport.sourcePort(memory, header, sourcePort);
        Transport.destinationPort(memory, header, destinationPort);
        Packet packet = new Packet();
        assertThat(packet.parseEmbedded(memory, 0, memory.byteSize())).isEqualTo(Packet.Shape.WELL_FORMED);
        return packet;
    }
}
