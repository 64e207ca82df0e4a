package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Frame;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/** The options of a TCP header (RFC 9293 section 3.1): found, and changed in place. */
public final class TcpOptions {
    public static final int END = 0;
    public static final int NO_OPERATION = 1;
    public static final int MAXIMUM_SEGMENT_SIZE = 2;
    /** RFC 2018. */
    public static final int SACK = 5;
    /** RFC 7323. */
    public static final int TIMESTAMPS = 8;
    /** RFC 7413. */
    public static final int FAST_OPEN = 34;
    /** For experiments (RFC 4727, RFC 6994): TOA, and Fast Open before it had a number. */
    public static final int EXPERIMENT = 254;
    /** No such option. */
    public static final long NONE = -1;

    private TcpOptions() {
    }

    /** Whether the header's length is one that can be, so that options and payload have a place. */
    public static boolean isSound(Packet packet) {
        int header = Transport.tcpHeaderLength(packet.memory(), packet.transport());
        return header >= Transport.TCP_HEADER_LENGTH && header <= packet.transportLength();
    }

    /** Bytes of payload, of a header that {@link #isSound}. */
    public static int payload(Packet packet) {
        return packet.transportLength() - Transport.tcpHeaderLength(packet.memory(), packet.transport());
    }

    /** Offset behind the options, within the packet. */
    static long end(Packet packet) {
        return packet.transport() + Math.min(Transport.tcpHeaderLength(packet.memory(), packet.transport()),
                packet.transportLength());
    }

    /**
     * Bytes of the option at an offset before {@code end}; 0 where it is the end of all, or where what stands there is no
     * option.
     */
    static int length(MemorySegment memory, long at, long end) {
        int kind = Bytes.u8(memory, at);
        if (kind == NO_OPERATION) {
            return 1;
        }
        int length = kind == END || at + 1 >= end ? 0 : Bytes.u8(memory, at + 1);
        return length < 2 || at + length > end ? 0 : length;
    }

    /** Offset of the first option of a kind; {@link #NONE} where there is none. */
    public static long find(Packet packet, int kind) {
        MemorySegment memory = packet.memory();
        long end = end(packet);
        for (long at = packet.transport() + Transport.TCP_HEADER_LENGTH; at < end;) {
            int length = length(memory, at, end);
            if (length == 0) {
                return NONE;
            }
            if (Bytes.u8(memory, at) == kind) {
                return at;
            }
            at += length;
        }
        return NONE;
    }

    /** No-operations stand in place of every option of a kind. */
    public static void blank(Frame frame, Packet packet, int kind) {
        for (long at = find(packet, kind); at != NONE; at = find(packet, kind)) {
            int before = sum(packet);
            int length = Bytes.u8(packet.memory(), at + 1);
            for (int i = 0; i < length; i++) {
                Bytes.u8(packet.memory(), at + i, NO_OPERATION);
            }
            changed(frame, packet.transport(), before, sum(packet));
        }
    }

    /** The sum of all options. */
    static int sum(Packet packet) {
        long from = packet.transport() + Transport.TCP_HEADER_LENGTH;
        return Checksum.sum(packet.memory(), from, end(packet) - from);
    }

    /**
     * Mends the checksum after words of the header changed; a partial one does not cover them yet.
     *
     * @param tcp offset of the header
     */
    static void changed(Frame frame, long tcp, int before, int after) {
        MemorySegment memory = frame.memory();
        if (!VirtioNetHeader.needsChecksum(memory, frame.start())) {
            long field = tcp + Transport.TCP_CHECKSUM;
            Bytes.u16(memory, field, Checksum.update(Bytes.u16(memory, field), Checksum.delta(before, after)));
        }
    }
}
