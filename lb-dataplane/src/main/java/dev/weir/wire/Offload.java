package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/** Does in software what a frame's virtio header leaves to the sending hardware. */
public final class Offload {
    private Offload() {
    }

    /** Completes a partial Internet checksum, if the frame has one. */
    public static void finishChecksum(Frame frame) {
        MemorySegment memory = frame.memory();
        if (!VirtioNetHeader.needsChecksum(memory, frame.start())) {
            return;
        }
        int start = VirtioNetHeader.checksumStart(memory, frame.start());
        long field = frame.start() + start + VirtioNetHeader.checksumOffset(memory, frame.start());
        int checksum = Checksum.of(Checksum.sum(memory, frame.start() + start, frame.length() - start));
        Bytes.u16(memory, field, checksum == 0 ? 0xffff : checksum);
        clear(memory, frame);
    }

    /**
     * Completes an SCTP packet's CRC32c, if its sender left that to hardware. A virtio header can only ask for an Internet
     * checksum, so Linux would spoil the CRC of a frame that is sent with it on.
     */
    public static void finishSctpChecksum(Frame frame, Packet packet) {
        if (packet.protocol() == Transport.SCTP && VirtioNetHeader.needsChecksum(frame.memory(), frame.start())) {
            Sctp.finishChecksum(packet.memory(), packet.transport(), packet.transportLength());
            clear(frame.memory(), frame);
        }
    }

    private static void clear(MemorySegment memory, Frame frame) {
        VirtioNetHeader.flags(memory, frame.start(),
                VirtioNetHeader.flags(memory, frame.start()) & ~VirtioNetHeader.NEEDS_CSUM);
        VirtioNetHeader.checksumStart(memory, frame.start(), 0);
        VirtioNetHeader.checksumOffset(memory, frame.start(), 0);
    }

    /**
     * Whether the virtio header can be true of this packet: the partial checksum is its transport header's and lies within
     * the frame, and what is to be segmented has its headers whole and an unfinished checksum. It has no word for SCTP's
     * segmentation.
     */
    public static boolean isSound(Frame frame, Packet packet) {
        if (packet.isWhole()) {
            return true;
        }
        MemorySegment memory = frame.memory();
        if (!VirtioNetHeader.needsChecksum(memory, frame.start())) {
            return false;
        }
        int start = VirtioNetHeader.checksumStart(memory, frame.start());
        if (start != packet.transport() - frame.start()
                || start + VirtioNetHeader.checksumOffset(memory, frame.start()) + 2 > frame.length()) {
            return false;
        }
        if (packet.protocol() == Transport.SCTP) {
            return !isSegmented(frame)
                    && VirtioNetHeader.checksumOffset(memory, frame.start()) == Sctp.CHECKSUM;
        }
        return !isSegmented(frame) || start + transportHeaderLength(packet) <= frame.length();
    }

    /** Bytes of the largest IP packet that the frame becomes when its segmentation is done. */
    public static int segmentLength(Frame frame, Packet packet) {
        MemorySegment memory = frame.memory();
        if (packet.isWhole() || VirtioNetHeader.gsoType(memory, frame.start()) == VirtioNetHeader.GSO_NONE) {
            return packet.ipLength();
        }
        int headers = (int) (packet.transport() - packet.ip()) + transportHeaderLength(packet);
        return Math.min(packet.ipLength(), headers + VirtioNetHeader.gsoSize(memory, frame.start()));
    }

    static int transportHeaderLength(Packet packet) {
        return packet.protocol() == Transport.TCP
                ? Transport.tcpHeaderLength(packet.memory(), packet.transport())
                : Transport.UDP_HEADER_LENGTH;
    }

    public static boolean isSegmented(Frame frame) {
        return VirtioNetHeader.gsoType(frame.memory(), frame.start()) != VirtioNetHeader.GSO_NONE;
    }
}
