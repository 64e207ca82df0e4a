package dev.weir.vrrp.packet;

import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.AuthenticationHeader;
import dev.weir.conf.VrrpInstance.Password;
import dev.weir.conf.VrrpInstance.Unicast;
import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;

/**
 * Writes an instance's adverts: over IPv4 whole packets with their IP header, for a raw socket with IP_HDRINCL; over
 * IPv6 the VRRP message alone, with its checksum.
 */
public final class AdvertWriter {
    /** Of the longest packet: 255 addresses of IPv6. */
    public static final int MAX_LENGTH = Layout.VRRP_HEADER + 255 * 16;

    private static final int INTERNET_CONTROL = 0xc0;

    private AdvertWriter() {
    }

    /**
     * @param priority    0 where the sender ceases to be master
     * @param source      of the instance's family, and so is the destination: the group, or a peer
     * @param exchange    the instance's own
     * @param into        at least {@link #MAX_LENGTH} bytes
     * @return the packet's length
     */
    public static int write(VrrpInstance instance, int priority, IpAddress source, IpAddress destination,
            Exchange exchange, MemorySegment into) {
        return source.isV4()
                ? ipv4(instance, priority, source, destination, exchange, into)
                : message(instance, priority, source, destination, into);
    }

    /** Where the packet goes to, as the checksum's pseudo-header has it. */
    private static IpAddress summed(VrrpInstance instance, IpAddress destination, Exchange exchange) {
        if (!(instance.transport() instanceof Unicast unicast)) {
            return destination;
        }
        return switch (unicast.oldChecksum()) {
            case ALWAYS -> unicast.group();
            case AS_HEARD -> exchange.hasHeardOldChecksum() ? unicast.group() : destination;
            case NEVER -> destination;
        };
    }

    private static int ipv4(VrrpInstance instance, int priority, IpAddress source, IpAddress destination,
            Exchange exchange, MemorySegment into) {
        boolean ah = instance.version() == 2 && instance.authentication() instanceof AuthenticationHeader;
        int header = Layout.IPV4_HEADER + (ah ? Layout.AH_HEADER : 0);
        int length = header + message(instance, priority, source, summed(instance, destination, exchange),
                into.asSlice(header));
        Bytes.u16(into, 0, 0x4500 | INTERNET_CONTROL);
        Bytes.u16(into, 2, length);
        Bytes.u16(into, 4, exchange.nextIdentification());
        Bytes.u16(into, 6, 0);
        Bytes.u8(into, 8, instance.transport() instanceof Unicast unicast ? unicast.ttl() : 255);
        Bytes.u8(into, 9, ah ? Layout.PROTOCOL_AH : Layout.PROTOCOL_VRRP);
        Bytes.u16(into, 10, 0);
        Bytes.i32(into, 12, source.v4Bits());
        Bytes.i32(into, 16, destination.v4Bits());
        if (ah) {
            authenticate(instance, source, length, exchange.next(), into);
        }
        Bytes.u16(into, 10, Checksum.of(Checksum.sum(into, 0, Layout.IPV4_HEADER)));
        return length;
    }

    /** The SPI is the source address, as keepalived has it. */
    private static void authenticate(VrrpInstance instance, IpAddress source, int length, long number,
            MemorySegment packet) {
        int at = Layout.IPV4_HEADER;
        Bytes.u8(packet, at, Layout.PROTOCOL_VRRP);
        Bytes.u8(packet, at + 1, Layout.AH_HEADER / 4 - 2);
        Bytes.u16(packet, at + 2, 0);
        Bytes.i32(packet, at + Layout.AH_SPI, source.v4Bits());
        Bytes.i32(packet, at + Layout.AH_SEQUENCE, (int) number);
        String key = ((AuthenticationHeader) instance.authentication()).key();
        byte[] digest = Layout.digest(packet, length, at, instance.transport() instanceof Unicast, key);
        MemorySegment.copy(MemorySegment.ofArray(digest), 0, packet, at + Layout.AH_DIGEST, digest.length);
    }

    /** @param destination as the checksum has it */
    private static int message(VrrpInstance instance, int priority, IpAddress source, IpAddress destination,
            MemorySegment into) {
        Bytes.u8(into, Layout.VERSION_AND_TYPE, instance.version() << 4 | Layout.TYPE_ADVERT);
        Bytes.u8(into, Layout.VIRTUAL_ROUTER, instance.virtualRouterId());
        Bytes.u8(into, Layout.PRIORITY, priority);
        Bytes.u8(into, Layout.ADDRESS_COUNT, instance.addresses().size());
        if (instance.version() == 2) {
            Bytes.u8(into, Layout.AUTHENTICATION_TYPE, Layout.type(instance.authentication()));
            Bytes.u8(into, Layout.SECONDS, (int) instance.advertInterval().toSeconds());
        } else {
            Bytes.u16(into, Layout.HUNDREDTHS, (int) (instance.advertInterval().toMillis() / 10) & 0xfff);
        }
        Bytes.u16(into, Layout.CHECKSUM, 0);
        int length = Layout.VRRP_HEADER;
        for (var address : instance.addresses()) {
            byte[] bytes = address.address().bytes();
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, into, length, bytes.length);
            length += bytes.length;
        }
        if (instance.version() == 2) {
            byte[] data = instance.authentication() instanceof Password password
                    ? Layout.secret(password.password())
                    : new byte[Layout.AUTHENTICATION_DATA];
            MemorySegment.copy(MemorySegment.ofArray(data), 0, into, length, data.length);
            length += data.length;
        }
        boolean pseudoHeader = instance.version() == 3 && !(source.isV4() && instance.checksumAsV2());
        int sum = Checksum.sum(into, 0, length)
                + (pseudoHeader ? Layout.pseudoHeader(source, destination, length) : 0);
        Bytes.u16(into, Layout.CHECKSUM, Checksum.of(Checksum.fold(sum)));
        return length;
    }
}
