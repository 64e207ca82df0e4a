package dev.weir.port;

import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The way of frames from one worker, which received them, to another, which owns their connections: a ring outside the
 * heap. One thread offers, one receives; neither waits for the other.
 *
 * <pre>
 *   record (a multiple of 64 bytes, the machine's byte order):
 *     0 its length, or where negative, how far it is to the ring's beginning (4)   4 frame's length (4)
 *     8 the interface that the frame came on (4)   16 headroom, virtio header, frame
 * </pre>
 *
 * Records follow each other, none goes over the ring's end. Positions are counted on and never come back.
 */
public final class CrossingPort implements Port {
    private static final int HEADER = 16;
    private static final int FRAME_LENGTH = 4;
    private static final int INTERFACE = 8;
    private static final int ALIGNMENT = 64;
    private static final int LEAST = 1 << 20;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final VarHandle TAIL;
    private static final VarHandle HEAD;

    static {
        try {
            TAIL = MethodHandles.lookup().findVarHandle(CrossingPort.class, "tail", long.class);
            HEAD = MethodHandles.lookup().findVarHandle(CrossingPort.class, "head", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Arena arena = Arena.ofShared();
    private final String name;
    private final MemorySegment ring;
    private final long mask;
    /** Where the offering thread writes next; what is before {@link #tail} is published. */
    private long written;
    @SuppressWarnings("unused") // through TAIL
    private long tail;
    /** Where the receiving thread reads next; what is before {@link #head} is free again. */
    private long read;
    @SuppressWarnings("unused") // through HEAD
    private long head;

    /** @param bytes a power of two, at least a MiB */
    public CrossingPort(String name, int bytes) {
        if (bytes < LEAST || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("a ring of " + bytes + " bytes");
        }
        this.name = name;
        ring = arena.allocate(bytes, ALIGNMENT);
        mask = bytes - 1L;
    }

    /** Copies a frame; false where there is no room. The other side sees it after {@link #publish}. */
    public boolean offer(Frame frame) {
        int length = HEADER + Frame.HEADROOM + frame.length() + ALIGNMENT - 1 & -ALIGNMENT;
        long toEnd = mask + 1 - (written & mask);
        long needed = length <= toEnd ? length : toEnd + length;
        // Pairs with release(): what was read before is not written over.
        if (written + needed - (long) HEAD.getAcquire(this) > mask + 1) {
            return false;
        }
        if (length > toEnd) {
            ring.set(INT, written & mask, (int) -toEnd);
            written += toEnd;
        }
        long at = written & mask;
        ring.set(INT, at, length);
        ring.set(INT, at + FRAME_LENGTH, frame.length());
        ring.set(INT, at + INTERFACE, frame.port());
        MemorySegment.copy(frame.memory(), ValueLayout.JAVA_BYTE, frame.start() - VirtioNetHeader.LENGTH, ring,
                ValueLayout.JAVA_BYTE, at + HEADER + Frame.HEADROOM - VirtioNetHeader.LENGTH,
                frame.length() + VirtioNetHeader.LENGTH);
        written += length;
        return true;
    }

    /**
     * Lets the other side have what was offered. Volatile, so that whoever looks next whether the other thread sleeps sees
     * it asleep, or it sees what was offered ({@link #isEmpty}).
     *
     * @return whether there was anything
     */
    public boolean publish() {
        if ((long) TAIL.getOpaque(this) == written) {
            return false;
        }
        TAIL.setVolatile(this, written);
        return true;
    }

    /** Whether nothing is to be received. The receiving thread may ask before it goes to sleep. */
    public boolean isEmpty() {
        return (long) TAIL.getVolatile(this) == read;
    }

    @Override
    public int receive(Frame[] burst) {
        // Pairs with publish(): what is before the tail is written whole.
        long end = (long) TAIL.getAcquire(this);
        int count = 0;
        while (count < burst.length && read != end) {
            long at = read & mask;
            int length = ring.get(INT, at);
            if (length < 0) {
                read -= length;
                continue;
            }
            burst[count++].set(ring, at + HEADER + Frame.HEADROOM, ring.get(INT, at + FRAME_LENGTH),
                    ring.get(INT, at + INTERFACE));
            read += length;
        }
        return count;
    }

    @Override
    public void release() {
        HEAD.setRelease(this, read);
    }

    @Override
    public String name() {
        return name;
    }

    /** It is no interface's. */
    @Override
    public int interfaceIndex() {
        return 0;
    }

    @Override
    public long hardwareAddress() {
        return 0;
    }

    /** Who offers wakes who receives. */
    @Override
    public boolean isAnnounced() {
        return true;
    }

    @Override
    public void transmit(Frame frame) {
        throw new UnsupportedOperationException("only its other end sends here, by offer");
    }

    @Override
    public void flush() {
    }

    @Override
    public long transmitErrors() {
        return 0;
    }

    @Override
    public long receiveDrops() {
        return 0;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
