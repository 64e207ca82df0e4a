package dev.weir.replay;

import dev.weir.wire.IpAddress;
import java.util.Arrays;

/**
 * What of a frame is to be compared. Fields that a director is free to choose are set to zero, with the checksums that
 * follow from them, and frames that are no director's business are left out.
 *
 * <p>Free are the identification of IPv4 headers that the director itself makes (outer headers, ICMP errors) and of IPv6
 * fragments (the kernel draws it), a GUE tunnel's source port, a sync datagram's source port and IPv4 header, the flow label of the host's own
 * ICMPv6 errors, echo replies and TCP resets (the kernel hashes it with a secret, anew at each boot), and Ethernet padding.
 * No director's business are ARP, IGMP,
 * neighbour discovery, MLD and the host's own questions to DNS.
 */
final class FreeFields {
    private static final int ETHERNET = 14;
    private static final int IPV4 = 0x0800;
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;
    private static final int IPV4_LENGTH = 20;
    private static final int IPV6_LENGTH = 40;
    private static final int HOP_BY_HOP = 0;
    private static final int ICMP = 1;
    private static final int IGMP = 2;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int FRAGMENT = 44;
    private static final int FRAGMENT_IDENTIFICATION = 4;
    private static final int FRAGMENT_LENGTH = 8;
    private static final int ICMPV6 = 58;
    /** ICMPv6 types below it are errors (RFC 4443). */
    private static final int FIRST_ICMPV6_QUESTION = 128;
    private static final int ICMPV6_ECHO_REPLY = 129;
    private static final int TCP_FLAGS = 13;
    private static final int RST = 4;
    private static final int DNS_PORT = 53;
    private static final int GUE_PORT = 6080;
    /** What IPv6 addresses of groups begin with (RFC 4291 section 2.7). */
    private static final int MULTICAST = 0xff;

    private final Topology topology;

    FreeFields(Topology topology) {
        this.topology = topology;
    }

    static boolean isHousekeeping(byte[] frame, Topology topology) {
        if (frame.length < ETHERNET) {
            return false;
        }
        return switch (u16(frame, 12)) {
            case ARP -> true;
            case IPV4 -> frame.length >= ETHERNET + IPV4_LENGTH && (u8(frame, 23) == IGMP
                    || u8(frame, 23) == UDP && frame.length >= 38 && u16(frame, 36) == DNS_PORT
                            && topology.isDirectors(v4(frame, 26)));
            case IPV6 -> frame.length > ETHERNET + IPV6_LENGTH && (u8(frame, 20) == HOP_BY_HOP
                    || u8(frame, 20) == ICMPV6 && u8(frame, 54) >= 130 && u8(frame, 54) <= 143);
            default -> false;
        };
    }

    /** The frame without padding and with free fields zero; a frame that is no whole IP header stays as it is. */
    byte[] cleared(byte[] frame) {
        int type = frame.length < ETHERNET ? 0 : u16(frame, 12);
        if (type == IPV4 && frame.length >= ETHERNET + IPV4_LENGTH) {
            return clearedV4(frame);
        }
        if (type == IPV6 && frame.length >= ETHERNET + IPV6_LENGTH) {
            return clearedV6(frame);
        }
        return frame;
    }

    private byte[] clearedV4(byte[] frame) {
        byte[] data = Arrays.copyOf(frame, Math.min(frame.length, ETHERNET + u16(frame, 16)));
        int body = ETHERNET + (u8(frame, 14) & 15) * 4;
        if (data.length < ETHERNET + IPV4_LENGTH) {
            return data;
        }
        IpAddress source = v4(data, 26);
        int protocol = u8(data, 23);
        boolean directors = topology.isDirectors(source);
        if (directors || topology.isVirtual(source) && protocol == ICMP && isHostsIcmp(data, body)) {
            Arrays.fill(data, 18, 20, (byte) 0);
            Arrays.fill(data, 24, 26, (byte) 0);
        }
        if (directors && protocol == UDP && data.length >= body + 8) {
            boolean multicast = u8(data, 30) >= 224;
            if (multicast || u16(data, body + 2) == GUE_PORT) {
                clearUdpSource(data, body);
            }
            if (multicast) {
                Arrays.fill(data, 15, 26, (byte) 0);
            }
        }
        return data;
    }

    /** Destination unreachable, time exceeded and echo replies are packets that the host makes. */
    private static boolean isHostsIcmp(byte[] data, int body) {
        return data.length > body && (u8(data, body) == 3 || u8(data, body) == 11 || u8(data, body) == 0);
    }

    private byte[] clearedV6(byte[] frame) {
        int body = ETHERNET + IPV6_LENGTH;
        byte[] data = Arrays.copyOf(frame, Math.min(frame.length, body + u16(frame, 18)));
        IpAddress source = v6(data, 22);
        boolean toGroup = u8(data, 38) == MULTICAST && topology.isDirectors(source);
        if (u8(data, 20) == UDP && data.length >= body + 8 && (toGroup || u16(data, body + 2) == GUE_PORT)) {
            clearUdpSource(data, body);
        }
        if (u8(data, 20) == FRAGMENT && data.length >= body + FRAGMENT_LENGTH) {
            Arrays.fill(data, body + FRAGMENT_IDENTIFICATION, body + FRAGMENT_LENGTH, (byte) 0);
        }
        if ((topology.isDirectors(source) || topology.virtual().contains(source)) && isHostsOwn(data, body)) {
            data[15] &= (byte) 0xf0;
            Arrays.fill(data, 16, 18, (byte) 0);
        }
        return data;
    }

    /** Echo replies among it: servers' never bear an address of the director's. */
    private static boolean isHostsOwn(byte[] data, int body) {
        return u8(data, 20) == ICMPV6 && data.length > body
                && (u8(data, body) < FIRST_ICMPV6_QUESTION || u8(data, body) == ICMPV6_ECHO_REPLY)
                || u8(data, 20) == TCP && data.length > body + TCP_FLAGS && (u8(data, body + TCP_FLAGS) & RST) != 0;
    }

    private static void clearUdpSource(byte[] data, int udp) {
        Arrays.fill(data, udp, udp + 2, (byte) 0);
        Arrays.fill(data, udp + 6, udp + 8, (byte) 0);
    }

    private static int u8(byte[] data, int offset) {
        return data[offset] & 255;
    }

    private static int u16(byte[] data, int offset) {
        return u8(data, offset) << 8 | u8(data, offset + 1);
    }

    private static IpAddress v4(byte[] data, int offset) {
        return IpAddress.of(Arrays.copyOfRange(data, offset, offset + 4));
    }

    private static IpAddress v6(byte[] data, int offset) {
        return IpAddress.of(Arrays.copyOfRange(data, offset, offset + 16));
    }
}
