package dev.weir.port;

import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;

/** Finishes in software what NEEDS_CSUM leaves to an interface, for frames that leave by something that cannot. */
final class PartialChecksum {
    private PartialChecksum() {
    }

    /**
     * Writes the transport checksum into a copy of a frame, where its header asks for that. A header that points beyond
     * the frame changes nothing.
     */
    static void finish(byte[] frame, Offload offload) {
        if ((offload.flags() & VirtioNetHeader.NEEDS_CSUM) != 0) {
            finish(MemorySegment.ofArray(frame), 0, frame.length, offload.checksumStart(), offload.checksumOffset());
        }
    }

    /** The same in the frame itself, whose virtio header stands before it and asks for nothing then. Allocates nothing. */
    static void finish(MemorySegment memory, long frameStart, int length) {
        if (VirtioNetHeader.needsChecksum(memory, frameStart)) {
            finish(memory, frameStart, length, VirtioNetHeader.checksumStart(memory, frameStart),
                    VirtioNetHeader.checksumOffset(memory, frameStart));
            VirtioNetHeader.flags(memory, frameStart, 0);
        }
    }

    private static void finish(MemorySegment memory, long frameStart, int length, int start, int offset) {
        int field = start + offset;
        if (field + 2 > length) {
            return;
        }
        int checksum = Checksum.of(Checksum.sum(memory, frameStart + start, length - start));
        // A sum of zero is sent as all ones, which is the same number: in UDP zero means "none" (RFC 768).
        Bytes.u16(memory, frameStart + field, checksum == 0 ? 0xffff : checksum);
    }
}
