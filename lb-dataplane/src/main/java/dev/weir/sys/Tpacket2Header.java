package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * struct tpacket2_hdr at the beginning of a slot of the receive ring, and the struct sockaddr_ll after it
 * (linux/if_packet.h). The fields have the machine's byte order.
 *
 * <pre>
 *    0 tp_status (32)   4 tp_len (32)      8 tp_snaplen (32)   12 tp_mac (16)         14 tp_net (16)
 *   16 tp_sec (32)     20 tp_nsec (32)    24 tp_vlan_tci (16)  26 tp_vlan_tpid (16)   28 padding (32)
 *   32 sll_family (16) 34 sll_protocol    36 sll_ifindex (32)  40 sll_hatype (16)     42 sll_pkttype (8) ...
 * </pre>
 */
public final class Tpacket2Header {
    /** Both structures. */
    public static final int LENGTH = 52;
    /** tp_status: the slot is the kernel's. */
    public static final int STATUS_KERNEL = 0;
    /** tp_status: the slot holds a frame, and is ours. */
    public static final int STATUS_USER = 1;
    private static final int STATUS_VLAN_VALID = 1 << 4;
    private static final int STATUS_VLAN_TPID_VALID = 1 << 6;
    private static final int TPID_8021Q = 0x8100;
    private static final int PACKET_OTHERHOST = 3;
    private static final int PACKET_OUTGOING = 4;
    private static final VarHandle STATUS = JAVA_INT.varHandle();

    private Tpacket2Header() {
    }

    /** Pairs with the kernel's barrier after it wrote a frame: where this says USER, all of the frame is to be seen. */
    public static int status(MemorySegment ring, long slot) {
        return (int) STATUS.getAcquire(ring, slot);
    }

    /** Gives the slot back: what we wrote to it comes before the kernel's next frame in it. */
    public static void giveBack(MemorySegment ring, long slot) {
        STATUS.setRelease(ring, slot, STATUS_KERNEL);
    }

    /** Bytes of the frame as it came. */
    public static int length(MemorySegment ring, long slot) {
        return ring.get(INT, slot + 4);
    }

    /** Bytes of the frame that the slot holds. */
    public static int capturedLength(MemorySegment ring, long slot) {
        return ring.get(INT, slot + 8);
    }

    /** Where the Ethernet header stands, from the slot's beginning. */
    public static int frameOffset(MemorySegment ring, long slot) {
        return ring.get(SHORT, slot + 12) & 0xffff;
    }

    /** Whether the kernel (or the interface) took a VLAN tag off the frame. */
    public static boolean hasVlanTag(int status) {
        return (status & STATUS_VLAN_VALID) != 0;
    }

    /** That tag's TCI, as a number. */
    public static int vlanTci(MemorySegment ring, long slot) {
        return ring.get(SHORT, slot + 24) & 0xffff;
    }

    /** That tag's TPID, as a number: 0x8100 or 0x88a8. */
    public static int vlanTpid(MemorySegment ring, long slot, int status) {
        return (status & STATUS_VLAN_TPID_VALID) != 0 ? ring.get(SHORT, slot + 26) & 0xffff : TPID_8021Q;
    }

    /** Whether the frame came to the interface, and for it or a group: not another host's, nor one that we sent. */
    public static boolean isForUs(MemorySegment ring, long slot) {
        int type = ring.get(JAVA_BYTE, slot + 42);
        return type != PACKET_OTHERHOST && type != PACKET_OUTGOING;
    }
}
