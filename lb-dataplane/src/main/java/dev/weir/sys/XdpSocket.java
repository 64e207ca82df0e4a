package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.LONG;
import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * An AF_XDP socket: one receive queue of one interface, and a way out (Documentation/networking/af_xdp.rst). It receives
 * what an XDP program redirects to it. The kernel always has as many empty frames as the receive ring has places, so
 * that ring never overflows; a frame given to be sent is the kernel's until the completion ring tells that it went.
 *
 * <p>The owner's thread alone calls it, save where a method says otherwise.
 */
public final class XdpSocket implements AutoCloseable {
    private static final int AF_XDP = 44;
    private static final int SOL_XDP = 283;
    private static final int XDP_MMAP_OFFSETS = 1;
    private static final int XDP_RX_RING = 2;
    private static final int XDP_TX_RING = 3;
    private static final int XDP_UMEM_REG = 4;
    private static final int XDP_UMEM_FILL_RING = 5;
    private static final int XDP_UMEM_COMPLETION_RING = 6;
    private static final int XDP_STATISTICS = 7;
    private static final int XDP_OPTIONS = 8;
    private static final int XDP_MAX_TX_SKB_BUDGET = 9;
    private static final long RX_MAP = 0;
    private static final long TX_MAP = 0x80000000L;
    private static final long FILL_MAP = 0x100000000L;
    private static final long COMPLETION_MAP = 0x180000000L;
    private static final int SHARED_UMEM = 1;
    private static final int COPY = 2;
    private static final int USE_NEED_WAKEUP = 8;
    private static final int ZEROCOPY = 1;
    private static final int SO_BUSY_POLL = 46;
    private static final int SO_PREFER_BUSY_POLL = 69;
    private static final int SO_BUSY_POLL_BUDGET = 70;
    private static final int BUSY_POLL_MICROSECONDS = 20;
    private static final int BURST = 64;
    /** Frames that one system call sends in copy mode, where the kernel lets us choose; else 32. */
    private static final int TRANSMIT_BUDGET = 256;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int EBUSY = 16;
    /** A kernel that takes nothing from the transmit ring is asked again so often, then at the next flush. */
    private static final int PATIENCE = 4;
    private static final MethodHandle SENDTO = Native.function("sendto",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RECVFROM = Native.function("recvfrom",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private final Socket socket;
    private final Umem umem;
    private final short number;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final XdpRing fill;
    private final XdpRing receive;
    private final XdpRing transmit;
    private final XdpRing completion;
    private final boolean copy;
    private boolean busyPoll;
    /** Empty frames that the kernel is to have and could not be given, for want of free ones. */
    private int missing;
    /** When last asked to send, the kernel said that the interface is down, or gone. */
    private boolean down;
    private long lost;
    private boolean closed;

    /**
     * @param receive  places of the receive and fill ring, a power of two
     * @param transmit places of the transmit and completion ring, a power of two
     */
    public record Sizes(int receive, int transmit) {
        public static final Sizes DEFAULT = new Sizes(2048, 2048);

        /** How many frames of a {@link Umem} one socket may have at once, and a burst of it the worker. */
        public int frames() {
            return receive + transmit + 2 * BURST;
        }
    }

    /**
     * Opens a socket that receives nothing until an XDP program redirects frames to it. It shares its memory with the
     * others of {@code umem} as one registration; where the kernel does not allow that for these two interfaces, the
     * memory is registered once more.
     *
     * @param queue    number of the interface's receive queue
     * @param copy     never ask the driver to work in the memory itself (zero-copy)
     * @param busyPoll let the worker drive the interface (SO_PREFER_BUSY_POLL), where the kernel takes it
     */
    public static XdpSocket open(Link link, int queue, Umem umem, Sizes sizes, boolean copy, boolean busyPoll)
            throws SystemException {
        XdpSocket other = umem.bound();
        if (other != null) {
            try {
                return new XdpSocket(link, queue, umem, sizes, other, copy || other.copy, busyPoll);
            } catch (SystemException e) {
                if (e.errno() == SystemException.ENODEV || e.errno() == EBUSY) {
                    throw e;
                }
            }
        }
        return new XdpSocket(link, queue, umem, sizes, null, copy, busyPoll);
    }

    private XdpSocket(Link link, int queue, Umem umem, Sizes sizes, @Nullable XdpSocket other, boolean copy,
            boolean busyPoll) throws SystemException {
        this.umem = umem;
        socket = Socket.open(AF_XDP, PacketSocket.SOCK_RAW, 0,
                "AF_XDP on queue " + queue + " of " + link.name() + " (needs CAP_NET_RAW)");
        try {
            if (other == null) {
                register();
            }
            socket.set(SOL_XDP, XDP_UMEM_FILL_RING, "XDP_UMEM_FILL_RING", sizes.receive);
            socket.set(SOL_XDP, XDP_UMEM_COMPLETION_RING, "XDP_UMEM_COMPLETION_RING", sizes.transmit);
            socket.set(SOL_XDP, XDP_RX_RING, "XDP_RX_RING", sizes.receive);
            socket.set(SOL_XDP, XDP_TX_RING, "XDP_TX_RING", sizes.transmit);
            MemorySegment offsets = arena.allocate(128, 8);
            socket.get(SOL_XDP, XDP_MMAP_OFFSETS, "XDP_MMAP_OFFSETS", offsets);
            receive = ring(RX_MAP, offsets.asSlice(0, 32), 16, sizes.receive);
            transmit = ring(TX_MAP, offsets.asSlice(32, 32), 16, sizes.transmit);
            fill = ring(FILL_MAP, offsets.asSlice(64, 32), 8, sizes.receive);
            completion = ring(COMPLETION_MAP, offsets.asSlice(96, 32), 8, sizes.transmit);
            bind(link, queue, other, copy);
            MemorySegment options = arena.allocate(4, 4);
            socket.get(SOL_XDP, XDP_OPTIONS, "XDP_OPTIONS", options);
            this.copy = (options.get(INT, 0) & ZEROCOPY) == 0;
            PacketSocket.widen(socket);
        } catch (SystemException e) {
            socket.close();
            arena.close();
            throw e;
        }
        accepted(SOL_XDP, XDP_MAX_TX_SKB_BUDGET, "XDP_MAX_TX_SKB_BUDGET", TRANSMIT_BUDGET);
        this.busyPoll = busyPoll
                && accepted(PacketSocket.SOL_SOCKET, SO_PREFER_BUSY_POLL, "SO_PREFER_BUSY_POLL", 1)
                && accepted(PacketSocket.SOL_SOCKET, SO_BUSY_POLL, "SO_BUSY_POLL", BUSY_POLL_MICROSECONDS)
                && accepted(PacketSocket.SOL_SOCKET, SO_BUSY_POLL_BUDGET, "SO_BUSY_POLL_BUDGET", BURST);
        number = umem.join(this);
        missing = sizes.receive;
        refill();
    }

    /** struct xdp_umem_reg: 0 address   8 length   16 frame length (32)   20 headroom (32)   24 flags (32). */
    private void register() throws SystemException {
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
    private void bind(Link link, int queue, @Nullable XdpSocket other, boolean copy) throws SystemException {
        MemorySegment address = arena.allocate(16, 4);
        address.set(SHORT, 0, (short) AF_XDP);
        // One that shares inherits the other flags.
        address.set(SHORT, 2, (short) (other != null ? SHARED_UMEM : USE_NEED_WAKEUP | (copy ? COPY : 0)));
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

    public int descriptor() {
        return socket.descriptor();
    }

    /** The driver works in the frames themselves. */
    public boolean isZeroCopy() {
        return !copy;
    }

    public boolean isBusyPolling() {
        return busyPoll;
    }

    /** How many frames have come; the worker has the first {@code n} of them after {@link #took}. */
    public int come() {
        int come = receive.come();
        if (come == 0 && (fill.needsWakeup() || busyPoll)) {
            wakeReceiver();
            come = receive.come();
        }
        return come;
    }

    /** Where in the UMEM the {@code i}th frame that has come begins. */
    public long address(int i) {
        return receive.address(i);
    }

    public int length(int i) {
        return receive.length(i);
    }

    /** Takes the first {@code count} frames of those that have come, and gives the kernel as many empty ones. */
    public void took(int count) {
        for (int i = 0; i < count; i++) {
            umem.received(Umem.number(receive.address(i)));
        }
        receive.taken(count);
        missing += count;
        refill();
    }

    /** Gives the kernel the empty frames that it should have, as far as there are any. */
    public void refill() {
        int before = missing;
        while (missing > 0 && fill.room() > 0) {
            int frame = umem.take();
            if (frame < 0) {
                break;
            }
            umem.lend(frame, number);
            fill.put(Umem.address(frame));
            missing--;
        }
        if (missing != before) {
            fill.publish();
        }
    }

    /** Whether another frame can be queued. */
    public boolean hasRoom() {
        return transmit.room() > 0;
    }

    /**
     * Queues a frame that the worker has, where there is {@link #hasRoom}; the socket has it then.
     *
     * @param address where in the UMEM it begins; with {@code length} it must stay within one of its frames
     */
    public void send(long address, int length) {
        int frame = Umem.number(address);
        if (length <= 0 || address + length > Umem.address(frame + 1)) {
            // The kernel would pass over it in silence, and never give it back.
            throw new IllegalArgumentException(length + " bytes at " + address);
        }
        umem.lend(frame, number);
        transmit.put(address, length);
    }

    /**
     * Has the kernel send what is queued, and takes back what it has sent.
     *
     * @return how many frames it took and did not send
     */
    public int flush() {
        down = false;
        transmit.publish();
        int refused = 0;
        int waiting = transmit.waiting();
        int patience = PATIENCE;
        while (waiting > 0 && patience > 0 && transmit.needsWakeup()) {
            refused += wakeSender();
            complete();
            int now = transmit.waiting();
            patience = now < waiting ? PATIENCE : patience - 1;
            waiting = now;
        }
        complete();
        if (missing > 0) {
            refill();
        }
        return refused;
    }

    /** Whether the last {@link #flush} found the interface down or gone: what is queued waits until it is up again. */
    public boolean isDown() {
        return down;
    }

    /** Frames that are queued and not sent. */
    public int waiting() {
        return transmit.waiting();
    }

    private void complete() {
        int come = completion.come();
        for (int i = 0; i < come; i++) {
            umem.sent(Umem.number(completion.address(i)));
        }
        if (come > 0) {
            completion.taken(come);
        }
    }

    /** Of a frame that a queue or driver dropped the kernel says EBUSY, and goes on with the next when asked again. */
    private int wakeSender() {
        try {
            long result = (long) SENDTO.invokeExact(callState, socket.descriptor(), 0L, 0L, MSG_DONTWAIT, 0L, 0);
            int error = result < 0 ? Native.errno(callState) : 0;
            down |= error == SystemException.ENETDOWN || error == SystemException.ENXIO;
            return error == EBUSY ? 1 : 0;
        } catch (Throwable e) {
            throw new AssertionError("sendto", e);
        }
    }

    private void wakeReceiver() {
        try {
            long _ = (long) RECVFROM.invokeExact(callState, socket.descriptor(), 0L, 0L, MSG_DONTWAIT, 0L, 0L);
        } catch (Throwable e) {
            throw new AssertionError("recvfrom", e);
        }
    }

    /**
     * Frames that were redirected here and found no room, or were longer than {@link Umem#CAPACITY}. Any thread may ask,
     * also after the end.
     */
    public synchronized long drops() {
        if (!closed) {
            // struct xdp_statistics: rx_dropped, rx_invalid_descs, tx_invalid_descs, rx_ring_full ...
            try (Arena call = Arena.ofConfined()) {
                MemorySegment statistics = call.allocate(LONG, 6);
                socket.get(SOL_XDP, XDP_STATISTICS, "XDP_STATISTICS", statistics);
                lost = statistics.get(LONG, 0) + statistics.get(LONG, 24);
            } catch (SystemException e) {
                throw new AssertionError("the socket must tell its own statistics", e);
            }
        }
        return lost;
    }

    @Override
    public void close() {
        drops();
        synchronized (this) {
            if (!closed) {
                closed = true;
                arena.close();
                socket.close();
                umem.leave(this, number);
            }
        }
    }
}
