package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * Where one Ethernet frame stands in memory. A burst is an array of these, made once and used again for each burst.
 *
 * <pre>
 *   memory  ... headroom ... | virtio_net_hdr (10) | Ethernet header, payload |  ...
 *                                                  ^ start                    ^ start + length
 * </pre>
 *
 * The ten bytes before {@code start} are always a {@link VirtioNetHeader}: what the receiving side's offloads left
 * undone, and what the sending side's must do. A port that has none writes zeros there. A VLAN tag always stands in the
 * frame itself.
 */
public final class Frame {
    /** Room that every port leaves before a frame, virtio header included: the largest outer header fits. */
    public static final int HEADROOM = 128;

    private MemorySegment memory = MemorySegment.NULL;
    private long start;
    private int length;
    private int port;

    /**
     * @param memory a segment that holds the frame, its virtio header, and {@link #HEADROOM} bytes before {@code start}
     * @param start  offset of the Ethernet header in {@code memory}
     * @param length bytes from the Ethernet header to the frame's end, without FCS
     * @param port   the index of the interface that received the frame
     */
    public void set(MemorySegment memory, long start, int length, int port) {
        this.memory = memory;
        this.start = start;
        this.length = length;
        this.port = port;
    }

    public void set(Frame other) {
        set(other.memory, other.start, other.length, other.port);
    }

    public MemorySegment memory() {
        return memory;
    }

    public long start() {
        return start;
    }

    public int length() {
        return length;
    }

    /** The index of the interface that received the frame. */
    public int port() {
        return port;
    }

    /** Cuts or lengthens the frame at its end; the memory must hold {@code length} bytes. */
    public void resize(int length) {
        this.length = length;
    }

    /** Moves the frame's beginning: forward to strip (positive), back into the headroom to prepend (negative). */
    public void moveStart(int by) {
        start += by;
        length -= by;
    }
}
