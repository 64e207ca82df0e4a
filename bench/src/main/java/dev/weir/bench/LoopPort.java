package dev.weir.bench;

import dev.weir.port.Port;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A port that receives the same prepared frames for ever, each freshly copied, and sends into nothing. */
final class LoopPort implements Port {
    private static final int SLOT = 2048;

    private final int interfaceIndex;
    private final long hardwareAddress;
    private final MemorySegment prepared;
    private final MemorySegment ring;
    private final int[] lengths;
    private int next;
    private long sent;

    LoopPort(Arena arena, int interfaceIndex, long hardwareAddress, byte[][] frames) {
        this.interfaceIndex = interfaceIndex;
        this.hardwareAddress = hardwareAddress;
        prepared = arena.allocate((long) Math.max(1, frames.length) * SLOT, 64);
        ring = arena.allocate(64L * SLOT, 64);
        lengths = new int[frames.length];
        for (int i = 0; i < frames.length; i++) {
            lengths[i] = frames[i].length;
            MemorySegment.copy(MemorySegment.ofArray(frames[i]), 0, prepared, (long) i * SLOT, frames[i].length);
        }
    }

    @Override
    public String name() {
        return "loop" + interfaceIndex;
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
    public int receive(Frame[] burst) {
        int count = Math.min(burst.length, lengths.length);
        for (int i = 0; i < count; i++) {
            long start = (long) i * SLOT + Frame.HEADROOM;
            MemorySegment.copy(prepared, (long) next * SLOT, ring, start, lengths[next]);
            VirtioNetHeader.clear(ring, start);
            burst[i].set(ring, start, lengths[next], interfaceIndex);
            next = next + 1 == lengths.length ? 0 : next + 1;
        }
        return count;
    }

    @Override
    public void release() {
        // The ring is written over at the next receive.
    }

    @Override
    public void transmit(Frame frame) {
        sent += Ethernet.type(frame.memory(), frame.start());
    }

    @Override
    public void flush() {
        // Nothing is queued.
    }

    /** Something that depends on every frame sent, so that no work can be left out. */
    long sent() {
        return sent;
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
        // The arena is its maker's.
    }
}
