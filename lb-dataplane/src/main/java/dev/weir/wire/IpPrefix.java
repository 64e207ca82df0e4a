package dev.weir.wire;

/**
 * Addresses with their first bits in common, in one family.
 *
 * @param address the bits behind the prefix are 0, whatever was given
 * @param length  0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record IpPrefix(IpAddress address, int length) {
    private static final int V4_BITS = 32;
    private static final int V6_BITS = 128;
    public static final IpPrefix ALL_V4 = new IpPrefix(IpAddress.ANY_V4, 0);
    public static final IpPrefix ALL_V6 = new IpPrefix(IpAddress.ANY_V6, 0);

    /** @throws IllegalArgumentException where the family has no such length */
    public IpPrefix {
        if (length < 0 || length > (address.isV4() ? V4_BITS : V6_BITS)) {
            throw new IllegalArgumentException("no prefix length of " + (address.isV4() ? "IPv4: " : "IPv6: ")
                    + length);
        }
        int bits = mappedLength(address, length);
        address = new IpAddress(address.high() & highMask(bits),
                address.low() & lowMask(bits));
    }

    /**
     * Reads ADDRESS/LENGTH, or ADDRESS, which stands for itself alone.
     *
     * @throws IllegalArgumentException where it is neither
     */
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return host(IpAddress.parse(text));
        }
        String length = text.substring(slash + 1);
        if (!length.chars().allMatch(digit -> digit >= '0' && digit <= '9') || length.isEmpty()
                || length.length() > 3) {
            throw new IllegalArgumentException("no prefix length: " + text);
        }
        return new IpPrefix(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(length));
    }

    /** That address alone. */
    public static IpPrefix host(IpAddress address) {
        return new IpPrefix(address, address.isV4() ? V4_BITS : V6_BITS);
    }

    public boolean isV4() {
        return address.isV4();
    }

    /** Whether it is one address. */
    public boolean isHost() {
        return mappedLength() == V6_BITS;
    }

    /** The length where IPv4 addresses are held IPv4-mapped, as {@link IpAddress} does: 96 more for IPv4. */
    public int mappedLength() {
        return mappedLength(address, length);
    }

    public boolean contains(IpAddress other) {
        return contains(other.high(), other.low());
    }

    /** Whether an address, as the pair of longs that {@link IpAddress} has, lies in it. Allocates nothing. */
    public boolean contains(long high, long low) {
        int bits = mappedLength();
        return ((high ^ address.high()) & highMask(bits)) == 0 && ((low ^ address.low()) & lowMask(bits)) == 0
                && IpAddress.isV4(high, low) == isV4();
    }

    /** Whether every address of {@code other} lies in it. */
    public boolean contains(IpPrefix other) {
        return other.isV4() == isV4() && other.length >= length && contains(other.address);
    }

    private static int mappedLength(IpAddress address, int length) {
        return address.isV4() ? length + V6_BITS - V4_BITS : length;
    }

    /** Which bits of an address' high half a prefix of this {@link #mappedLength} looks at. */
    public static long highMask(int bits) {
        return bits >= 64 ? -1 : bits == 0 ? 0 : -1L << (64 - bits);
    }

    /** The same of the low half. */
    public static long lowMask(int bits) {
        return bits <= 64 ? 0 : -1L << (128 - bits);
    }

    /** As {@code ip route} writes it, with the length always. */
    @Override
    public String toString() {
        return address + "/" + length;
    }
}
