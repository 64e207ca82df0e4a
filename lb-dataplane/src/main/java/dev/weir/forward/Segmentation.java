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

/**
 * Cuts a frame that a sender's offload left whole (TSO, UDP segmentation) into the packets it stands for. Needed where a
 * virtio header cannot say what is to be done: inside a tunnel. Each segment keeps a partial checksum.
 */
public final class Segmentation {
    private Segmentation() {
    }

    /** Whether the frame is of a kind that can be cut here. */
    public static boolean supports(Frame frame) {
        int type = VirtioNetHeader.gsoType(frame.memory(), frame.start()) & ~VirtioNetHeader.GSO_ECN;
        return type == VirtioNetHeader.GSO_TCPV4 || type == VirtioNetHeader.GSO_TCPV6
                || type == VirtioNetHeader.GSO_UDP_L4;
    }

    public static void cut(Frame frame, Packet packet, FrameSink sink) {
        MemorySegment memory = frame.memory();
        boolean tcp = packet.protocol() == Transport.TCP;
        int ipOffset = (int) (packet.ip() - frame.start());
        int transportOffset = (int) (packet.transport() - frame.start());
        int headers = transportOffset
                + (tcp ? Transport.tcpHeaderLength(memory, packet.transport()) : Transport.UDP_HEADER_LENGTH);
        int size = Math.max(1, VirtioNetHeader.gsoSize(memory, frame.start()));
        int total = frame.length() - headers;
        // As they stand in the frame: the packet was read before they were rewritten.
        int addresses = packet.v4()
                ? Checksum.sum(memory, packet.ip() + 12, 8)
                : Checksum.sum(memory, packet.ip() + 8, 32);
        int done = 0;
        int number = 0;
        do {
            int payload = Math.min(size, total - done);
            boolean last = done + payload == total;
            Frame segment = sink.allocate(headers + payload, frame.port());
            MemorySegment to = segment.memory();
            MemorySegment.copy(memory, frame.start(), to, segment.start(), headers);
            MemorySegment.copy(memory, frame.start() + headers + done, to, segment.start() + headers, payload);
            long ip = segment.start() + ipOffset;
            long transport = segment.start() + transportOffset;
            int transportLength = headers - transportOffset + payload;
            if (packet.v4()) {
                Ipv4.totalLength(to, ip, transportOffset - ipOffset + transportLength);
                Ipv4.identification(to, ip, Ipv4.identification(to, ip) + number);
                Ipv4.finishChecksum(to, ip);
            } else {
                Ipv6.payloadLength(to, ip, transportOffset - ipOffset - Ipv6.HEADER_LENGTH + transportLength);
            }
            if (tcp) {
                Transport.tcpSequence(to, transport, Transport.tcpSequence(to, transport) + done);
                int flags = Transport.tcpFlags(to, transport);
                flags &= last ? 0xff : ~(Transport.FIN | Transport.PSH);
                flags &= number == 0 ? 0xff : ~Transport.CWR;
                Transport.tcpFlags(to, transport, flags);
            } else {
                Transport.udpLength(to, transport, transportLength);
            }
            int checksumOffset = Transport.checksumOffset(packet.protocol());
            Bytes.u16(to, transport + checksumOffset,
                    Checksum.pseudoHeader(addresses, 0, packet.protocol(), transportLength));
            VirtioNetHeader.flags(to, segment.start(), VirtioNetHeader.NEEDS_CSUM);
            VirtioNetHeader.checksumStart(to, segment.start(), transportOffset);
            VirtioNetHeader.checksumOffset(to, segment.start(), checksumOffset);
            sink.accept(segment);
            done += payload;
            number++;
        } while (done < total);
    }
}
