package dev.weir.vrrp.announce;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The frames that say at which MAC address an address is to be found. Pure. */
final class Announcement {
    private static final long BROADCAST = 0xffff_ffff_ffffL;
    /** The MAC address of ff02::1 (RFC 2464 section 7). */
    private static final long ALL_NODES_MAC = 0x3333_0000_0001L;
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
    private static final int ETHERNET = 14;
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;
    private static final int ARP_LENGTH = 28;
    private static final int IPV6_HEADER = 40;
    private static final int ADVERTISEMENT = 32;
    private static final int ICMPV6 = 58;
    private static final int NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int ROUTER = 0x80;
    private static final int OVERRIDE = 0x20;

    private Announcement() {
    }

    /**
     * An ARP request of the address for itself (RFC 5227 section 3), as keepalived sends it: with the broadcast address as
     * its target's.
     *
     * @param mac 48 bits, first byte highest
     */
    static MemorySegment gratuitousArp(IpAddress address, long mac, Arena arena) {
        MemorySegment frame = arena.allocate(ETHERNET + ARP_LENGTH, 8);
        ethernet(frame, BROADCAST, mac, ARP);
        Bytes.u16(frame, 14, 1); // Ethernet
        Bytes.u16(frame, 16, 0x0800);
        Bytes.u8(frame, 18, 6);
        Bytes.u8(frame, 19, 4);
        Bytes.u16(frame, 20, 1); // request
        mac(frame, 22, mac);
        Bytes.i32(frame, 28, address.v4Bits());
        mac(frame, 32, BROADCAST);
        Bytes.i32(frame, 38, address.v4Bits());
        return frame;
    }

    /**
     * An unsolicited neighbour advertisement to all nodes (RFC 4861 section 7.2.6).
     *
     * @param mac    also the target's link-layer address
     * @param router whether the host forwards: hosts take it off their routers where the flag is missing
     */
    static MemorySegment neighbourAdvertisement(IpAddress address, long mac, boolean router, Arena arena) {
        MemorySegment frame = arena.allocate(ETHERNET + IPV6_HEADER + ADVERTISEMENT, 8);
        ethernet(frame, ALL_NODES_MAC, mac, IPV6);
        Bytes.i32(frame, 14, 0x6000_0000);
        Bytes.u16(frame, 18, ADVERTISEMENT);
        Bytes.u8(frame, 20, ICMPV6);
        Bytes.u8(frame, 21, 255);
        address(frame, 22, address);
        address(frame, 38, ALL_NODES);
        int message = ETHERNET + IPV6_HEADER;
        Bytes.u8(frame, message, NEIGHBOUR_ADVERTISEMENT);
        Bytes.u8(frame, message + 4, OVERRIDE | (router ? ROUTER : 0));
        address(frame, message + 8, address);
        Bytes.u8(frame, message + 24, 2); // target link-layer address
        Bytes.u8(frame, message + 25, 1);
        mac(frame, message + 26, mac);
        int sum = Checksum.pseudoHeader(Checksum.ofAddress(address.high(), address.low()),
                Checksum.ofAddress(ALL_NODES.high(), ALL_NODES.low()), ICMPV6, ADVERTISEMENT);
        Bytes.u16(frame, message + 2, Checksum.of(Checksum.fold((long) sum + Checksum.sum(frame, message,
                ADVERTISEMENT))));
        return frame;
    }

    private static void ethernet(MemorySegment frame, long to, long from, int type) {
        mac(frame, 0, to);
        mac(frame, 6, from);
        Bytes.u16(frame, 12, type);
    }

    private static void mac(MemorySegment frame, long at, long mac) {
        Bytes.u16(frame, at, (int) (mac >>> 32));
        Bytes.i32(frame, at + 2, (int) mac);
    }

    private static void address(MemorySegment frame, long at, IpAddress address) {
        Bytes.i64(frame, at, address.high());
        Bytes.i64(frame, at + 8, address.low());
    }
}
