package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/** TCP Fast Open (RFC 7413), where something must reach the server before the client's first byte. */
public final class FastOpen {
    private FastOpen() {
    }

    /**
     * Makes an ordinary SYN of one that asks for a cookie, or has one and data: the server acknowledges no data, and the
     * client sends it once more (RFC 7413 section 4.2.2).
     *
     * @param packet of a sound TCP header; read anew where it had data
     */
    public static void refuse(Frame frame, Packet packet) {
        TcpOptions.blank(frame, packet, TcpOptions.FAST_OPEN);
        TcpOptions.blank(frame, packet, TcpOptions.EXPERIMENT);
        int payload = TcpOptions.payload(packet);
        if (payload == 0) {
            return;
        }
        MemorySegment memory = packet.memory();
        int ipLength = packet.ipLength() - payload;
        int lengths = Checksum.delta(packet.ipLength(), ipLength);
        long data = packet.ip() + ipLength;
        int sum = Checksum.sum(memory, data, payload);
        if (packet.v4()) {
            Ipv4.totalLength(memory, packet.ip(), ipLength);
            Ipv4.updateChecksum(memory, packet.ip(), lengths);
        } else {
            Ipv6.payloadLength(memory, packet.ip(), ipLength - Ipv6.HEADER_LENGTH);
        }
        if (VirtioNetHeader.needsChecksum(memory, frame.start())) {
            long field = packet.transport() + Transport.TCP_CHECKSUM;
            Bytes.u16(memory, field, Checksum.fold((long) Bytes.u16(memory, field) + lengths));
        } else {
            TcpOptions.changed(frame, packet.transport(), sum, lengths);
        }
        packet.parse(frame);
    }
}
