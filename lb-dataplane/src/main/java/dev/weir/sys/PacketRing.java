package dev.weir.sys;

import static dev.weir.sys.Native.INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A memory-mapped receive ring of one interface: AF_PACKET with TPACKET_V2, which shows each frame as soon as it is
 * there (V3 shows them by blocks, at 1 ms or later). A slot holds the largest frame that segmentation offload makes.
 *
 * <pre>
 *   slot   tpacket2_hdr, sockaddr_ll | headroom, virtio_net_hdr | frame ...
 *          0                         52                         {@link Tpacket2Header#frameOffset}
 * </pre>
 *
 * The slots come round in order. The owner takes frames one by one and gives all that it took back at once. Only the
 * owning thread calls it, save where a method says otherwise.
 */
public final class PacketRing implements AutoCloseable {
    /**
     * Room for an IPv4 packet of 65535 bytes with its Ethernet header, in whole pages. Fifteen fill one MiB nearly, so
     * the kernel's allocation of a block, which is a power of two, wastes nothing.
     */
    private static final int SLOT_LENGTH = 17 * 4096;
    private static final int BLOCK_LENGTH = 1 << 20;
    private static final int SLOTS_PER_BLOCK = BLOCK_LENGTH / SLOT_LENGTH;
    /**
     * Bytes left free after the kernel's header beside the 24 that always are, virtio header included: room for outer
     * headers. This number puts the IP header of an untagged frame at a multiple of 16.
     */
    private static final int RESERVE = 134;

    private static final int PACKET_RX_RING = 5;
    private static final int PACKET_STATISTICS = 6;
    private static final int PACKET_VERSION = 10;
    private static final int PACKET_RESERVE = 12;
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final int PACKET_FANOUT = 18;
    private static final int PACKET_FANOUT_DATA = 22;
    private static final int PACKET_FANOUT_EBPF = 7;
    private static final int PACKET_FANOUT_FLAG_UNIQUEID = 0x2000;
    private static final int PACKET_FANOUT_FLAG_IGNORE_OUTGOING = 0x4000;
    /** The group takes no heed of its sockets' PACKET_IGNORE_OUTGOING: it has a flag of its own. */
    private static final int FANOUT_KIND = PACKET_FANOUT_EBPF | PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SO_ATTACH_BPF = 50;
    private static final int TPACKET_V2 = 1;

    private final Socket socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment ring;
    private final long[] slots;
    private int next;
    private int taken;
    private long drops;
    private boolean closed;

    /**
     * Several rings that share what an interface receives, each frame going to one of them.
     *
     * @param group   a number of 16 bits, the same for all rings of the interface, and no other's in the namespace; of the
     *                first, {@link #NEW_GROUP}: the kernel finds one, which is {@link PacketRing#group} then
     * @param program the descriptor of a loaded BPF program of type socket filter, which says to which ring, in the order
     *                of their opening, a frame goes; it sees a frame from the IP header on
     */
    record Fanout(int group, int program) {
        static final int NEW_GROUP = -1;
    }

    private PacketRing(Socket socket, int blocks) throws SystemException {
        this.socket = socket;
        long length = (long) blocks * BLOCK_LENGTH;
        this.ring = Mapping.map(socket.descriptor(), 0, length, arena);
        this.slots = new long[blocks * SLOTS_PER_BLOCK];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = (long) (i / SLOTS_PER_BLOCK) * BLOCK_LENGTH + (long) (i % SLOTS_PER_BLOCK) * SLOT_LENGTH;
        }
    }

    /**
     * Opens a ring that begins to fill at once.
     *
     * @param slots  how many frames may wait, rounded up to a multiple of 15; each takes 68 KiB of kernel memory
     * @param filter the descriptor of a loaded BPF program of type socket filter, asked from the first frame on
     */
    public static PacketRing open(Link link, int slots, OptionalInt filter) throws SystemException {
        return open(link, slots, filter, null);
    }

    /** The same for one of several rings. */
    static PacketRing open(Link link, int slots, OptionalInt filter, @Nullable Fanout fanout)
            throws SystemException {
        Socket socket = PacketSocket.open(link.name());
        try {
            // The header's place in a slot follows from these three, so they come before the ring.
            socket.set(PacketSocket.SOL_PACKET, PACKET_VERSION, "PACKET_VERSION", TPACKET_V2);
            socket.set(PacketSocket.SOL_PACKET, PACKET_RESERVE, "PACKET_RESERVE", RESERVE);
            socket.set(PacketSocket.SOL_PACKET, PACKET_VNET_HDR, "PACKET_VNET_HDR", 1);
            socket.set(PacketSocket.SOL_PACKET, PACKET_IGNORE_OUTGOING, "PACKET_IGNORE_OUTGOING", 1);
            int blocks = Math.max(1, Math.ceilDiv(slots, SLOTS_PER_BLOCK));
            try (Arena request = Arena.ofConfined()) {
                socket.set(PacketSocket.SOL_PACKET, PACKET_RX_RING, "PACKET_RX_RING",
                        request.allocateFrom(INT, BLOCK_LENGTH, blocks, SLOT_LENGTH, blocks * SLOTS_PER_BLOCK));
            }
            if (fanout != null) {
                // A socket joins when it is bound already, and must not have the others' frames before.
                refuseAll(socket);
            } else if (filter.isPresent()) {
                socket.set(PacketSocket.SOL_SOCKET, SO_ATTACH_BPF, "SO_ATTACH_BPF", filter.getAsInt());
            }
            PacketRing ring = new PacketRing(socket, blocks);
            PacketSocket.bind(socket, link.index(), PacketSocket.ETH_P_ALL);
            if (fanout != null) {
                socket.set(PacketSocket.SOL_PACKET, PACKET_FANOUT, "PACKET_FANOUT",
                        fanout.group() == Fanout.NEW_GROUP
                                ? (FANOUT_KIND | PACKET_FANOUT_FLAG_UNIQUEID) << 16
                                : fanout.group() | FANOUT_KIND << 16);
                socket.set(PacketSocket.SOL_PACKET, PACKET_FANOUT_DATA, "PACKET_FANOUT_DATA", fanout.program());
                socket.set(PacketSocket.SOL_SOCKET, SO_ATTACH_BPF, "SO_ATTACH_BPF",
                        filter.orElseThrow(() -> new IllegalArgumentException("a fanout without a filter")));
            }
            return ring;
        } catch (SystemException e) {
            socket.close();
            throw e;
        }
    }

    /** struct sock_fprog with the one instruction "return 0" (BPF_RET | BPF_K). */
    private static void refuseAll(Socket socket) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(16, 8);
            program.set(Native.SHORT, 0, (short) 1);
            program.set(Native.LONG, 8,
                    arena.allocateFrom(Native.SHORT, (short) 6, (short) 0, (short) 0, (short) 0).address());
            socket.set(PacketSocket.SOL_SOCKET, SO_ATTACH_FILTER, "SO_ATTACH_FILTER", program);
        }
    }

    /** What poll(2) shows readable when a frame has come and all that were taken are given back. */
    public int descriptor() {
        return socket.descriptor();
    }

    /** The mapped ring, with {@link Tpacket2Header}s and frames. */
    public MemorySegment ring() {
        return ring;
    }

    /** Takes the next frame's slot: its number, or -1 where none has come or all are taken. */
    public int take() {
        if (taken == slots.length || (Tpacket2Header.status(ring, slots[next]) & Tpacket2Header.STATUS_USER) == 0) {
            return -1;
        }
        int slot = next;
        next = slot + 1 == slots.length ? 0 : slot + 1;
        taken++;
        return slot;
    }

    /** Where a slot begins in {@link #ring}. */
    public long offset(int slot) {
        return slots[slot];
    }

    /** Gives back every slot that was taken. */
    public void giveBack() {
        int slot = next - taken;
        if (slot < 0) {
            slot += slots.length;
        }
        for (; taken > 0; taken--) {
            Tpacket2Header.giveBack(ring, slots[slot]);
            slot = slot + 1 == slots.length ? 0 : slot + 1;
        }
    }

    /**
     * Frames that came while no slot was free, or that a virtio header cannot describe, since the ring was opened. Any
     * thread may ask, also after the end. The kernel counts from the last question on, hence the lock.
     */
    public synchronized long drops() {
        if (!closed) {
            try (Arena call = Arena.ofConfined()) {
                MemorySegment statistics = call.allocate(INT, 2);
                socket.get(PacketSocket.SOL_PACKET, PACKET_STATISTICS, "PACKET_STATISTICS", statistics);
                drops += Integer.toUnsignedLong(statistics.get(INT, 4));
            } catch (SystemException e) {
                throw new AssertionError("the ring's own socket must tell its statistics", e);
            }
        }
        return drops;
    }

    /**
     * Finds the interface again: after it was removed and another came under its name, the ring is bound to that one.
     * An interface that only went down and up needs nothing.
     *
     * @return the interface as it is now
     * @throws SystemException ENODEV while there is none of that name
     */
    public Link rebind(String name) throws SystemException {
        Link link = Link.byName(name, socket);
        if (PacketSocket.boundInterface(socket) != link.index()) {
            PacketSocket.bind(socket, link.index(), PacketSocket.ETH_P_ALL);
        }
        return link;
    }

    /** The interface as it is now. @throws SystemException ENODEV while there is none of that name */
    public Link find(String name) throws SystemException {
        return Link.byName(name, socket);
    }

    /** Whether frames of this interface come here. */
    public boolean isBoundTo(Link link) throws SystemException {
        return PacketSocket.boundInterface(socket) == link.index();
    }

    /** The number of the fanout group that it is in. */
    int group() throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(INT);
            socket.get(PacketSocket.SOL_PACKET, PACKET_FANOUT, "PACKET_FANOUT", value);
            return value.get(INT, 0) & 0xffff;
        }
    }

    /** This ring gets another's {@link #descriptor}, and what that has counted; the other one ends. */
    public synchronized void replace(PacketRing other) throws SystemException {
        drops += other.drops();
        socket.replace(other.socket);
        synchronized (other) {
            other.closed = true;
            other.arena.close();
        }
    }

    @Override
    public void close() {
        drops();
        synchronized (this) {
            if (!closed) {
                closed = true;
                arena.close();
                socket.close();
            }
        }
    }
}
