package dev.weir.wire;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * The CRC of Castagnoli's polynomial, as SCTP has it (RFC 9260 appendix A). Bits are reflected: bit 31 of an int stands for
 * x^0.
 */
final class Crc32c {
    private static final int POLYNOMIAL = 0x82f6_3b78;
    private static final int ONE = 0x8000_0000;
    /** x^8n for every n up to an IP packet's length and the four bytes that {@link #change} adds. */
    private static final int[] POWERS = powers(0x1_0004);

    private Crc32c() {
    }

    private static int[] powers(int count) {
        int[] powers = new int[count];
        powers[0] = ONE;
        for (int n = 1; n < count; n++) {
            int power = powers[n - 1];
            for (int bit = 0; bit < 8; bit++) {
                power = timesX(power);
            }
            powers[n] = power;
        }
        return powers;
    }

    private static int timesX(int power) {
        return power >>> 1 ^ POLYNOMIAL & -(power & 1);
    }

    /** The CRC of {@code length} bytes. The JDK has an intrinsic for it, and the compiler leaves out the objects. */
    static int of(MemorySegment memory, long at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(memory.asSlice(at, length).asByteBuffer());
        return (int) crc.getValue();
    }

    /**
     * What becomes of a CRC when 16 bits under it change: the bits to flip in it. A CRC is linear, so this is the CRC of the
     * flipped bits and the zeros behind them, and that their product with a power of x.
     *
     * @param flipped the bits that change, in network byte order
     * @param behind  how many bytes follow them, up to 65535
     */
    static int change(int flipped, int behind) {
        int power = POWERS[behind + 4];
        int product = 0;
        // The factor has 16 bits, and those that are sent first have the highest powers.
        int factor = Short.toUnsignedInt(Short.reverseBytes((short) flipped)) << 16;
        for (; factor != 0; factor <<= 1) {
            product ^= power & factor >> 31;
            power = timesX(power);
        }
        return product;
    }
}
