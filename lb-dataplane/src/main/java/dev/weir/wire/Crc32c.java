package dev.weir.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The CRC of Castagnoli's polynomial, as SCTP has it (RFC 9260 appendix A). Bits are reflected: bit 31 of an int stands for
 * x^0. The JDK's own computes it for a ByteBuffer, which a worker would have to make for each packet.
 */
public final class Crc32c {
    private static final int POLYNOMIAL = 0x82f6_3b78;
    private static final int ONE = 0x8000_0000;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** What a byte adds to the CRC, and the same with 1 to 7 zero bytes behind it. */
    private static final int[][] TABLES = tables();
    /** x^8n for every n up to an IP packet's length and the four bytes that {@link #change} adds. */
    private static final int[] POWERS = powers(0x1_0004);

    private Crc32c() {
    }

    private static int[][] tables() {
        int[][] tables = new int[8][256];
        for (int value = 0; value < 256; value++) {
            int crc = value;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ POLYNOMIAL & -(crc & 1);
            }
            tables[0][value] = crc;
        }
        for (int zeros = 1; zeros < 8; zeros++) {
            for (int value = 0; value < 256; value++) {
                int crc = tables[zeros - 1][value];
                tables[zeros][value] = crc >>> 8 ^ tables[0][crc & 255];
            }
        }
        return tables;
    }

    private static int[] powers(int count) {
        int[] powers = new int[count];
        powers[0] = ONE;
        for (int n = 1; n < count; n++) {
            powers[n] = powers[n - 1] >>> 8 ^ TABLES[0][powers[n - 1] & 255];
        }
        return powers;
    }

    /** The CRC of {@code length} bytes. */
    public static int of(MemorySegment memory, long at, int length) {
        long end = at + length;
        int crc = -1;
        for (; at + 8 <= end; at += 8) {
            long word = memory.get(LONG, at) ^ crc & 0xffff_ffffL;
            crc = TABLES[7][(int) word & 255] ^ TABLES[6][(int) (word >>> 8) & 255]
                    ^ TABLES[5][(int) (word >>> 16) & 255] ^ TABLES[4][(int) (word >>> 24) & 255]
                    ^ TABLES[3][(int) (word >>> 32) & 255] ^ TABLES[2][(int) (word >>> 40) & 255]
                    ^ TABLES[1][(int) (word >>> 48) & 255] ^ TABLES[0][(int) (word >>> 56)];
        }
        for (; at < end; at++) {
            crc = crc >>> 8 ^ TABLES[0][(crc ^ memory.get(ValueLayout.JAVA_BYTE, at)) & 255];
        }
        return ~crc;
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
            power = power >>> 1 ^ POLYNOMIAL & -(power & 1);
        }
        return product;
    }
}
