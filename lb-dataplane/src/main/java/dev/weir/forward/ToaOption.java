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
import java.lang.foreign.ValueLayout;

/**
 * The client's address in a TCP option of its packets ("TCP option address"), as servers with DPVS's or Alibaba's module
 * read it. It stands before all other options, and none of its kind that the client sent itself is left. Belongs to one
 * worker.
 *
 * <pre>
 *   0 kind, 254   1 length, 8 or 20   2 client's port (2)   4 client's address (4, or 16)
 * </pre>
 */
public final class ToaOption {
    private static final int V4_LENGTH = 8;
    private static final int V6_LENGTH = 20;
    /** Bytes of options at most (RFC 9293 section 3.1). */
    private static final int LONGEST = 40;
    private static final int TOO_LONG = -1;
    private static final int DATA_OFFSET = 12;

    private final byte[] options = new byte[LONGEST];

    /** Bytes that the option of a client's address takes. */
    public static int length(boolean v4) {
        return v4 ? V4_LENGTH : V6_LENGTH;
    }

    /**
     * Puts a packet's source into its options, which makes the frame longer, in its headroom.
     *
     * @param packet of a sound TCP header; read anew
     * @param room   bytes that it may grow by
     * @return false where it has no room for it
     */
    public boolean put(Frame frame, Packet packet, int room) {
        int own = write(packet);
        int length = append(packet, own, false);
        if (length == TOO_LONG) {
            length = append(packet, own, true);
        }
        if (length == TOO_LONG || length - present(packet) > room) {
            remove(frame, packet);
            return false;
        }
        replace(frame, packet, length);
        return true;
    }

    /** Takes every option of the kind out of a packet of a sound TCP header. */
    public static void remove(Frame frame, Packet packet) {
        TcpOptions.blank(frame, packet, TcpOptions.EXPERIMENT);
    }

    private static int present(Packet packet) {
        return (int) (TcpOptions.end(packet) - packet.transport()) - Transport.TCP_HEADER_LENGTH;
    }

    private int write(Packet packet) {
        int length = length(packet.v4());
        options[0] = (byte) TcpOptions.EXPERIMENT;
        options[1] = (byte) length;
        put(2, packet.sourcePort(), 2);
        if (packet.v4()) {
            put(4, packet.sourceLow(), 4);
        } else {
            put(4, packet.sourceHigh(), 8);
            put(12, packet.sourceLow(), 8);
        }
        return length;
    }

    private void put(int at, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            options[at + i] = (byte) (value >>> 8 * (bytes - 1 - i));
        }
    }

    /**
     * Writes behind the first {@code length} bytes what the packet's options are without those of the kind.
     *
     * @param tight without what only aligns them
     * @return bytes of all, a multiple of 4, or {@link #TOO_LONG}
     */
    private int append(Packet packet, int length, boolean tight) {
        MemorySegment memory = packet.memory();
        long end = TcpOptions.end(packet);
        int next = length;
        long at = packet.transport() + Transport.TCP_HEADER_LENGTH;
        while (at < end) {
            int each = TcpOptions.length(memory, at, end);
            if (each == 0) {
                break;
            }
            int kind = Bytes.u8(memory, at);
            if (kind != TcpOptions.EXPERIMENT && !(tight && kind == TcpOptions.NO_OPERATION)) {
                if (next + each > LONGEST) {
                    return TOO_LONG;
                }
                MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, options, next, each);
                next += each;
            }
            at += each;
        }
        while (next % 4 != 0) {
            options[next++] = TcpOptions.END;
        }
        return next;
    }

    /** Moves what stands before the options, the smaller part, and writes the new ones. */
    private void replace(Frame frame, Packet packet, int length) {
        MemorySegment memory = frame.memory();
        int grown = length - present(packet);
        int before = sum(packet);
        int ipLength = packet.ipLength() + grown;
        long from = frame.start() - VirtioNetHeader.LENGTH;
        MemorySegment.copy(memory, from, memory, from - grown,
                packet.transport() + Transport.TCP_HEADER_LENGTH - from);
        frame.moveStart(-grown);
        if (VirtioNetHeader.gsoType(memory, frame.start()) != VirtioNetHeader.GSO_NONE) {
            VirtioNetHeader.headerLength(memory, frame.start(),
                    VirtioNetHeader.headerLength(memory, frame.start()) + grown);
        }
        packet.relocate(memory, -grown);
        long tcp = packet.transport();
        MemorySegment.copy(options, 0, memory, ValueLayout.JAVA_BYTE, tcp + Transport.TCP_HEADER_LENGTH, length);
        Bytes.u8(memory, tcp + DATA_OFFSET,
                Transport.TCP_HEADER_LENGTH + length << 2 | Bytes.u8(memory, tcp + DATA_OFFSET) & 0xf);
        int lengths = Checksum.delta(packet.ipLength(), ipLength);
        if (packet.v4()) {
            Ipv4.totalLength(memory, packet.ip(), ipLength);
            Ipv4.updateChecksum(memory, packet.ip(), lengths);
        } else {
            Ipv6.payloadLength(memory, packet.ip(), ipLength - Ipv6.HEADER_LENGTH);
        }
        packet.parse(frame);
        if (VirtioNetHeader.needsChecksum(memory, frame.start())) {
            long field = tcp + Transport.TCP_CHECKSUM;
            Bytes.u16(memory, field, Checksum.fold((long) Bytes.u16(memory, field) + lengths));
        } else {
            TcpOptions.changed(frame, tcp, before, Checksum.fold((long) sum(packet) + lengths));
        }
    }

    /** Of what is covered by the checksum, and changes. */
    private static int sum(Packet packet) {
        return Checksum.fold(
                (long) TcpOptions.sum(packet) + Bytes.u16(packet.memory(), packet.transport() + DATA_OFFSET));
    }
}
