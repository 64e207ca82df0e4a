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
        int field = offload.checksumStart() + offload.checksumOffset();
        if ((offload.flags() & VirtioNetHeader.NEEDS_CSUM) == 0 || field + 2 > frame.length) {
            return;
        }
        MemorySegment memory = MemorySegment.ofArray(frame);
        int start = offload.checksumStart();
        int checksum = Checksum.of(Checksum.sum(memory, start, frame.length - start));
        // A sum of zero is sent as all ones, which is the same number: in UDP zero means "none" (RFC 768).
        Bytes.u16(memory, field, checksum == 0 ? 0xffff : checksum);
    }
}
