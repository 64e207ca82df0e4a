package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;

/** A segment of the director's own that ends a connection (RFC 9293 section 3.5.2). */
public final class TcpReset {
    private static final int TTL = 64;
    private static final int HEADER_WORDS = Transport.TCP_HEADER_LENGTH / 4;

    private TcpReset() {
    }

    /** Bytes of the frame that {@link #write} makes. */
    public static int length(boolean v4) {
        return Ethernet.HEADER_LENGTH + (v4 ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH) + Transport.TCP_HEADER_LENGTH;
    }

    /**
     * Writes a frame, but for its MAC addresses.
     *
     * @param frame    of {@link #length} bytes
     * @param sequence what its receiver expects next: it ignores any other (RFC 5961 section 3.2)
     */
    public static void write(Frame frame, long sourceHigh, long sourceLow, int sourcePort, long destinationHigh,
            long destinationLow, int destinationPort, int sequence) {
        MemorySegment memory = frame.memory();
        boolean v4 = IpAddress.isV4(destinationHigh, destinationLow);
        long ip = frame.start() + Ethernet.HEADER_LENGTH;
        Ethernet.type(memory, frame.start(), v4 ? Ethernet.IPV4 : Ethernet.IPV6);
        if (v4) {
            Ipv4.write(memory, ip, 0, Ipv4.HEADER_LENGTH + Transport.TCP_HEADER_LENGTH, 0, Ipv4.DONT_FRAGMENT, TTL,
                    Transport.TCP, (int) sourceLow, (int) destinationLow);
        } else {
            Ipv6.write(memory, ip, 0, Transport.TCP_HEADER_LENGTH, Transport.TCP, TTL, sourceHigh, sourceLow,
                    destinationHigh, destinationLow);
        }
        long tcp = ip + (v4 ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH);
        Bytes.i32(memory, tcp, sourcePort << 16 | destinationPort);
        Bytes.i32(memory, tcp + Transport.TCP_SEQUENCE, sequence);
        Bytes.i32(memory, tcp + Transport.TCP_ACKNOWLEDGEMENT, 0);
        Bytes.i32(memory, tcp + 12, HEADER_WORDS << 28 | Transport.RST << 16);
        Bytes.i32(memory, tcp + Transport.TCP_CHECKSUM, 0);
        int pseudo = Checksum.pseudoHeader(Checksum.ofAddress(sourceHigh, sourceLow),
                Checksum.ofAddress(destinationHigh, destinationLow), Transport.TCP, Transport.TCP_HEADER_LENGTH);
        Bytes.u16(memory, tcp + Transport.TCP_CHECKSUM, Checksum
                .of(Checksum.fold((long) pseudo + Checksum.sum(memory, tcp, Transport.TCP_HEADER_LENGTH))));
    }
}
