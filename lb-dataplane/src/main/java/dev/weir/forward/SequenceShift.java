package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;

/**
 * Shifts the sequence numbers of TCP segments whose stream became longer or shorter on its way, and what the other side
 * acknowledges of it, selective acknowledgements (RFC 2018) included, in place (nf_ct_seq_adjust). A stream is shifted by
 * {@code delta} after the sequence number {@code initial}, and by {@code previous} before.
 */
public final class SequenceShift {
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

    /**
     * A segment of the other direction, which acknowledges the stream.
     *
     * @param least what is acknowledged at least where the stream changed: what was inserted there its sender does not know
     */
    public static void acknowledgement(Frame frame, Packet packet, int initial, int delta, int previous, int least) {
        if (delta == 0 && previous == 0 || (packet.tcpFlags() & Transport.ACK) == 0) {
            return;
        }
        MemorySegment memory = packet.memory();
        long field = packet.transport() + Transport.TCP_ACKNOWLEDGEMENT;
        set(frame, packet, field, back(Bytes.i32(memory, field), initial, delta, previous, least));
        long sack = TcpOptions.find(packet, TcpOptions.SACK);
        if (sack != TcpOptions.NONE) {
            long end = sack + Bytes.u8(memory, sack + 1);
            for (long edge = sack + SACK_EDGES; edge + 4 <= end; edge += 4) {
                set(frame, packet, edge, back(Bytes.i32(memory, edge), initial, delta, previous, least));
            }
        }
    }

    /** A sequence number of the stream as its sender knows it, from what its receiver knows. */
    public static int back(int number, int initial, int delta, int previous, int least) {
        if (number - previous - initial <= 0) {
            return number - previous;
        }
        int shifted = number - delta;
        return shifted - least < 0 ? least : shifted;
    }

    private static void set(Frame frame, Packet packet, long at, int value) {
        MemorySegment memory = packet.memory();
        int before = Bytes.i32(memory, at);
        Bytes.i32(memory, at, value);
        // In a sum, four bytes at an odd offset count with their bytes exchanged in pairs.
        boolean odd = (at - packet.transport() & 1) != 0;
        TcpOptions.changed(frame, packet.transport(), words(before, odd), words(value, odd));
    }

    private static int words(int number, boolean odd) {
        return Checksum.fold((odd ? Integer.rotateLeft(number, 8) : number) & 0xffff_ffffL);
    }
}
