package dev.weir.port;

import dev.weir.wire.Frame;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A port without an interface, for tests and replay: frames are {@link #put} in, and what was sent is collected in
 * order. Only one thread may use it. Mistakes of the port's user show in what was sent: each frame stands in a segment
 * of its own, bytes nobody wrote are 0xa5, memory is overwritten at {@link #release}, and sent frames are read at
 * {@link #flush} only.
 */
public final class MemoryPort implements Port {
    /** The largest frame: 64 KiB of IP packet, Ethernet header and two VLAN tags. */
    public static final int MAX_FRAME = FrameSlots.MAX_FRAME;
    private static final int TRANSMIT_QUEUE = 256;
    private static final byte UNWRITTEN = (byte) 0xa5;

    /** One frame as it came or went, and its virtio header. */
    public static final class Copy {
        private final byte[] frame;
        private final Offload offload;

        private Copy(byte[] frame, Offload offload) {
            this.frame = frame;
            this.offload = offload;
        }

        /** Reads a frame where it stands. */
        public static Copy of(Frame frame) {
            byte[] bytes = new byte[frame.length()];
            MemorySegment.copy(frame.memory(), ValueLayout.JAVA_BYTE, frame.start(), bytes, 0, bytes.length);
            return new Copy(bytes, Offload.of(frame.memory(), frame.start()));
        }

        /** The frame from its Ethernet header on. */
        public byte[] frame() {
            return frame;
        }

        public Offload offload() {
            return offload;
        }
    }

    private final String name;
    private final int interfaceIndex;
    private final long hardwareAddress;
    private final FrameSlots slots = new FrameSlots(UNWRITTEN);
    private final ArrayDeque<Copy> arrived = new ArrayDeque<>();
    private final List<Copy> sent = new ArrayList<>();
    private final Frame[] queue = new Frame[TRANSMIT_QUEUE];
    private int queued;

    /** @param hardwareAddress in the low 48 bits, first byte highest */
    public MemoryPort(String name, int interfaceIndex, long hardwareAddress) {
        this.name = name;
        this.interfaceIndex = interfaceIndex;
        this.hardwareAddress = hardwareAddress;
        for (int i = 0; i < queue.length; i++) {
            queue[i] = new Frame();
        }
    }

    /** Lets a frame arrive, without offloads. */
    public void put(byte[] frame) {
        put(frame, Offload.NONE);
    }

    /**
     * Lets a frame arrive.
     *
     * @param frame from the Ethernet header on, at most {@link #MAX_FRAME} bytes; a copy is taken
     */
    public void put(byte[] frame, Offload offload) {
        if (frame.length > MAX_FRAME) {
            throw new IllegalArgumentException("frame of " + frame.length + " bytes, at most " + MAX_FRAME);
        }
        arrived.add(new Copy(frame.clone(), offload));
    }

    /** What was sent since the last call, in order. */
    public List<Copy> takeSent() {
        List<Copy> taken = List.copyOf(sent);
        sent.clear();
        return taken;
    }

    @Override
    public int receive(Frame[] burst) {
        int count = 0;
        while (count < burst.length) {
            Copy next = arrived.poll();
            if (next == null) {
                break;
            }
            slots.lend(burst[count++], next.frame(), next.offload(), interfaceIndex);
        }
        return count;
    }

    @Override
    public void release() {
        slots.refill();
        slots.release();
    }

    @Override
    public void transmit(Frame frame) {
        if (queued == queue.length) {
            flush();
        }
        queue[queued++].set(frame);
    }

    @Override
    public void flush() {
        for (int i = 0; i < queued; i++) {
            sent.add(Copy.of(queue[i]));
        }
        queued = 0;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int interfaceIndex() {
        return interfaceIndex;
    }

    @Override
    public long hardwareAddress() {
        return hardwareAddress;
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
        slots.close();
    }
}
