package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/**
 * Shifts the sequence numbers of TCP segments whose stream became longer or shorter on its way, and what the other side
 * acknowledges of it, selective acknowledgements (RFC 2018) included, in place (nf_ct_seq_adjust). A stream is shifted by
 * {@code delta} after the sequence number {@code initial}, and by {@code previous} before.
 */
public final class SequenceShift {
    private static final int END_OF_OPTIONS = 0;
    private static final int NO_OPERATION = 1;
    private static final int SACK = 5;
    private static final int SACK_EDGES = 2;

    private SequenceShift() {
    }

    /** A segment of the stream itself. */
    public static void sequence(Frame frame, Packet packet, int initial, int delta, int previous) {
        if (delta != 0 || previous != 0) {
            int sequence = Transport.tcpSequence(packet.memory(), packet.transport());
            set(frame, packet, packet.transport() + Transport.TCP_SEQUENCE,
                    sequence + (sequence - initial > 0 ? delta : previous));
        }
    }

    /** A segment of the other direction, which acknowledges the stream. */
    public static void acknowledgement(Frame frame, Packet packet, int initial, int delta, int previous) {
        if (delta == 0 && previous == 0 || (packet.tcpFlags() & Transport.ACK) == 0) {
            return;
        }
        long field = packet.transport() + Transport.TCP_ACKNOWLEDGEMENT;
        set(frame, packet, field, acknowledged(Bytes.i32(packet.memory(), field), initial, delta, previous));
        MemorySegment memory = packet.memory();
        long end = packet.transport()
                + Math.min(Transport.tcpHeaderLength(memory, packet.transport()), packet.transportLength());
        for (long at = packet.transport() + Transport.TCP_HEADER_LENGTH; at + 1 < end;) {
            int kind = Bytes.u8(memory, at);
            if (kind == END_OF_OPTIONS) {
                return;
            }
            if (kind == NO_OPERATION) {
                at++;
                continue;
            }
            int length = Bytes.u8(memory, at + 1);
            if (length < 2 || at + length > end) {
                return;
            }
            for (long edge = at + SACK_EDGES; kind == SACK && edge + 4 <= at + length; edge += 4) {
                set(frame, packet, edge, acknowledged(Bytes.i32(memory, edge), initial, delta, previous));
            }
            at += length;
        }
    }

    private static int acknowledged(int number, int initial, int delta, int previous) {
        return number - (number - previous - initial > 0 ? delta : previous);
    }

    /** A partial checksum does not cover the header yet; a whole one changes by the difference. */
    private static void set(Frame frame, Packet packet, long at, int value) {
        MemorySegment memory = packet.memory();
        int before = Bytes.i32(memory, at);
        Bytes.i32(memory, at, value);
        if (!VirtioNetHeader.needsChecksum(memory, frame.start())) {
            long field = packet.transport() + Transport.TCP_CHECKSUM;
            // In a sum, four bytes at an odd offset count with their bytes exchanged in pairs.
            boolean odd = (at - packet.transport() & 1) != 0;
            int delta = Checksum.delta(words(before, odd), words(value, odd));
            Bytes.u16(memory, field, Checksum.update(Bytes.u16(memory, field), delta));
        }
    }

    private static int words(int number, boolean odd) {
        return Checksum.fold((odd ? Integer.rotateLeft(number, 8) : number) & 0xffff_ffffL);
    }
}
