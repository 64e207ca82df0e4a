package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/** The maximum segment size that a SYN announces (RFC 9293 section 3.7.1), made smaller where the way is narrower. */
public final class SegmentSize {
    private static final int END_OF_OPTIONS = 0;
    private static final int NO_OPERATION = 1;
    private static final int MAXIMUM_SEGMENT_SIZE = 2;
    private static final int LENGTH = 4;

    private SegmentSize() {
    }

    /** Makes the size announced by a SYN or SYN-ACK at most {@code most}; one that announces none stays as it is. */
    public static void clamp(Frame frame, Packet packet, int most) {
        MemorySegment memory = packet.memory();
        long end = packet.transport()
                + Math.min(Transport.tcpHeaderLength(memory, packet.transport()), packet.transportLength());
        for (long at = packet.transport() + Transport.TCP_HEADER_LENGTH; at + LENGTH <= end;) {
            int kind = Bytes.u8(memory, at);
            int length = kind == NO_OPERATION ? 1 : Bytes.u8(memory, at + 1);
            if (kind == END_OF_OPTIONS || length == 0) {
                return;
            }
            if (kind == MAXIMUM_SEGMENT_SIZE && length == LENGTH) {
                set(frame, packet, at + 2, Math.min(Bytes.u16(memory, at + 2), most));
                return;
            }
            at += length;
        }
    }

    /** A partial checksum does not cover the header yet; a whole one changes by the difference. */
    private static void set(Frame frame, Packet packet, long at, int size) {
        MemorySegment memory = packet.memory();
        int before = Bytes.u16(memory, at);
        Bytes.u16(memory, at, size);
        if (!VirtioNetHeader.needsChecksum(memory, frame.start())) {
            // In a sum, two bytes at an odd offset count exchanged.
            boolean odd = (at - packet.transport() & 1) != 0;
            long field = packet.transport() + Transport.TCP_CHECKSUM;
            Bytes.u16(memory, field, Checksum.update(Bytes.u16(memory, field),
                    Checksum.delta(odd ? exchanged(before) : before, odd ? exchanged(size) : size)));
        }
    }

    private static int exchanged(int word) {
        return (word & 0xff) << 8 | word >>> 8;
    }
}
