package dev.weir.port;

import dev.weir.sys.Link;
import dev.weir.sys.PacketSender;
import dev.weir.sys.SystemException;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The way out of one interface. Frames with nothing left to do go by the transmit ring of an AF_XDP socket, where there is
 * one: it costs the kernel least. What such a ring cannot carry (a frame to be segmented, with an unfinished checksum, or
 * too long for it) goes by an AF_PACKET socket, and so does all that comes behind it until the flush: frames keep their
 * order. One worker's.
 */
final class Transmitter implements AutoCloseable {
    private final PacketSender sender;
    private final Counter errors = new Counter();
    private boolean behindSender;

    private Transmitter(PacketSender sender) {
        this.sender = sender;
    }

    /** @param queue how many frames wait for the AF_PACKET socket before they are sent */
    static Transmitter open(Link link, int queue) throws SystemException {
        return new Transmitter(PacketSender.open(link, queue));
    }

    /** @param ring null where there is none now; {@code umem} is its memory */
    void transmit(Frame frame, @Nullable XdpSocket ring, @Nullable Umem umem) {
        if (ring == null || umem == null || behindSender || frame.length() > ring.longest()
                || !VirtioNetHeader.isWhole(frame.memory(), frame.start())) {
            transmitAsPacket(frame, ring);
            return;
        }
        if (frame.length() > Umem.CAPACITY) {
            transmitInPieces(frame, ring, umem);
            return;
        }
        if (ring.room() == 0) {
            flush(ring);
        }
        int held = umem.heldByWorker(frame.memory(), frame.start());
        int to = held >= 0 ? held : umem.take();
        if (to < 0 || ring.room() == 0) {
            if (held < 0 && to >= 0) {
                umem.release(to);
            }
            errors.add(1);
            return;
        }
        ring.send(held >= 0 ? placeOf(frame, umem) : copy(frame, umem, to), frame.length());
    }

    /** All of it or nothing: half a frame in the ring would become one with the next. */
    private void transmitInPieces(Frame frame, XdpSocket ring, Umem umem) {
        int pieces = (frame.length() + Umem.FRAME_LENGTH - 1) / Umem.FRAME_LENGTH;
        if (ring.room() < pieces) {
            flush(ring);
        }
        if (ring.room() < pieces || umem.free() < pieces) {
            errors.add(1);
            return;
        }
        for (int done = 0; done < frame.length(); done += Umem.FRAME_LENGTH) {
            int length = Math.min(frame.length() - done, Umem.FRAME_LENGTH);
            long start = Umem.address(umem.take());
            MemorySegment.copy(frame.memory(), ValueLayout.JAVA_BYTE, frame.start() + done, umem.memory(),
                    ValueLayout.JAVA_BYTE, start, length);
            ring.send(start, length, done + length < frame.length());
        }
    }

    private static long placeOf(Frame frame, Umem umem) {
        return frame.memory().address() + frame.start() - umem.memory().address();
    }

    private static long copy(Frame frame, Umem umem, int to) {
        long start = Umem.address(to) + Umem.HEADROOM;
        MemorySegment.copy(frame.memory(), ValueLayout.JAVA_BYTE, frame.start(), umem.memory(), ValueLayout.JAVA_BYTE,
                start, frame.length());
        return start;
    }

    private void transmitAsPacket(Frame frame, @Nullable XdpSocket ring) {
        if (sender.isFull()) {
            flush(ring);
        }
        behindSender = true;
        sender.add(frame.memory(), frame.start() - VirtioNetHeader.LENGTH, frame.length() + VirtioNetHeader.LENGTH);
    }

    /** Sends what is queued: first what went before all that the sender has. */
    void flush(@Nullable XdpSocket ring) {
        int refused = ring == null ? 0 : ring.flush();
        if (behindSender) {
            behindSender = false;
            refused += sender.send();
        }
        if (refused > 0) {
            errors.add(refused);
        }
    }

    /** What a ring had queued when it was given up. */
    void lost(int frames) {
        errors.add(frames);
    }

    void rebind(Link now) throws SystemException {
        sender.rebind(now);
    }

    /** Frames that were not sent. Any thread may ask. */
    long errors() {
        return errors.get();
    }

    @Override
    public void close() {
        sender.close();
    }
}
