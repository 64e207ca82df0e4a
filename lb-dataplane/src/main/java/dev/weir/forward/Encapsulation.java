package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Offload;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/**
 * Wraps a packet in an outer header, in the frame's headroom: plain IP in IP (RFC 2003, RFC 2473, RFC 4213), GUE
 * (draft-ietf-intarea-gue, version 0) or GRE (RFC 2784), either family in either.
 */
public final class Encapsulation {
    private static final int GUE_LENGTH = Transport.UDP_HEADER_LENGTH + 4;
    private static final int GRE_LENGTH = 4;
    private static final int GRE_CHECKSUM_LENGTH = 4;
    private static final int GRE_CHECKSUM_PRESENT = 0x8000;
    private static final int ECN_MASK = 3;
    private static final int ECN_CE = 3;
    private static final int ECN_ECT0 = 2;

    /** What stands between the two IP headers. */
    public enum Shim {
        NONE, GUE, GRE
    }

    private Encapsulation() {
    }

    /** Bytes that the outer headers add to a packet. */
    public static int overhead(Shim shim, boolean checksum, boolean outerV4) {
        return (outerV4 ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH) + shimLength(shim, checksum);
    }

    private static int shimLength(Shim shim, boolean checksum) {
        return switch (shim) {
            case NONE -> 0;
            case GUE -> GUE_LENGTH;
            case GRE -> GRE_LENGTH + (checksum ? GRE_CHECKSUM_LENGTH : 0);
        };
    }

    /**
     * Wraps the packet, whose TTL is counted down already. Afterwards {@code packet} still names the inner one.
     *
     * @param guePort        destination port of GUE
     * @param flow           a hash of the inner flow, from which GUE's source port comes
     * @param identification of an outer IPv4 header
     * @param keepDf         whether an inner DF becomes an outer one (sysctl pmtu_disc)
     */
    public static void wrap(Frame frame, Packet packet, Shim shim, boolean checksum, int guePort, int flow,
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int identification,
            boolean keepDf) {
        MemorySegment memory = frame.memory();
        boolean outerV4 = IpAddress.isV4(destinationHigh, destinationLow);
        if (checksum) {
            Offload.finishChecksum(frame);
        }
        int added = overhead(shim, checksum, outerV4);
        int shimLength = shimLength(shim, checksum);
        int innerLength = packet.ipLength();
        int ttl = packet.ttl();
        int trafficClass = outerTrafficClass(packet.trafficClass());
        int innerProtocol = packet.v4() ? Transport.IPIP : Transport.IPV6;
        int linkLength = (int) (packet.ip() - frame.start());
        VirtioNetHeader.move(memory, frame.start(), -added);
        Ethernet.move(memory, frame.start(), linkLength, -added);
        frame.moveStart(-added);
        Bytes.u16(memory, frame.start() + linkLength - 2, outerV4 ? Ethernet.IPV4 : Ethernet.IPV6);
        long outer = frame.start() + linkLength;
        int protocol = switch (shim) {
            case NONE -> innerProtocol;
            case GUE -> Transport.UDP;
            case GRE -> Transport.GRE;
        };
        if (outerV4) {
            int df = keepDf && packet.v4() && packet.dontFragment() ? Ipv4.DONT_FRAGMENT : 0;
            Ipv4.write(memory, outer, trafficClass, innerLength + added, df == 0 ? identification : 0, df, ttl,
                    protocol, (int) sourceLow, (int) destinationLow);
        } else {
            Ipv6.write(memory, outer, trafficClass, innerLength + shimLength, protocol, ttl, sourceHigh, sourceLow,
                    destinationHigh, destinationLow);
        }
        long at = packet.ip() - shimLength;
        switch (shim) {
            case NONE -> {
            }
            case GUE -> writeGue(memory, at, outer, outerV4, innerProtocol, checksum, guePort, flow,
                    innerLength + shimLength);
            case GRE -> writeGre(memory, at, packet.v4(), checksum, innerLength + shimLength);
        }
    }

    /** RFC 6040 in the form of INET_ECN_encapsulate: congestion seen inside is not shown outside, as ECT(0). */
    private static int outerTrafficClass(int inner) {
        int ecn = inner & ECN_MASK;
        return inner & ~ECN_MASK | (ecn == ECN_CE ? ECN_ECT0 : ecn);
    }

    private static void writeGue(MemorySegment memory, long at, long outer, boolean outerV4, int innerProtocol,
            boolean checksum, int port, int flow, int length) {
        Transport.sourcePort(memory, at, 0xc000 | flow & 0x3fff);
        Transport.destinationPort(memory, at, port);
        Transport.udpLength(memory, at, length);
        Bytes.u16(memory, at + Transport.UDP_CHECKSUM, 0);
        Bytes.i32(memory, at + Transport.UDP_HEADER_LENGTH, innerProtocol << 16);
        if (checksum) {
            int addresses = outerV4 ? Checksum.sum(memory, outer + 12, 8) : Checksum.sum(memory, outer + 8, 32);
            int pseudo = Checksum.pseudoHeader(addresses, 0, Transport.UDP, length);
            int value = Checksum.of(Checksum.fold((long) pseudo + Checksum.sum(memory, at, length)));
            Bytes.u16(memory, at + Transport.UDP_CHECKSUM, value == 0 ? 0xffff : value);
        }
    }

    private static void writeGre(MemorySegment memory, long at, boolean innerV4, boolean checksum, int length) {
        Bytes.u16(memory, at, checksum ? GRE_CHECKSUM_PRESENT : 0);
        Bytes.u16(memory, at + 2, innerV4 ? Ethernet.IPV4 : Ethernet.IPV6);
        if (checksum) {
            Bytes.i32(memory, at + 4, 0);
            Bytes.u16(memory, at + 4, Checksum.of(Checksum.sum(memory, at, length)));
        }
    }
}
