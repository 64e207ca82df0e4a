package dev.weir.wire;

import java.lang.foreign.MemorySegment;

/**
 * The four bytes of an IEEE 802.1Q tag, between the Ethernet header's addresses and its type.
 *
 * <pre>
 *   12 TPID (16)   14 TCI (16): priority (3), drop eligible (1), VLAN (12)   16 type of what follows
 * </pre>
 */
public final class VlanTag {
    public static final int LENGTH = 4;
    private static final int ADDRESSES = 12;

    private VlanTag() {
    }

    /**
     * Puts a tag into a frame that has none there: its virtio header and addresses move to {@link #LENGTH} bytes
     * earlier, and what the virtio header says counts from the new beginning.
     *
     * @param frameStart where the frame begins before; it begins LENGTH bytes earlier after
     * @param tpid       0x8100, 0x88a8
     */
    public static void insert(MemorySegment memory, long frameStart, int tpid, int tci) {
        VirtioNetHeader.move(memory, frameStart, -LENGTH);
        long start = frameStart - LENGTH;
        MemorySegment.copy(memory, frameStart, memory, start, ADDRESSES);
        Bytes.u16(memory, start + 12, tpid);
        Bytes.u16(memory, start + 14, tci);
    }
}
