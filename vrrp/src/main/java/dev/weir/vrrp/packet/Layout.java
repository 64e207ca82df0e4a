package dev.weir.vrrp.packet;

import dev.weir.conf.VrrpInstance.Authentication;
import dev.weir.conf.VrrpInstance.AuthenticationHeader;
import dev.weir.conf.VrrpInstance.Password;
import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where things stand in an advert's packet.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-------+---------------+---------------+---------------+
 * |Version| Type  |  Virtual Rtr  |   Priority    |   Addresses   |
 * +-------+-------+---------------+-------+-------+---------------+   version 2: authentication type, seconds;
 * | Auth Type     | Advert Interval       |        Checksum       |   version 3: 4 bits reserved, hundredths of seconds
 * +---------------+---------------+-------------------------------+
 * |   Addresses; in version 2 eight bytes of authentication       |
 * </pre>
 */
final class Layout {
    static final int IPV4_HEADER = 20;
    static final int PROTOCOL_VRRP = 112;
    static final int PROTOCOL_AH = 51;

    /** RFC 4302: next header, length, reserved, SPI, sequence number, and 96 bits of the digest. */
    static final int AH_HEADER = 24;
    static final int AH_SPI = 4;
    static final int AH_SEQUENCE = 8;
    static final int AH_DIGEST = 12;
    static final int AH_DIGEST_LENGTH = 12;

    static final int VERSION_AND_TYPE = 0;
    static final int VIRTUAL_ROUTER = 1;
    static final int PRIORITY = 2;
    static final int ADDRESS_COUNT = 3;
    static final int AUTHENTICATION_TYPE = 4;
    static final int SECONDS = 5;
    static final int HUNDREDTHS = 4;
    static final int CHECKSUM = 6;
    static final int VRRP_HEADER = 8;
    static final int AUTHENTICATION_DATA = 8;
    static final int TYPE_ADVERT = 1;

    private Layout() {
    }

    /** The type in version 2's header. */
    static int type(Authentication authentication) {
        return switch (authentication) {
            case Password password -> 1;
            case AuthenticationHeader header -> 2;
            default -> 0;
        };
    }

    /** A password or key as it goes over the wire: eight bytes, zeros behind a short one. */
    static byte[] secret(String text) {
        return Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), AUTHENTICATION_DATA);
    }

    static IpAddress v4(MemorySegment memory, long at) {
        return IpAddress.v4(Bytes.i32(memory, at));
    }

    static IpAddress v6(MemorySegment memory, long at) {
        return new IpAddress(Bytes.i64(memory, at), Bytes.i64(memory, at + 8));
    }

    /** The sum of RFC 5798's and RFC 9568's pseudo-header. */
    static int pseudoHeader(IpAddress source, IpAddress destination, int length) {
        return Checksum.pseudoHeader(Checksum.ofAddress(source.high(), source.low()),
                Checksum.ofAddress(destination.high(), destination.low()), PROTOCOL_VRRP, length);
    }

    /**
     * HMAC-MD5 over an AH packet, whose fields that change on the way count as zero (RFC 2402 section 3.3.3.1), and the
     * digest, too. As keepalived has it: the TTL counts where it must be 255, under multicast.
     *
     * @param length of the whole packet; its IPv4 header may have options
     */
    static byte[] digest(MemorySegment packet, long length, int header, boolean unicast, String key) {
        byte[] bytes = packet.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        MemorySegment copy = MemorySegment.ofArray(bytes);
        Bytes.u8(copy, 1, 0);
        Bytes.u16(copy, 6, 0);
        if (unicast) {
            Bytes.u8(copy, 8, 0);
        }
        Bytes.u16(copy, 10, 0);
        copy.asSlice(header + AH_DIGEST, AH_DIGEST_LENGTH).fill((byte) 0);
        return Arrays.copyOf(HmacMd5.of(secret(key), bytes), AH_DIGEST_LENGTH);
    }
}
