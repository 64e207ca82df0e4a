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

/**
 * Translates ICMP errors between IPv4 and IPv6 into a frame of their own, with the packet that they quote (RFC 7915 sections
 * 4.2, 4.3, 5.2 and 5.3). What stands behind that packet (RFC 4884) is left off.
 */
public final class ErrorTranslation {
    /** {@link #header} of an error that has no counterpart. */
    public static final long NONE = -1;
    private static final int V4_UNREACHABLE = 3;
    private static final int V4_TIME_EXCEEDED = 11;
    private static final int V4_PARAMETER = 12;
    private static final int V6_UNREACHABLE = 1;
    private static final int V6_TOO_BIG = 2;
    private static final int V6_TIME_EXCEEDED = 3;
    private static final int V6_PARAMETER = 4;
    private static final int NO_ROUTE = 0;
    private static final int PROHIBITED = 1;
    private static final int V6_PORT = 4;
    private static final int V4_HOST = 1;
    private static final int V4_PROTOCOL = 2;
    private static final int V4_PORT = 3;
    private static final int V4_TOO_BIG = 4;
    private static final int V4_HOST_PROHIBITED = 10;
    /** What a path that does not say its MTU may have (RFC 1191 section 7), as far as IPv6 has such paths. */
    private static final int[] PLATEAUS = {32000, 17914, 8166, 4352, 2002, 1492, Ipv6.MINIMUM_MTU};

    private ErrorTranslation() {
    }

    /**
     * The first eight bytes of the other family's message, with a checksum of 0; or {@link #NONE}.
     *
     * @param mtu     of the next hop that the error goes to
     * @param mtuBack of the next hop towards where it came from
     */
    public static long header(Packet error, Packet quoted, int mtu, int mtuBack) {
        int type = Transport.icmpType(error.memory(), error.transport());
        int code = Transport.icmpCode(error.memory(), error.transport());
        return error.v4()
                ? toV6(error, quoted, type, code, mtu, mtuBack)
                : toV4(error, type, code, mtu, mtuBack);
    }

    private static long toV6(Packet error, Packet quoted, int type, int code, int mtu, int mtuBack) {
        return switch (type) {
            case V4_UNREACHABLE -> switch (code) {
                case V4_PROTOCOL -> header(V6_PARAMETER, 1, Ipv6.NEXT_HEADER);
                case V4_PORT -> header(V6_UNREACHABLE, V6_PORT, 0);
                case V4_TOO_BIG -> {
                    int said = IcmpError.mtu(error);
                    int path = said == 0 ? plateau(quoted) : said + Translation.GROWTH;
                    int fits = Math.min(path, Math.min(mtu, mtuBack + Translation.GROWTH));
                    yield header(V6_TOO_BIG, 0, Math.max(Ipv6.MINIMUM_MTU, fits));
                }
                case 0, 1, 5, 6, 7, 8, 11, 12 -> header(V6_UNREACHABLE, NO_ROUTE, 0);
                case 9, 10, 13, 15 -> header(V6_UNREACHABLE, PROHIBITED, 0);
                default -> NONE;
            };
            case V4_TIME_EXCEEDED -> code > 1 ? NONE : header(V6_TIME_EXCEEDED, code, 0);
            case V4_PARAMETER -> code == 0 || code == 2
                    ? pointer(V6_PARAMETER, pointerToV6(Bytes.u8(error.memory(), error.transport() + 4)), 0)
                    : NONE;
            default -> NONE;
        };
    }

    private static long toV4(Packet error, int type, int code, int mtu, int mtuBack) {
        return switch (type) {
            case V6_UNREACHABLE -> switch (code) {
                case 0, 2, 3 -> header(V4_UNREACHABLE, V4_HOST, 0);
                case PROHIBITED -> header(V4_UNREACHABLE, V4_HOST_PROHIBITED, 0);
                case V6_PORT -> header(V4_UNREACHABLE, V4_PORT, 0);
                default -> NONE;
            };
            case V6_TOO_BIG -> {
                int said = Math.max(Ipv6.MINIMUM_MTU, Math.min(0xffff, IcmpError.mtu(error)));
                yield header(V4_UNREACHABLE, V4_TOO_BIG,
                        Math.min(mtu, Math.min(said, mtuBack) - Translation.GROWTH));
            }
            case V6_TIME_EXCEEDED -> code > 1 ? NONE : header(V4_TIME_EXCEEDED, code, 0);
            case V6_PARAMETER -> switch (code) {
                case 0 -> pointer(V4_PARAMETER, pointerToV4(Bytes.i32(error.memory(), error.transport() + 4)), 24);
                case 1 -> header(V4_UNREACHABLE, V4_PROTOCOL, 0);
                default -> NONE;
            };
            default -> NONE;
        };
    }

    private static long header(int type, int code, int rest) {
        return (long) type << 56 | (long) code << 48 | rest & 0xffff_ffffL;
    }

    private static long pointer(int type, int pointer, int shift) {
        return pointer < 0 ? NONE : header(type, 0, pointer << shift);
    }

    /** RFC 7915 figure 3: the field of an IPv6 header that means the same; -1 where there is none. */
    private static int pointerToV6(int pointer) {
        return switch (pointer) {
            case 0, 1 -> pointer;
            case 2, 3 -> 4;
            case 8 -> 7;
            case 9 -> 6;
            case 12, 13, 14, 15 -> 8;
            case 16, 17, 18, 19 -> 24;
            default -> -1;
        };
    }

    /** RFC 7915 figure 6. */
    private static int pointerToV4(int pointer) {
        return switch (pointer) {
            case 0, 1 -> pointer;
            case 4, 5 -> 2;
            case 6 -> 9;
            case 7 -> 8;
            default -> pointer >= 8 && pointer < 24 ? 12 : pointer >= 24 && pointer < 40 ? 16 : -1;
        };
    }

    private static int plateau(Packet quoted) {
        for (int plateau : PLATEAUS) {
            if (plateau < quoted.ipLength()) {
                return plateau;
            }
        }
        return Ipv6.MINIMUM_MTU;
    }

    /** Bytes of the frame that {@link #write} makes. */
    public static int length(Packet error, Packet quoted, int linkLength) {
        int header = Translation.translatedHeaderLength(error);
        int whole = 2 * header + Transport.ICMP_HEADER_LENGTH + (int) (end(error, quoted) - quoted.transport());
        return linkLength + Math.min(error.v4() ? IcmpError.V6_LIMIT : IcmpError.V4_LIMIT, whole);
    }

    /** Where the packet quoted ends: a message that has more to say says how long that is, in words of its family's own. */
    private static long end(Packet error, Packet quoted) {
        long end = error.ip() + error.ipLength();
        int words = Bytes.u8(error.memory(), error.transport() + (error.v4() ? 5 : 4)) * (error.v4() ? 4 : 8);
        int type = Transport.icmpType(error.memory(), error.transport());
        boolean says = error.v4() || type == V6_UNREACHABLE || type == V6_TIME_EXCEEDED;
        long said = quoted.ip() + words;
        return says && said >= quoted.transport() + Transport.UDP_HEADER_LENGTH ? Math.min(end, said) : end;
    }

    /**
     * Writes a frame, but for its MAC addresses: the error comes from the end that the packet quoted was sent to, and goes
     * to that packet's sender, as the sender knows them both.
     *
     * @param made           of {@link #length} bytes
     * @param frame          in which the error came
     * @param header         see {@link #header}
     * @param tupleDelta     by which the quoted packet's checksum goes back to what its sender wrote
     * @param identification of the IPv4 header
     */
    public static void write(Frame made, Frame frame, Packet error, Packet quoted, long header, long fromHigh,
            long fromLow, int fromPort, long toHigh, long toLow, int toPort, int tupleDelta, int identification) {
        MemorySegment memory = made.memory();
        int link = (int) (error.ip() - frame.start());
        MemorySegment.copy(frame.memory(), frame.start(), memory, made.start(), link);
        boolean v4 = !error.v4();
        Bytes.u16(memory, made.start() + link - 2, v4 ? Ethernet.IPV4 : Ethernet.IPV6);
        long ip = made.start() + link;
        int ipLength = made.length() - link;
        int headerLength = Translation.translatedHeaderLength(error);
        long icmp = ip + headerLength;
        long inner = icmp + Transport.ICMP_HEADER_LENGTH;
        int icmpLength = ipLength - headerLength;
        int innerPayload = quoted.ipLength() - Translation.headerLength(quoted);
        if (v4) {
            Ipv4.write(memory, ip, error.trafficClass(), ipLength, identification, 0, error.ttl(), Transport.ICMP,
                    (int) fromLow, (int) toLow);
            int innerLength = Math.min(0xffff, Ipv4.HEADER_LENGTH + innerPayload);
            Ipv4.write(memory, inner, quoted.trafficClass(), innerLength, 0,
                    Translation.mayFragment(quoted, innerLength) ? 0 : Ipv4.DONT_FRAGMENT, quoted.ttl(),
                    quoted.protocol(), (int) toLow, (int) fromLow);
        } else {
            Ipv6.write(memory, ip, error.trafficClass(), icmpLength, Transport.ICMPV6, error.ttl(), fromHigh, fromLow,
                    toHigh, toLow);
            Ipv6.write(memory, inner, quoted.trafficClass(), innerPayload, quoted.protocol(), quoted.ttl(), toHigh,
                    toLow, fromHigh, fromLow);
        }
        Bytes.i64(memory, icmp, header);
        long transport = inner + headerLength;
        int rest = (int) (ip + ipLength - transport);
        MemorySegment.copy(error.memory(), quoted.transport(), memory, transport, rest);
        Transport.sourcePort(memory, transport, toPort);
        Transport.destinationPort(memory, transport, fromPort);
        restoreChecksum(memory, transport, rest, quoted.protocol(), tupleDelta);
        IcmpError.finishChecksum(memory, ip, v4, icmp, icmpLength);
    }

    /** Where it is quoted; SCTP's has no pseudo-header, and would need the whole packet. */
    private static void restoreChecksum(MemorySegment memory, long transport, int quoted, int protocol, int delta) {
        int offset = Transport.checksumOffset(protocol);
        if (offset >= 0 && offset + 2 <= quoted && Bytes.u16(memory, transport + offset) != 0) {
            Bytes.u16(memory, transport + offset,
                    Checksum.update(Bytes.u16(memory, transport + offset), delta));
        }
    }
}
