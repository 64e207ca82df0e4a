package dev.weir.vrrp.packet;

import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A packet as a raw socket gave it, long enough for the headers that say whose it is; {@link AdvertReader} says whether
 * it is right.
 *
 * @param packet     over IPv4 with its IP header, over IPv6 the VRRP message alone
 * @param message    where the VRRP header stands
 * @param ttl        time to live or hop limit; -1 where the socket did not tell
 * @param underAh    whether an authentication header stands before it
 */
public record Received(MemorySegment packet, int message, IpAddress source, IpAddress destination, int ttl,
        boolean underAh) {
    /** A packet of IPv4, of protocol 112 or 51; empty where it is neither or too short for its own headers. */
    public static Optional<Received> ipv4(MemorySegment packet) {
        if (packet.byteSize() < Layout.IPV4_HEADER) {
            return Optional.empty();
        }
        int header = (Bytes.u8(packet, 0) & 0xf) * 4;
        int protocol = Bytes.u8(packet, 9);
        boolean ah = protocol == Layout.PROTOCOL_AH;
        int message = header + (ah ? Layout.AH_HEADER : 0);
        boolean whole = Bytes.u8(packet, 0) >>> 4 == 4 && header >= Layout.IPV4_HEADER
                && packet.byteSize() >= message + Layout.VRRP_HEADER;
        boolean vrrp = protocol == Layout.PROTOCOL_VRRP
                || ah && whole && Bytes.u8(packet, header) == Layout.PROTOCOL_VRRP;
        return whole && vrrp
                ? Optional.of(new Received(packet, message, Layout.v4(packet, 12), Layout.v4(packet, 16),
                        Bytes.u8(packet, 8), ah))
                : Optional.empty();
    }

    /**
     * A message of IPv6.
     *
     * @param hopLimit -1: not known
     */
    public static Optional<Received> ipv6(MemorySegment message, IpAddress source, IpAddress destination,
            int hopLimit) {
        return message.byteSize() < Layout.VRRP_HEADER
                ? Optional.empty()
                : Optional.of(new Received(message, 0, source, destination, hopLimit, false));
    }

    /** Which instance it is for, of those on the interface that it came on. */
    public int virtualRouterId() {
        return u8(Layout.VIRTUAL_ROUTER);
    }

    int version() {
        return u8(Layout.VERSION_AND_TYPE) >>> 4;
    }

    int addressCount() {
        return u8(Layout.ADDRESS_COUNT);
    }

    /** Of the VRRP message, as its own header has it. */
    int length() {
        int address = source.isV4() ? 4 : 16;
        return Layout.VRRP_HEADER + addressCount() * address + (version() == 2 ? Layout.AUTHENTICATION_DATA : 0);
    }

    int u8(int at) {
        return Bytes.u8(packet, message + at);
    }
}
