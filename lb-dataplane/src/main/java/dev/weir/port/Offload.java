package dev.weir.port;

import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/**
 * A {@link VirtioNetHeader} as a value, for what stands off the hot path: tests, replay, captures.
 *
 * @param flags          VirtioNetHeader.NEEDS_CSUM and the like
 * @param gsoType        one of VirtioNetHeader.GSO_, perhaps with GSO_ECN
 * @param headerLength   bytes of all headers, Ethernet to transport
 * @param gsoSize        bytes of payload in each segment to be
 * @param checksumStart  from the Ethernet header, in bytes
 * @param checksumOffset from checksumStart, in bytes
 */
public record Offload(int flags, int gsoType, int headerLength, int gsoSize, int checksumStart, int checksumOffset) {
    /** The frame is as it stands on the wire. */
    public static final Offload NONE = new Offload(0, VirtioNetHeader.GSO_NONE, 0, 0, 0, 0);

    /** A checksum left to the last hop: the field at start + offset holds the pseudo-header's sum alone. */
    public static Offload partialChecksum(int checksumStart, int checksumOffset) {
        return new Offload(VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_NONE, 0, 0, checksumStart, checksumOffset);
    }

    /** Reads the header that stands before the frame. */
    public static Offload of(MemorySegment memory, long frameStart) {
        return new Offload(VirtioNetHeader.flags(memory, frameStart), VirtioNetHeader.gsoType(memory, frameStart),
                VirtioNetHeader.headerLength(memory, frameStart), VirtioNetHeader.gsoSize(memory, frameStart),
                VirtioNetHeader.checksumStart(memory, frameStart), VirtioNetHeader.checksumOffset(memory, frameStart));
    }

    /** Writes the header before the frame. */
    public void write(MemorySegment memory, long frameStart) {
        VirtioNetHeader.flags(memory, frameStart, flags);
        VirtioNetHeader.gsoType(memory, frameStart, gsoType);
        VirtioNetHeader.headerLength(memory, frameStart, headerLength);
        VirtioNetHeader.gsoSize(memory, frameStart, gsoSize);
        VirtioNetHeader.checksumStart(memory, frameStart, checksumStart);
        VirtioNetHeader.checksumOffset(memory, frameStart, checksumOffset);
    }
}
