package dev.weir.vrrp.announce;

import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * That an address is to be found at a MAC address, as a frame says. Pure.
 *
 * @param mac 48 bits, first byte highest
 */
record Claim(IpAddress address, long mac) {
    /** Where a frame of IPv6 says what follows its header, and where an ICMP message its type. */
    static final int NEXT_HEADER = 20;
    static final int TYPE = 54;
    static final int ICMPV6 = 58;
    static final int NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;
    private static final int ARP_END = 42;
    private static final int IPV4_OVER_ETHERNET = 0x0001_0800;
    private static final int ADVERTISEMENT_END = 78;
    private static final int FLAGS = 58;
    private static final int OVERRIDE = 0x20;
    private static final int OPTION_END = 86;
    private static final int TARGET_LINK_LAYER_ADDRESS = 0x0201;

    /** Empty where it says nothing of that kind. */
    static Optional<Claim> of(MemorySegment frame) {
        if (frame.byteSize() < ARP_END) {
            return Optional.empty();
        }
        return switch (Bytes.u16(frame, 12)) {
            case ARP -> Bytes.i32(frame, 14) == IPV4_OVER_ETHERNET
                    ? Optional.of(new Claim(IpAddress.v4(Bytes.i32(frame, 28)), mac(frame, 22)))
                    : Optional.empty();
            case IPV6 -> neighbour(frame);
            default -> Optional.empty();
        };
    }

    /** One that does not override what is known is a proxy's (RFC 4861 section 7.2.8), or an anycast address'. */
    private static Optional<Claim> neighbour(MemorySegment frame) {
        if (frame.byteSize() < ADVERTISEMENT_END || Bytes.u8(frame, NEXT_HEADER) != ICMPV6
                || Bytes.u8(frame, NEXT_HEADER + 1) != 255 || Bytes.u8(frame, TYPE) != NEIGHBOUR_ADVERTISEMENT
                || (Bytes.u8(frame, FLAGS) & OVERRIDE) == 0) {
            return Optional.empty();
        }
        boolean says = frame.byteSize() >= OPTION_END
                && Bytes.u16(frame, ADVERTISEMENT_END) == TARGET_LINK_LAYER_ADDRESS;
        return Optional.of(new Claim(new IpAddress(Bytes.i64(frame, 62), Bytes.i64(frame, 70)),
                mac(frame, says ? ADVERTISEMENT_END + 2 : 6)));
    }

    private static long mac(MemorySegment frame, long at) {
        return (long) Bytes.u16(frame, at) << 32 | Bytes.i32(frame, at + 2) & 0xffff_ffffL;
    }
}
