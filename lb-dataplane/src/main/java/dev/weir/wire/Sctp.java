package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * What Weir reads and writes of SCTP (RFC 9260): the common header and the chunks behind it.
 *
 * <pre>
 *   packet  0 source port   2 destination port   4 verification tag (4)   8 CRC32c (4)   12 chunks
 *   chunk   0 type   1 flags   2 length with this header, without padding   4 value, padded to a multiple of 4
 * </pre>
 *
 * The CRC covers the packet with a CRC of 0, no addresses, and stands with its least significant byte first.
 */
public final class Sctp {
    public static final int HEADER_LENGTH = 12;
    public static final int CHECKSUM = 8;
    public static final int NO_CHUNK = -1;

    /** Types of chunks. */
    public static final int DATA = 0;
    public static final int INIT = 1;
    public static final int INIT_ACK = 2;
    public static final int ABORT = 6;
    public static final int SHUTDOWN = 7;
    public static final int SHUTDOWN_ACK = 8;
    public static final int ERROR = 9;
    public static final int COOKIE_ECHO = 10;
    public static final int COOKIE_ACK = 11;
    public static final int SHUTDOWN_COMPLETE = 14;
    private static final int CHUNK_HEADER_LENGTH = 4;

    private Sctp() {
    }

    /** The type of the first chunk, or {@link #NO_CHUNK}. */
    static int firstChunk(MemorySegment memory, long at, long end) {
        return chunk(memory, at + HEADER_LENGTH, end);
    }

    /**
     * The type of the chunk by which IPVS judges the packet: the first, but an ABORT that stands behind a COOKIE ECHO or
     * COOKIE ACK (set_sctp_state). A length that leads out of the packet leads to no chunk.
     */
    static int decisiveChunk(MemorySegment memory, long at, long end) {
        int first = firstChunk(memory, at, end);
        if (first == COOKIE_ECHO || first == COOKIE_ACK) {
            int length = Bytes.u16(memory, at + HEADER_LENGTH + 2);
            long second = at + HEADER_LENGTH + (length + 3 & ~3);
            if (length >= CHUNK_HEADER_LENGTH && chunk(memory, second, end) == ABORT) {
                return ABORT;
            }
        }
        return first;
    }

    private static int chunk(MemorySegment memory, long at, long end) {
        return at + CHUNK_HEADER_LENGTH <= end ? Bytes.u8(memory, at) : NO_CHUNK;
    }

    /** The CRC changes by what the port's change makes of it: a wrong one stays wrong. */
    public static void changeSourcePort(MemorySegment memory, long at, int length, int port) {
        int changed = Transport.sourcePort(memory, at) ^ port;
        Transport.sourcePort(memory, at, port);
        updateChecksum(memory, at, changed, length - 2);
    }

    public static void changeDestinationPort(MemorySegment memory, long at, int length, int port) {
        int changed = Transport.destinationPort(memory, at) ^ port;
        Transport.destinationPort(memory, at, port);
        updateChecksum(memory, at, changed, length - 4);
    }

    private static void updateChecksum(MemorySegment memory, long at, int changed, int behind) {
        if (changed != 0) {
            int change = Integer.reverseBytes(Crc32c.change(changed, behind));
            Bytes.i32(memory, at + CHECKSUM, Bytes.i32(memory, at + CHECKSUM) ^ change);
        }
    }

    /** Writes the CRC of a packet that has none yet. */
    public static void finishChecksum(MemorySegment memory, long at, int length) {
        Bytes.i32(memory, at + CHECKSUM, 0);
        Bytes.i32(memory, at + CHECKSUM, Integer.reverseBytes(Crc32c.of(memory, at, length)));
    }
}
