package dev.weir.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The Internet checksum (RFC 1071) and its incremental change (RFC 1624). A "sum" here is the one's complement sum of
 * 16-bit words, not complemented, folded to 16 bits or still wider; a "checksum" is what stands in a header.
 */
public final class Checksum {
    private Checksum() {
    }

    /** The sum of {@code length} bytes (an odd last byte counts as if a zero followed), folded to 16 bits. */
    public static int sum(MemorySegment memory, long at, long length) {
        long sum = 0;
        long end = at + length;
        for (; at + 8 <= end; at += 8) {
            long word = Bytes.i64(memory, at);
            sum += (word >>> 32) + (word & 0xffff_ffffL);
        }
        if (at + 4 <= end) {
            sum += Bytes.i32(memory, at) & 0xffff_ffffL;
            at += 4;
        }
        if (at + 2 <= end) {
            sum += Bytes.u16(memory, at);
            at += 2;
        }
        if (at < end) {
            sum += (memory.get(ValueLayout.JAVA_BYTE, at) & 0xffL) << 8;
        }
        return fold(sum);
    }

    /** Any sum of fewer than 2^31 words, as 16 bits: each half is added to the other, and its carry comes in at the other end. */
    public static int fold(long sum) {
        int half = (int) (sum + Long.rotateLeft(sum, 32) >>> 32);
        return half + Integer.rotateLeft(half, 16) >>> 16;
    }

    /** The checksum of a header or message whose checksum field counts as zero, from its sum. */
    public static int of(int sum) {
        return ~sum & 0xffff;
    }

    /** The sum of an address' words, for a pseudo-header. */
    public static int ofAddress(long high, long low) {
        if (IpAddress.isV4(high, low)) {
            return fold(low & 0xffff_ffffL);
        }
        return fold((high >>> 32) + (high & 0xffff_ffffL) + (low >>> 32) + (low & 0xffff_ffffL));
    }

    /** The sum of the pseudo-header of TCP, UDP or ICMPv6 (RFC 9293 section 3.1, RFC 8200 section 8.1). */
    public static int pseudoHeader(int sourceSum, int destinationSum, int protocol, int length) {
        return fold((long) sourceSum + destinationSum + protocol + (length >>> 16) + (length & 0xffff));
    }

    /** What must be added to a sum when words that summed to {@code before} now sum to {@code after}. */
    public static int delta(int before, int after) {
        return fold((long) (~before & 0xffff) + after);
    }

    /** A checksum after its data's sum changed by {@code delta}, at most 0xffff: HC' = ~(~HC + ~m + m'), RFC 1624 equation 3. */
    public static int update(int checksum, int delta) {
        int sum = (~checksum & 0xffff) + delta;
        return ~(sum + (sum >>> 16)) & 0xffff;
    }
}
