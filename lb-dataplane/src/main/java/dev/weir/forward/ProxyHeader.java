package dev.weir.forward;

import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/**
 * The header of the PROXY protocol (HAProxy's specification): what a server learns of a client's connection before its
 * first byte. Belongs to one worker, who writes one at a time.
 *
 * <pre>
 *   version 1   a line of ASCII: PROXY TCP4|TCP6 client's address, virtual address, client's port, virtual port CR LF
 *   version 2   0 signature (12)   12 version 2, command PROXY   13 family, STREAM   14 bytes that follow (2)
 *              16 client's address (4, or 16)   virtual address   client's port (2)   virtual port (2)
 * </pre>
 */
public final class ProxyHeader {
    /** Of the longest line, and of no binary header more. */
    private static final int LONGEST = 104;
    private static final byte[] SIGNATURE = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
    private static final int VERSION_2_PROXY = 0x21;
    private static final int STREAM_V4 = 0x11;
    private static final int STREAM_V6 = 0x21;
    private static final int FLAGS = Transport.ACK | Transport.PSH;

    private final AsciiText text = new AsciiText(LONGEST);

    /** The first {@link #length} are the header written last. */
    byte[] bytes() {
        return text.bytes();
    }

    /** Bytes of the header written last. */
    public int length() {
        return text.length();
    }

    /** Both addresses are of one family. */
    public void writeText(long clientHigh, long clientLow, int clientPort, long virtualHigh, long virtualLow,
            int virtualPort) {
        text.clear().put("PROXY TCP").put(IpAddress.isV4(clientHigh, clientLow) ? '4' : '6').put(' ')
                .putAddress(clientHigh, clientLow).put(' ').putAddress(virtualHigh, virtualLow).put(' ')
                .putDecimal(clientPort).put(' ').putDecimal(virtualPort).put('\r').put('\n');
    }

    /** Both addresses are of one family. */
    public void writeBinary(long clientHigh, long clientLow, int clientPort, long virtualHigh, long virtualLow,
            int virtualPort) {
        boolean v4 = IpAddress.isV4(clientHigh, clientLow);
        int address = v4 ? 4 : 16;
        text.clear();
        for (byte one : SIGNATURE) {
            text.put(one);
        }
        text.put(VERSION_2_PROXY).put(v4 ? STREAM_V4 : STREAM_V6);
        putNumber(2 * address + 4, 2);
        putAddress(clientHigh, clientLow, address);
        putAddress(virtualHigh, virtualLow, address);
        putNumber(clientPort, 2);
        putNumber(virtualPort, 2);
    }

    /** Bytes of the frame that {@link #segment} makes. */
    public int frameLength(Frame frame, Packet packet) {
        return frame.length() - TcpOptions.payload(packet) + text.length();
    }

    /**
     * Writes the header into a segment like a client's: its headers, with the header in place of its data, in one piece.
     *
     * @param packet  of {@code frame}, of a sound TCP header
     * @param segment a fresh frame of {@link #frameLength}
     * @param made    becomes the packet of {@code segment}
     */
    public void segment(Frame frame, Packet packet, Frame segment, Packet made) {
        long end = packet.ip() + packet.ipLength();
        PayloadEdit.replace(frame, packet, segment, end - TcpOptions.payload(packet), end, text.bytes(),
                text.length());
        MemorySegment memory = segment.memory();
        VirtioNetHeader.gsoType(memory, segment.start(), VirtioNetHeader.GSO_NONE);
        VirtioNetHeader.gsoSize(memory, segment.start(), 0);
        VirtioNetHeader.headerLength(memory, segment.start(), 0);
        long tcp = segment.start() + (packet.transport() - frame.start());
        int before = Transport.tcpFlags(memory, tcp);
        Transport.tcpFlags(memory, tcp, FLAGS);
        TcpOptions.changed(segment, tcp, before, FLAGS);
        made.parse(segment);
    }

    private void putAddress(long high, long low, int length) {
        if (length > 4) {
            putNumber(high, 8);
        }
        putNumber(low, Math.min(length, 8));
    }

    private void putNumber(long value, int length) {
        for (int i = length - 1; i >= 0; i--) {
            text.put((int) (value >>> 8 * i));
        }
    }
}
