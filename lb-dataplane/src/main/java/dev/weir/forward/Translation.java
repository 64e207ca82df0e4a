package dev.weir.forward;

import dev.weir.wire.Bytes;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Offload;
import dev.weir.wire.Packet;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/**
 * Translates a packet between IPv4 and IPv6 (RFC 7915) in place in its frame: the network header is written anew before the
 * transport header, and what stands before it moves into the headroom or out of it. IPv4 options and IPv6 extension headers
 * are left off. See {@link ErrorTranslation} for ICMP errors.
 */
public final class Translation {
    /** Bytes by which an IPv4 packet without options grows, and an IPv6 one without extension headers shrinks. */
    public static final int GROWTH = Ipv6.HEADER_LENGTH - Ipv4.HEADER_LENGTH;
    /** {@link #obstacle} of a packet that can be translated. */
    public static final int NONE = 0;
    /** Behind an IPv6 sender that sends no smaller packets routers must be free to cut (RFC 7915 section 5.1). */
    private static final int ALWAYS_CUT = Ipv6.MINIMUM_MTU - GROWTH;
    private static final int LONGEST_V4_PAYLOAD = 0xffff - Ipv4.HEADER_LENGTH;
    private static final int LOOSE_SOURCE_ROUTE = 131;
    private static final int STRICT_SOURCE_ROUTE = 137;
    private static final int SEGMENTS_LEFT = 3;

    private Translation() {
    }

    /**
     * What of a packet's header forbids to leave it off: a source route that is not at its end yet (RFC 7915 sections 4.1
     * and 5.1), or a header that authenticates the others.
     *
     * @return the offset, from the IP header, of the byte at fault; {@link #NONE} where there is nothing
     */
    public static int obstacle(Packet packet) {
        int header = headerLength(packet);
        if (packet.v4()) {
            return header == Ipv4.HEADER_LENGTH ? NONE : sourceRoute(packet.memory(), packet.ip(), header);
        }
        return header == Ipv6.HEADER_LENGTH ? NONE : extension(packet.memory(), packet.ip(), header);
    }

    private static int sourceRoute(MemorySegment memory, long ip, int header) {
        for (int at = Ipv4.HEADER_LENGTH; at + 2 < header;) {
            int type = Bytes.u8(memory, ip + at);
            if (type == 0) {
                return NONE;
            }
            int length = type == 1 ? 1 : Bytes.u8(memory, ip + at + 1);
            if (length == 0) {
                return NONE;
            }
            if ((type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE)
                    && Bytes.u8(memory, ip + at + 2) <= length) {
                return at;
            }
            at += length;
        }
        return NONE;
    }

    private static int extension(MemorySegment memory, long ip, int header) {
        int pointer = Ipv6.NEXT_HEADER;
        for (int at = Ipv6.HEADER_LENGTH; at < header;) {
            int type = Bytes.u8(memory, ip + pointer);
            if (type == Ipv6.AUTHENTICATION) {
                return pointer;
            }
            if (type == Ipv6.ROUTING && Bytes.u8(memory, ip + at + SEGMENTS_LEFT) != 0) {
                return at + SEGMENTS_LEFT;
            }
            pointer = at;
            at += type == Ipv6.FRAGMENT
                    ? Ipv6.FRAGMENT_HEADER_LENGTH
                    : (Bytes.u8(memory, ip + at + 1) + 1) * 8;
        }
        return NONE;
    }

    static int headerLength(Packet packet) {
        return (int) (packet.transport() - packet.ip());
    }

    /** Bytes of a header in the other family. */
    static int translatedHeaderLength(Packet packet) {
        return packet.v4() ? Ipv6.HEADER_LENGTH : Ipv4.HEADER_LENGTH;
    }

    /** Bytes of the largest IP packet that the frame becomes in the other family, when its segmentation is done. */
    public static int length(Frame frame, Packet packet) {
        return Offload.segmentLength(frame, packet) - headerLength(packet) + translatedHeaderLength(packet);
    }

    /** Whether the other family's header can say how long the frame's packet is. */
    public static boolean hasWord(Packet packet) {
        return packet.v4() || packet.transportLength() <= LONGEST_V4_PAYLOAD;
    }

    /**
     * Whether the packet may be cut once it is translated.
     *
     * @param length see {@link #length}
     */
    public static boolean mayFragment(Packet packet, int length) {
        return packet.v4() ? !packet.dontFragment() : length <= ALWAYS_CUT;
    }

    /** The MTU to tell a packet's sender, where the other family's packets find this one (RFC 7915 sections 4.2, 5.2). */
    public static int mtu(boolean senderV4, int mtu) {
        return senderV4 ? mtu - GROWTH : Math.max(mtu + GROWTH, Ipv6.MINIMUM_MTU);
    }

    /**
     * A packet of a connection whose ends are both rewritten gets a source and destination of the other family. Afterwards
     * {@code packet} is the new one, but for its ports. Its TTL is counted down already.
     *
     * @param mayFragment    whether routers may, if it becomes IPv4
     * @param identification of that IPv4 header
     */
    public static void between(Frame frame, Packet packet, long sourceHigh, long sourceLow, int sourcePort,
            long destinationHigh, long destinationLow, int destinationPort, int addressDelta, int tupleDelta,
            boolean mayFragment, int identification) {
        MemorySegment memory = frame.memory();
        boolean fromV4 = packet.v4();
        int protocol = packet.protocol();
        int trafficClass = packet.trafficClass();
        int ttl = packet.ttl();
        int payload = packet.transportLength();
        long ip = packet.transport() - translatedHeaderLength(packet);
        int link = (int) (packet.ip() - frame.start());
        move(frame, link, (int) (ip - packet.ip()));
        Bytes.u16(memory, ip - 2, fromV4 ? Ethernet.IPV6 : Ethernet.IPV4);
        if (fromV4) {
            Ipv6.write(memory, ip, trafficClass, payload, protocol, ttl, sourceHigh, sourceLow, destinationHigh,
                    destinationLow);
            segmentAs(frame, VirtioNetHeader.GSO_TCPV4, VirtioNetHeader.GSO_TCPV6);
        } else {
            Ipv4.write(memory, ip, trafficClass, Ipv4.HEADER_LENGTH + payload, identification,
                    mayFragment ? 0 : Ipv4.DONT_FRAGMENT, ttl, protocol, (int) sourceLow, (int) destinationLow);
            segmentAs(frame, VirtioNetHeader.GSO_TCPV6, VirtioNetHeader.GSO_TCPV4);
        }
        packet.parse(frame);
        Masquerade.ports(frame, packet, sourcePort, destinationPort, addressDelta, tupleDelta);
    }

    /** Moves the frame's beginning: whichever of the two would be written over goes first. */
    private static void move(Frame frame, int link, int by) {
        MemorySegment memory = frame.memory();
        if (by < 0) {
            VirtioNetHeader.move(memory, frame.start(), by);
            Ethernet.move(memory, frame.start(), link, by);
        } else {
            Ethernet.move(memory, frame.start(), link, by);
            VirtioNetHeader.move(memory, frame.start(), by);
        }
        frame.moveStart(by);
    }

    private static void segmentAs(Frame frame, int before, int after) {
        int type = VirtioNetHeader.gsoType(frame.memory(), frame.start());
        if ((type & ~VirtioNetHeader.GSO_ECN) == before) {
            VirtioNetHeader.gsoType(frame.memory(), frame.start(), type - before + after);
        }
    }
}
