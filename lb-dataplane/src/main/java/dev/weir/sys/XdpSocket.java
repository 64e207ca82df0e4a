package dev.weir.sys;

import static dev.weir.sys.Native.LONG;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * An AF_XDP socket: one receive queue of one interface, and a way out (Documentation/networking/af_xdp.rst). It receives
 * what an XDP program redirects to it. The kernel always has as many empty frames as the receive ring has places, so
 * that ring never overflows; a frame given to be sent is the kernel's until the completion ring tells that it went.
 *
 * <p>The owner's thread alone calls it, save where a method says otherwise.
 */
public final class XdpSocket implements AutoCloseable {
    private static final int XDP_STATISTICS = 7;
    private static final int BURST = 64;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int EBUSY = 16;
    private static final int EINVAL = 22;
    /** Pieces of one frame that every kernel sends: MAX_SKB_FRAGS may be set to more than its default, and hardly to less. */
    private static final int MOST_PIECES = 17;
    /** A kernel that takes nothing from the transmit ring is asked again so often, then at the next flush. */
    private static final int PATIENCE = 4;
    private static final MethodHandle SENDTO = Native.function("sendto",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RECVFROM = Native.function("recvfrom",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private final XdpBinding binding;
    private final Umem umem;
    private final short number;
    private final MemorySegment callState;
    private final XdpRing fill;
    private final XdpRing receive;
    private final XdpRing transmit;
    private final XdpRing completion;
    private final boolean pieces;
    private final boolean busyPoll;
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
     * What is asked of the kernel.
     *
     * @param copy     never have the driver work in the memory itself (zero-copy)
     * @param busyPoll let the worker drive the interface (SO_PREFER_BUSY_POLL), where the kernel takes it
     * @param pieces   let frames come and go that are longer than a frame of the memory, in several (XDP_USE_SG), where the
     *                 kernel takes it; a driver that does not is used in copy mode then
     */
    public record Mode(boolean copy, boolean busyPoll, boolean pieces) {
        private Mode whole() {
            return new Mode(copy, busyPoll, false);
        }
    }

    /**
     * Opens a socket that receives nothing until an XDP program redirects frames to it. It shares its memory with the
     * others of {@code umem} that have frames in pieces, or not, as it does, as one registration; where the kernel does not
     * allow that for these two interfaces, the memory is registered once more.
     *
     * @param queue number of the interface's receive queue
     */
    public static XdpSocket open(Link link, int queue, Umem umem, Sizes sizes, Mode mode) throws SystemException {
        XdpSocket other = umem.bound(mode.pieces);
        if (other != null) {
            try {
                return new XdpSocket(umem, sizes, mode, new XdpBinding(link, queue, umem, sizes, other, mode));
            } catch (SystemException e) {
                if (e.errno() == SystemException.ENODEV || e.errno() == EBUSY) {
                    throw e;
                }
            }
        }
        try {
            return new XdpSocket(umem, sizes, mode, new XdpBinding(link, queue, umem, sizes, null, mode));
        } catch (SystemException e) {
            if (!mode.pieces || e.errno() != EINVAL) {
                throw e;
            }
            // Linux before 6.6, which does not know the flag.
            return open(link, queue, umem, sizes, mode.whole());
        }
    }

    private XdpSocket(Umem umem, Sizes sizes, Mode mode, XdpBinding binding) {
        this.binding = binding;
        this.umem = umem;
        callState = binding.callState();
        fill = binding.fill();
        receive = binding.receive();
        transmit = binding.transmit();
        completion = binding.completion();
        busyPoll = binding.isBusyPolling();
        pieces = mode.pieces;
        number = umem.join(this);
        missing = sizes.receive;
        refill();
    }

    public int descriptor() {
        return binding.socket().descriptor();
    }

    /** The driver works in the frames themselves. */
    public boolean isZeroCopy() {
        return binding.isZeroCopy();
    }

    public boolean isBusyPolling() {
        return busyPoll;
    }

    /** Whether frames longer than {@link Umem#CAPACITY} come, and may be sent, in several. */
    public boolean takesPieces() {
        return pieces;
    }

    /** Bytes of the longest frame that can be sent. */
    public int longest() {
        return pieces ? MOST_PIECES * Umem.FRAME_LENGTH : Umem.CAPACITY;
    }

    /**
     * How many frames have come, or where it {@link #takesPieces}, pieces of such; the worker has the first {@code n} of them
     * after {@link #took}.
     */
    public int come() {
        // With the last piece of a frame missing, asking only for what was not seen yet would end there.
        int come = pieces ? receive.allCome() : receive.come();
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

    /** Of how many pieces the frame is that begins with the {@code i}th of {@code come}; 0 where not all of them are there. */
    public int pieces(int i, int come) {
        for (int last = i; last < come; last++) {
            if (!receive.isContinued(last)) {
                return last - i + 1;
            }
        }
        return 0;
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

    /** How many frames, or pieces of such, can be queued. */
    public int room() {
        return transmit.room();
    }

    /**
     * Queues a frame that the worker has, where there is {@link #room}; the socket has it then.
     *
     * @param address where in the UMEM it begins; with {@code length} it must stay within one of its frames
     */
    public void send(long address, int length) {
        send(address, length, false);
    }

    /** As the other, of a piece: one that is {@code continued} must be followed by the frame's rest before the flush. */
    public void send(long address, int length, boolean continued) {
        int frame = Umem.number(address);
        if (length <= 0 || address + length > Umem.address(frame + 1)) {
            // The kernel would pass over it in silence, and never give it back.
            throw new IllegalArgumentException(length + " bytes at " + address);
        }
        umem.lend(frame, number);
        transmit.put(address, length, continued);
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
        return transmit.waitingFrames();
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
            long result = (long) SENDTO.invokeExact(callState, descriptor(), 0L, 0L, MSG_DONTWAIT, 0L, 0);
            int error = result < 0 ? Native.errno(callState) : 0;
            down |= error == SystemException.ENETDOWN || error == SystemException.ENXIO;
            return error == EBUSY ? 1 : 0;
        } catch (Throwable e) {
            throw new AssertionError("sendto", e);
        }
    }

    private void wakeReceiver() {
        try {
            long _ = (long) RECVFROM.invokeExact(callState, descriptor(), 0L, 0L, MSG_DONTWAIT, 0L, 0L);
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
                binding.socket().get(XdpBinding.SOL_XDP, XDP_STATISTICS, "XDP_STATISTICS", statistics);
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
                binding.close();
                umem.leave(this, number);
            }
        }
    }
}
