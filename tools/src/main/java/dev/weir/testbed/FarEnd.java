package dev.weir.testbed;

import dev.weir.sys.Link;
import dev.weir.sys.PacketRing;
import dev.weir.sys.PacketSender;
import dev.weir.sys.SystemException;
import dev.weir.sys.Tpacket2Header;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;

/**
 * The other end of one of the director's wires: a raw socket that sends frames as they are, and sees all that the
 * director sends, whomever it is for. One thread uses it, save where a method says otherwise.
 */
public final class FarEnd implements AutoCloseable {
    private static final int BATCH = 64;
    /** Room for a frame of any MTU that veth has by default, with its virtio header. */
    private static final int SLOT = 2048;

    private final PacketRing ring;
    private final PacketSender sender;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate((long) BATCH * SLOT, 16);
    private int queued;
    private long refused;

    /** What is done with a frame that the director sent. */
    public interface Receiver {
        /**
         * @param memory holds the frame only until the method returns
         * @param start  offset of the Ethernet header
         * @param length bytes from there
         */
        void frame(MemorySegment memory, long start, int length);
    }

    private FarEnd(PacketRing ring, PacketSender sender) {
        this.ring = ring;
        this.sender = sender;
    }

    /**
     * @param interfaceName of the calling thread's network namespace
     * @param slots         how many frames may wait to be received
     */
    public static FarEnd open(String interfaceName, int slots) throws SystemException {
        Link link = Link.byName(interfaceName);
        PacketSender sender = PacketSender.open(link, BATCH);
        try {
            return new FarEnd(PacketRing.open(link, slots, OptionalInt.empty()), sender);
        } catch (SystemException e) {
            sender.close();
            throw e;
        }
    }

    /** Queues a frame, which goes at the latest when the queue is full: see {@link #flush}. */
    public void send(byte[] frame) {
        if (frame.length > SLOT - VirtioNetHeader.LENGTH) {
            throw new IllegalArgumentException("a frame of " + frame.length + " bytes is longer than a wire's");
        }
        if (queued == BATCH) {
            flush();
        }
        long start = (long) queued * SLOT + VirtioNetHeader.LENGTH;
        VirtioNetHeader.clear(memory, start);
        MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, start, frame.length);
        sender.add(memory, start - VirtioNetHeader.LENGTH, frame.length + VirtioNetHeader.LENGTH);
        queued++;
    }

    public void flush() {
        refused += sender.send();
        queued = 0;
    }

    /** Frames that the kernel refused to send. */
    public long refused() {
        return refused;
    }

    /** Frames of the director that found no room here. Any thread may ask. */
    public long missed() {
        return ring.drops();
    }

    /**
     * Hands over what has come, without waiting.
     *
     * @return how many frames
     */
    public int receive(Receiver receiver) {
        int count = 0;
        for (int slot = ring.take(); slot >= 0; slot = ring.take()) {
            long offset = ring.offset(slot);
            receiver.frame(ring.ring(), offset + Tpacket2Header.frameOffset(ring.ring(), offset),
                    Tpacket2Header.capturedLength(ring.ring(), offset));
            count++;
        }
        ring.giveBack();
        return count;
    }

    @Override
    public void close() {
        ring.close();
        sender.close();
        arena.close();
    }
}
