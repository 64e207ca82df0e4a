package dev.weir.port;

import dev.weir.wire.VirtioNetHeader;

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
        long sum = 0;
        for (int i = offload.checksumStart(); i < frame.length; i++) {
            int octet = frame[i] & 0xff;
            sum += (i - offload.checksumStart()) % 2 == 0 ? octet << 8 : octet;
        }
        while (sum > 0xffff) {
            sum = (sum >>> 16) + (sum & 0xffff);
        }
        // A sum of zero is sent as all ones, which is the same number: in UDP zero means "none" (RFC 768).
        int checksum = sum == 0xffff ? 0xffff : (int) ~sum & 0xffff;
        frame[field] = (byte) (checksum >>> 8);
        frame[field + 1] = (byte) checksum;
    }
}
