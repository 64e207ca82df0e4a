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
    private static final int GROUPS = 8;
    private static final int FLAGS = Transport.ACK | Transport.PSH;

    private final byte[] bytes = new byte[LONGEST];
    private int length;

    /** The first {@link #length} are the header written last. */
    byte[] bytes() {
        return bytes;
    }

    /** Bytes of the header written last. */
    public int length() {
        return length;
    }

    /** Both addresses are of one family. */
    public void writeText(long clientHigh, long clientLow, int clientPort, long virtualHigh, long virtualLow,
            int virtualPort) {
        length = 0;
        put("PROXY TCP");
        put(IpAddress.isV4(clientHigh, clientLow) ? '4' : '6');
        put(' ');
        putText(clientHigh, clientLow);
        put(' ');
        putText(virtualHigh, virtualLow);
        put(' ');
        putDecimal(clientPort);
        put(' ');
        putDecimal(virtualPort);
        put('\r');
        put('\n');
    }

    /** Both addresses are of one family. */
    public void writeBinary(long clientHigh, long clientLow, int clientPort, long virtualHigh, long virtualLow,
            int virtualPort) {
        boolean v4 = IpAddress.isV4(clientHigh, clientLow);
        int address = v4 ? 4 : 16;
        System.arraycopy(SIGNATURE, 0, bytes, 0, SIGNATURE.length);
        length = SIGNATURE.length;
        put(VERSION_2_PROXY);
        put(v4 ? STREAM_V4 : STREAM_V6);
        putNumber(2 * address + 4, 2);
        putAddress(clientHigh, clientLow, address);
        putAddress(virtualHigh, virtualLow, address);
        putNumber(clientPort, 2);
        putNumber(virtualPort, 2);
    }

    /** Bytes of the frame that {@link #segment} makes. */
    public int frameLength(Frame frame, Packet packet) {
        return frame.length() - TcpOptions.payload(packet) + length;
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
        PayloadEdit.replace(frame, packet, segment, end - TcpOptions.payload(packet), end, bytes, length);
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
            put((int) (value >>> 8 * i));
        }
    }

    private void putText(long high, long low) {
        if (!IpAddress.isV4(high, low)) {
            putV6(high, low);
            return;
        }
        for (int shift = 24; shift >= 0; shift -= 8) {
            putDecimal((int) (low >>> shift) & 0xff);
            if (shift > 0) {
                put('.');
            }
        }
    }

    /** As RFC 5952 writes it. */
    private void putV6(long high, long low) {
        int longest = 1;
        int hidden = -1;
        for (int from = 0; from < GROUPS; from++) {
            int to = from;
            while (to < GROUPS && group(high, low, to) == 0) {
                to++;
            }
            if (to - from > longest) {
                longest = to - from;
                hidden = from;
            }
        }
        for (int i = 0; i < GROUPS; i++) {
            if (i == hidden) {
                put(':');
                put(':');
                i += longest - 1;
            } else {
                if (i > 0 && bytes[length - 1] != ':') {
                    put(':');
                }
                putDigits(group(high, low, i), 16);
            }
        }
    }

    private static int group(long high, long low, int number) {
        return (int) ((number < 4 ? high : low) >>> 16 * (3 - number % 4)) & 0xffff;
    }

    private void putDecimal(int number) {
        putDigits(number, 10);
    }

    private void putDigits(int number, int radix) {
        int divisor = 1;
        while (number / divisor >= radix) {
            divisor *= radix;
        }
        for (; divisor > 0; divisor /= radix) {
            put(Character.forDigit(number / divisor % radix, radix));
        }
    }

    private void put(String text) {
        for (int i = 0; i < text.length(); i++) {
            put(text.charAt(i));
        }
    }

    private void put(int value) {
        bytes[length++] = (byte) value;
    }
}
