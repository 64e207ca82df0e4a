package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.LONG;
import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** How an {@link XdpSocket} stands in the kernel: opened, with its rings, bound to a queue, and what was granted of what was asked. */
final class XdpBinding implements AutoCloseable {
    private static final int AF_XDP = 44;
    static final int SOL_XDP = 283;
    private static final int XDP_MMAP_OFFSETS = 1;
    private static final int XDP_RX_RING = 2;
    private static final int XDP_TX_RING = 3;
    private static final int XDP_UMEM_REG = 4;
    private static final int XDP_UMEM_FILL_RING = 5;
    private static final int XDP_UMEM_COMPLETION_RING = 6;
    private static final int XDP_OPTIONS = 8;
    private static final int XDP_MAX_TX_SKB_BUDGET = 9;
    private static final long RX_MAP = 0;
    private static final long TX_MAP = 0x80000000L;
    private static final long FILL_MAP = 0x100000000L;
    private static final long COMPLETION_MAP = 0x180000000L;
    private static final int SHARED_UMEM = 1;
    private static final int COPY = 2;
    private static final int USE_NEED_WAKEUP = 8;
    private static final int USE_SG = 16;
    private static final int ZEROCOPY = 1;
    private static final int SO_BUSY_POLL = 46;
    private static final int SO_PREFER_BUSY_POLL = 69;
    private static final int SO_BUSY_POLL_BUDGET = 70;
    private static final int BUSY_POLL_MICROSECONDS = 20;
    private static final int BUSY_POLL_BUDGET = 64;
    /** Frames that one system call sends in copy mode, where the kernel lets us choose; else 32. */
    private static final int TRANSMIT_BUDGET = 256;

    private final Socket socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final XdpRing fill;
    private final XdpRing receive;
    private final XdpRing transmit;
    private final XdpRing completion;
    private final boolean zeroCopy;
    private final boolean busyPoll;

    /** @param other one to share its registration of the memory with; null: it is registered anew */
    XdpBinding(Link link, int queue, Umem umem, XdpSocket.Sizes sizes, @Nullable XdpSocket other, XdpSocket.Mode mode)
            throws SystemException {
        socket = Socket.open(AF_XDP, PacketSocket.SOCK_RAW, 0,
                "AF_XDP on queue " + queue + " of " + link.name() + " (needs CAP_NET_RAW)");
        try {
            if (other == null) {
                register(umem);
            }
            socket.set(SOL_XDP, XDP_UMEM_FILL_RING, "XDP_UMEM_FILL_RING", sizes.receive());
            socket.set(SOL_XDP, XDP_UMEM_COMPLETION_RING, "XDP_UMEM_COMPLETION_RING", sizes.transmit());
            socket.set(SOL_XDP, XDP_RX_RING, "XDP_RX_RING", sizes.receive());
            socket.set(SOL_XDP, XDP_TX_RING, "XDP_TX_RING", sizes.transmit());
            MemorySegment offsets = arena.allocate(128, 8);
            socket.get(SOL_XDP, XDP_MMAP_OFFSETS, "XDP_MMAP_OFFSETS", offsets);
            receive = ring(RX_MAP, offsets.asSlice(0, 32), 16, sizes.receive());
            transmit = ring(TX_MAP, offsets.asSlice(32, 32), 16, sizes.transmit());
            fill = ring(FILL_MAP, offsets.asSlice(64, 32), 8, sizes.receive());
            completion = ring(COMPLETION_MAP, offsets.asSlice(96, 32), 8, sizes.transmit());
            bind(link, queue, other, mode);
            MemorySegment options = arena.allocate(4, 4);
            socket.get(SOL_XDP, XDP_OPTIONS, "XDP_OPTIONS", options);
            zeroCopy = (options.get(INT, 0) & ZEROCOPY) != 0;
            PacketSocket.widen(socket);
        } catch (SystemException e) {
            socket.close();
            arena.close();
            throw e;
        }
        accepted(SOL_XDP, XDP_MAX_TX_SKB_BUDGET, "XDP_MAX_TX_SKB_BUDGET", TRANSMIT_BUDGET);
        busyPoll = mode.busyPoll()
                && accepted(PacketSocket.SOL_SOCKET, SO_PREFER_BUSY_POLL, "SO_PREFER_BUSY_POLL", 1)
                && accepted(PacketSocket.SOL_SOCKET, SO_BUSY_POLL, "SO_BUSY_POLL", BUSY_POLL_MICROSECONDS)
                && accepted(PacketSocket.SOL_SOCKET, SO_BUSY_POLL_BUDGET, "SO_BUSY_POLL_BUDGET", BUSY_POLL_BUDGET);
    }

    /** struct xdp_umem_reg: 0 address   8 length   16 frame length (32)   20 headroom (32)   24 flags (32). */
    private void register(Umem umem) throws SystemException {
        MemorySegment registration = arena.allocate(32, 8);
        registration.set(LONG, 0, umem.memory().address());
        registration.set(LONG, 8, umem.memory().byteSize());
        registration.set(INT, 16, Umem.FRAME_LENGTH);
        socket.set(SOL_XDP, XDP_UMEM_REG, "XDP_UMEM_REG", registration);
    }

    private XdpRing ring(long offset, MemorySegment offsets, int entryLength, int size) throws SystemException {
        long length = offsets.get(JAVA_LONG, 16) + (long) size * entryLength;
        return new XdpRing(Mapping.map(socket.descriptor(), offset, length, arena), offsets, entryLength, size);
    }

    /** struct sockaddr_xdp: family (16), flags (16), interface (32), queue (32), descriptor to share with (32). */
    private void bind(Link link, int queue, @Nullable XdpSocket other, XdpSocket.Mode mode) throws SystemException {
        int flags = USE_NEED_WAKEUP | (mode.copy() ? COPY : 0) | (mode.pieces() ? USE_SG : 0);
        MemorySegment address = arena.allocate(16, 4);
        address.set(SHORT, 0, (short) AF_XDP);
        // One that shares inherits the other flags.
        address.set(SHORT, 2, (short) (other != null ? SHARED_UMEM : flags));
        address.set(INT, 4, link.index());
        address.set(INT, 8, queue);
        address.set(INT, 12, other == null ? 0 : other.descriptor());
        socket.bind(address);
    }

    private boolean accepted(int level, int option, String name, int value) {
        try {
            socket.set(level, option, name, value);
            return true;
        } catch (SystemException e) {
            // A kernel that does not know it yet, or does not allow it, does without.
            return false;
        }
    }

    Socket socket() {
        return socket;
    }

    /** For the owner's system calls. */
    MemorySegment callState() {
        return callState;
    }

    XdpRing fill() {
        return fill;
    }

    XdpRing receive() {
        return receive;
    }

    XdpRing transmit() {
        return transmit;
    }

    XdpRing completion() {
        return completion;
    }

    boolean isZeroCopy() {
        return zeroCopy;
    }

    boolean isBusyPolling() {
        return busyPoll;
    }

    @Override
    public void close() {
        arena.close();
        socket.close();
    }
}
