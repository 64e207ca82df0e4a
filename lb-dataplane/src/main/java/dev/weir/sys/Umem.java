package dev.weir.sys;

import dev.weir.wire.Ethernet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory of all AF_XDP sockets of one worker, in frames of 4 KiB (Documentation/networking/af_xdp.rst), and who has
 * each frame: nobody, the worker, or one of the sockets. All sockets take from and give to the same heap of free frames,
 * so a frame may come in by one socket and go out by another.
 *
 * <pre>
 *   frame   XDP_PACKET_HEADROOM (256) | Ethernet frame, at most {@link #CAPACITY} bytes
 * </pre>
 *
 * One worker owns it, and closes it after its sockets.
 */
public final class Umem implements AutoCloseable {
    public static final int FRAME_LENGTH = 4096;
    private static final int FRAME_SHIFT = 12;
    /** What the kernel leaves free before a frame that it receives. */
    public static final int HEADROOM = 256;
    /** Bytes of the longest Ethernet frame. */
    public static final int CAPACITY = FRAME_LENGTH - HEADROOM;
    /** Bytes of the largest IP packet that a frame holds, behind an Ethernet header with one tag. */
    public static final int LARGEST_PACKET = CAPACITY - Ethernet.HEADER_LENGTH - Ethernet.TAG_LENGTH;
    private static final short NOBODY = 0;
    private static final short WORKER = -1;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final short[] holders;
    private final int[] free;
    private int freeCount;
    private final List<XdpSocket> sockets = new ArrayList<>();
    private short lastNumber;

    /** @param frames how many, each of {@link #FRAME_LENGTH} bytes, which the kernel pins */
    public Umem(int frames) {
        memory = arena.allocate((long) frames * FRAME_LENGTH, FRAME_LENGTH);
        holders = new short[frames];
        free = new int[frames];
        for (int i = 0; i < frames; i++) {
            // The first are taken first: what is used again soon stays small.
            free[i] = frames - 1 - i;
        }
        freeCount = frames;
    }

    /** All frames; addresses count from its beginning. One object for all of them, so that none must be looked up. */
    public MemorySegment memory() {
        return memory;
    }

    /** The frame that holds this place, which the worker has and nobody else; -1 where there is none. */
    public int heldByWorker(MemorySegment anywhere, long start) {
        long offset = anywhere.address() + start - memory.address();
        if (!anywhere.isNative() || offset < 0 || offset >= memory.byteSize()) {
            return -1;
        }
        int number = (int) (offset >>> FRAME_SHIFT);
        return holders[number] == WORKER ? number : -1;
    }

    /** A free frame, which the worker has from now on; -1 where none is. */
    public int take() {
        if (freeCount == 0) {
            return -1;
        }
        int frame = free[--freeCount];
        holders[frame] = WORKER;
        return frame;
    }

    /** Makes a frame free if the worker has it still. */
    public void release(int frame) {
        if (holders[frame] == WORKER) {
            give(frame);
        }
    }

    /** How many frames are free now; the sockets' rings have the others. */
    public int free() {
        return freeCount;
    }

    private void give(int frame) {
        holders[frame] = NOBODY;
        free[freeCount++] = frame;
    }

    /** The frame that an address is in. */
    public static int number(long address) {
        return (int) (address >>> FRAME_SHIFT);
    }

    /** Where a frame begins. */
    public static long address(int frame) {
        return (long) frame << FRAME_SHIFT;
    }

    /** A socket has the frame, to fill it or to send it. */
    void lend(int frame, short socket) {
        holders[frame] = socket;
    }

    /** A socket has received into the frame. */
    void received(int frame) {
        holders[frame] = WORKER;
    }

    /** A socket has sent the frame. */
    void sent(int frame) {
        give(frame);
    }

    /** A socket with which another of the same kind may share this as one registration; null where there is none. */
    @Nullable
    XdpSocket bound(boolean takesPieces) {
        return sockets.reversed().stream().filter(socket -> socket.takesPieces() == takesPieces).findFirst()
                .orElse(null);
    }

    short join(XdpSocket socket) {
        sockets.add(socket);
        return ++lastNumber;
    }

    /** What a socket had when it was closed is free again. */
    void leave(XdpSocket socket, short number) {
        sockets.remove(socket);
        for (int frame = 0; frame < holders.length; frame++) {
            if (holders[frame] == number) {
                give(frame);
            }
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
