package dev.weir.port;

import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Frames that came in several pieces of a {@link Umem}. Each is put together in memory of its own, since whoever looks into a
 * frame wants it whole: a copy, which those that came in one piece are spared. One worker's.
 */
final class LongFrames implements AutoCloseable {
    private final FrameSlots slots = new FrameSlots((byte) 0);
    private final Counter tooLong = new Counter();
    /** Numbers of the frames of the Umem that are not needed any more. */
    private final int[] emptied;
    private int emptiedCount;

    private final int longest;

    /**
     * @param pieces  the most that come between two calls of {@link #free}
     * @param longest bytes of the longest frame, at most {@link FrameSlots#MAX_FRAME}
     */
    LongFrames(int pieces, int longest) {
        emptied = new int[pieces];
        this.longest = longest;
    }

    /**
     * Lets {@code frame} stand for a copy of what came.
     *
     * @param first of the socket's pieces, {@code count} of which are the frame
     * @return false where it is longer than any, and counted as lost
     */
    boolean join(XdpSocket socket, MemorySegment memory, int first, int count, Frame frame, int port) {
        int length = 0;
        for (int i = first; i < first + count; i++) {
            emptied[emptiedCount++] = Umem.number(socket.address(i));
            length += socket.length(i);
        }
        if (length > longest) {
            tooLong.add(1);
            return false;
        }
        MemorySegment slot = slots.lend();
        long at = Frame.HEADROOM;
        for (int i = first; i < first + count; i++) {
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, socket.address(i), slot, ValueLayout.JAVA_BYTE, at,
                    socket.length(i));
            at += socket.length(i);
        }
        VirtioNetHeader.clear(slot, Frame.HEADROOM);
        frame.set(slot, Frame.HEADROOM, length, port);
        return true;
    }

    /** The pieces of all that was joined are free, once the socket has handed them over. */
    void free(Umem umem) {
        while (emptiedCount > 0) {
            umem.release(emptied[--emptiedCount]);
        }
    }

    void release() {
        slots.release();
    }

    /** Frames that were too long. Any thread may ask. */
    long drops() {
        return tooLong.get();
    }

    @Override
    public void close() {
        slots.close();
    }
}
