package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Offload;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Replaces bytes in the payload of a TCP segment by others, more or fewer, in a new frame. */
public final class PayloadEdit {
    private PayloadEdit() {
    }

    /**
     * Writes {@code frame} with other bytes from {@code from} to {@code to} (offsets in its memory, behind the TCP header)
     * into {@code edited}, which is a fresh frame of the right length. A checksum that was partial stays so.
     *
     * @param length bytes of {@code text} that count
     */
    public static void replace(Frame frame, Packet packet, Frame edited, long from, long to, byte[] text, int length) {
        MemorySegment memory = frame.memory();
        MemorySegment into = edited.memory();
        int before = (int) (from - frame.start());
        int after = (int) (frame.start() + frame.length() - to);
        MemorySegment.copy(memory, frame.start() - VirtioNetHeader.LENGTH, into,
                edited.start() - VirtioNetHeader.LENGTH,
                VirtioNetHeader.LENGTH + before);
        MemorySegment.copy(text, 0, into, ValueLayout.JAVA_BYTE, edited.start() + before, length);
        MemorySegment.copy(memory, to, into, edited.start() + before + length, after);
        int grown = length - (int) (to - from);
        long ip = edited.start() + (packet.ip() - frame.start());
        int transport = (int) (packet.transport() - frame.start());
        if (packet.v4()) {
            Ipv4.totalLength(into, ip, packet.ipLength() + grown);
            Ipv4.finishChecksum(into, ip);
        } else {
            Ipv6.payloadLength(into, ip, packet.ipLength() - Ipv6.HEADER_LENGTH + grown);
        }
        Bytes.u16(into, edited.start() + transport + Transport.TCP_CHECKSUM, Checksum.pseudoHeader(
                Checksum.ofAddress(packet.sourceHigh(), packet.sourceLow()),
                Checksum.ofAddress(packet.destinationHigh(), packet.destinationLow()), Transport.TCP,
                packet.transportLength() + grown));
        VirtioNetHeader.flags(into, edited.start(), VirtioNetHeader.NEEDS_CSUM);
        VirtioNetHeader.checksumStart(into, edited.start(), transport);
        VirtioNetHeader.checksumOffset(into, edited.start(), Transport.TCP_CHECKSUM);
        if (!VirtioNetHeader.needsChecksum(memory, frame.start())) {
            Offload.finishChecksum(edited);
        }
    }
}
