package dev.weir.wire;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IPv4 or IPv6 address as 128 bits, {@code high} the first eight bytes as they stand on the wire. An IPv4 address
 * is held IPv4-mapped (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2), so one pair of longs serves both families; on the
 * hot path the pair is passed without this record.
 */
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    private static final long MAPPED = 0xffff_0000_0000L;
    public static final IpAddress ANY_V4 = v4(0);
    public static final IpAddress ANY_V6 = new IpAddress(0, 0);

    /** The IPv4 address whose four bytes, first byte highest, are {@code bits}. */
    public static IpAddress v4(int bits) {
        return new IpAddress(0, mapped(bits));
    }

    /** The low half of an IPv4 address' mapped form; the high half is 0. */
    public static long mapped(int bits) {
        return MAPPED | (bits & 0xffff_ffffL);
    }

    /** Whether the pair is an IPv4 address. */
    public static boolean isV4(long high, long low) {
        return high == 0 && low >>> 32 == 0xffff;
    }

    /** @param bytes 4 or 16 bytes in network order */
    public static IpAddress of(byte[] bytes) {
        if (bytes.length == 4) {
            return v4((int) bits(bytes, 0, 4));
        }
        if (bytes.length != 16) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
        }
        return new IpAddress(bits(bytes, 0, 8), bits(bytes, 8, 8));
    }

    /**
     * Reads a literal address (no name is ever looked up).
     *
     * @throws IllegalArgumentException where {@code text} is no IPv4 or IPv6 literal
     */
    public static IpAddress parse(String text) {
        try {
            InetAddress parsed = text.indexOf(':') >= 0 ? Inet6Address.ofLiteral(text) : InetAddress.ofLiteral(text);
            return of(parsed.getAddress());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not an IP address: " + text, e);
        }
    }

    public boolean isV4() {
        return isV4(high, low);
    }

    /** fe80::/10: each link may have one. */
    public boolean isLinkLocal() {
        return high >>> 54 == 0xfe80L >>> 6;
    }

    /** Whether a packet may be sent to it as to one host, beyond the link too: no multicast, broadcast or link-local. */
    public boolean isUnicast() {
        if (isV4()) {
            // Linux takes the rest of 0.0.0.0/8 for addresses like any other.
            return v4Bits() != 0 && v4Bits() >>> 28 != 0xe && v4Bits() != -1;
        }
        return high >>> 56 != 0xff && !isLinkLocal() && (high | low) != 0;
    }

    /** The four bytes of an IPv4 address, first byte highest. */
    public int v4Bits() {
        return (int) low;
    }

    /** 4 or 16 bytes in network order. */
    public byte[] bytes() {
        byte[] bytes = new byte[isV4() ? 4 : 16];
        for (int i = 0; i < bytes.length; i++) {
            int shift = (bytes.length - 1 - i) * 8;
            bytes[i] = (byte) (shift >= 64 ? high >>> (shift - 64) : low >>> shift);
        }
        return bytes;
    }

    /** Whether the first {@code length} bits (0 to 32, or 0 to 128) are those of {@code prefix}; families must agree. */
    public boolean in(IpAddress prefix, int length) {
        if (isV4() != prefix.isV4()) {
            return false;
        }
        int bits = isV4() ? length + 96 : length;
        long highMask = bits >= 64 ? -1 : bits == 0 ? 0 : -1L << (64 - bits);
        long lowMask = bits <= 64 ? 0 : bits == 128 ? -1 : -1L << (128 - bits);
        return ((high ^ prefix.high) & highMask) == 0 && ((low ^ prefix.low) & lowMask) == 0;
    }

    @Override
    public int compareTo(IpAddress other) {
        int first = Long.compareUnsigned(high, other.high);
        return first != 0 ? first : Long.compareUnsigned(low, other.low);
    }

    /** Dotted quad, or the canonical text of RFC 5952. */
    @Override
    public String toString() {
        if (isV4()) {
            int v = v4Bits();
            return (v >>> 24) + "." + (v >>> 16 & 255) + "." + (v >>> 8 & 255) + "." + (v & 255);
        }
        return Rfc5952.text(high, low);
    }

    /** For java.net; never null and never looked up. */
    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(bytes());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long bits(byte[] bytes, int from, int count) {
        long value = 0;
        for (int i = from; i < from + count; i++) {
            value = value << 8 | (bytes[i] & 255);
        }
        return value;
    }
}
