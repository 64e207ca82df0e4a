package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;

/** ICMP and ICMPv6 errors of the director's own, about a packet that it cannot send on (RFC 792, RFC 1191, RFC 4443). */
public final class IcmpError {
    /** An IPv4 error quotes as much as fits in 576 bytes (RFC 1812 section 4.3.2.3). */
    static final int V4_LIMIT = 576;
    static final int V6_LIMIT = Ipv6.MINIMUM_MTU;
    private static final int TTL = 64;
    /** Precedence "internetwork control" (RFC 1812 section 4.3.2.5). */
    private static final int INTERNET_CONTROL = 0xc0;
    private static final int TOS_MASK = 0x1e;

    /** What is wrong, as a type and code of either family. */
    public enum Kind {
        TIME_EXCEEDED(11, 0, 3, 0), REASSEMBLY_TIME_EXCEEDED(11, 1, 3, 1), TOO_BIG(3, 4, 2, 0), PORT_UNREACHABLE(3, 3,
                1, 4), HOST_UNREACHABLE(3, 1, 1, 3), SOURCE_ROUTE(3, 5, 4, 0);

        private final int v4Type;
        private final int v4Code;
        private final int v6Type;
        private final int v6Code;

        Kind(int v4Type, int v4Code, int v6Type, int v6Code) {
            this.v4Type = v4Type;
            this.v4Code = v4Code;
            this.v6Type = v6Type;
            this.v6Code = v6Code;
        }

        public int type(boolean v4) {
            return v4 ? v4Type : v6Type;
        }

        public int code(boolean v4) {
            return v4 ? v4Code : v6Code;
        }
    }

    private IcmpError() {
    }

    /** Whether an ICMP or ICMPv6 message is an error about another packet. */
    public static boolean isError(Packet packet) {
        int type = Transport.icmpType(packet.memory(), packet.transport());
        if (packet.protocol() == Transport.ICMP) {
            return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
        }
        return type < 128;
    }

    /** Whether an error about this packet may be sent at all (RFC 1122 section 3.2.2, RFC 4443 section 2.4). */
    public static boolean allowedAbout(Packet packet) {
        if (packet.protocol() == Transport.ICMP || packet.protocol() == Transport.ICMPV6) {
            return !isError(packet);
        }
        return hasSender(packet);
    }

    /** Whether the source is one host's address: no group's, not unspecified, not loopback. */
    public static boolean hasSender(Packet packet) {
        if (packet.v4()) {
            int source = (int) packet.sourceLow();
            return source != 0 && source != -1 && source >>> 28 != 14 && source >>> 24 != 127;
        }
        return packet.sourceHigh() >>> 56 != 0xff && (packet.sourceHigh() != 0 || packet.sourceLow() >>> 1 != 0);
    }

    /** Bytes of the frame that {@link #write} makes. */
    public static int length(Packet about, int linkLength) {
        int headers = about.v4() ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH;
        int limit = about.v4() ? V4_LIMIT : V6_LIMIT;
        return linkLength + Math.min(limit, headers + Transport.ICMP_HEADER_LENGTH + about.ipLength());
    }

    /**
     * Writes a frame, but for its MAC addresses.
     *
     * @param frame          of {@link #length} bytes
     * @param link           the frame whose tag, if any, it gets
     * @param linkLength     bytes of that frame's Ethernet header
     * @param type           of ICMP, or of ICMPv6 where the packet is IPv6; {@code code} likewise
     * @param information    the second word of the ICMP header: an MTU, or 0
     * @param identification of the IPv4 header
     */
    public static void write(Frame frame, Frame link, int linkLength, Packet about, int type, int code,
            int information, long sourceHigh, long sourceLow, int identification) {
        MemorySegment memory = frame.memory();
        MemorySegment.copy(link.memory(), link.start(), memory, frame.start(), linkLength);
        Bytes.u16(memory, frame.start() + linkLength - 2, about.v4() ? Ethernet.IPV4 : Ethernet.IPV6);
        long ip = frame.start() + linkLength;
        int ipLength = frame.length() - linkLength;
        long icmp = ip + (about.v4() ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH);
        int icmpLength = (int) (ip + ipLength - icmp);
        if (about.v4()) {
            int tos = Ipv4.tos(about.memory(), about.ip()) & TOS_MASK | INTERNET_CONTROL;
            Ipv4.write(memory, ip, tos, ipLength, identification, 0, TTL, Transport.ICMP, (int) sourceLow,
                    (int) about.sourceLow());
        } else {
            Ipv6.write(memory, ip, 0, icmpLength, Transport.ICMPV6, TTL, sourceHigh, sourceLow, about.sourceHigh(),
                    about.sourceLow());
        }
        Bytes.u16(memory, icmp, type << 8 | code);
        Bytes.i32(memory, icmp + 4, information);
        MemorySegment.copy(about.memory(), about.ip(), memory, icmp + Transport.ICMP_HEADER_LENGTH,
                icmpLength - Transport.ICMP_HEADER_LENGTH);
        finishChecksum(memory, ip, about.v4(), icmp, icmpLength);
    }

    static void finishChecksum(MemorySegment memory, long ip, boolean v4, long icmp, int icmpLength) {
        Bytes.u16(memory, icmp + 2, 0);
        int sum = Checksum.sum(memory, icmp, icmpLength);
        if (!v4) {
            int addresses = Checksum.sum(memory, ip + 8, 32);
            sum = Checksum.fold((long) sum + Checksum.pseudoHeader(addresses, 0, Transport.ICMPV6, icmpLength));
        }
        Bytes.u16(memory, icmp + 2, Checksum.of(sum));
    }

    /** Whether the message's checksum is right. */
    public static boolean checksumHolds(Packet packet) {
        MemorySegment memory = packet.memory();
        int sum = Checksum.sum(memory, packet.transport(), packet.transportLength());
        if (!packet.v4()) {
            sum = Checksum.fold((long) sum + Checksum.pseudoHeader(
                    Checksum.ofAddress(packet.sourceHigh(), packet.sourceLow()),
                    Checksum.ofAddress(packet.destinationHigh(), packet.destinationLow()), Transport.ICMPV6,
                    packet.transportLength()));
        }
        return sum == 0xffff;
    }

    /** The MTU that "fragmentation needed" or "packet too big" tells; an IPv4 router of old tells 0. */
    public static int mtu(Packet error) {
        return error.v4()
                ? Bytes.u16(error.memory(), error.transport() + 6)
                : (int) Math.min(Integer.MAX_VALUE, Bytes.i32(error.memory(), error.transport() + 4) & 0xffff_ffffL);
    }

    /** Sets the MTU field; the checksum is to be finished. */
    public static void mtu(Packet error, int value) {
        if (error.v4()) {
            Bytes.u16(error.memory(), error.transport() + 6, value);
        } else {
            Bytes.i32(error.memory(), error.transport() + 4, value);
        }
    }

    /** Whether an error is "fragmentation needed" or "packet too big". */
    public static boolean isTooBig(Packet error) {
        int type = Transport.icmpType(error.memory(), error.transport());
        return error.v4() ? type == 3 && Transport.icmpCode(error.memory(), error.transport()) == 4 : type == 2;
    }

}
