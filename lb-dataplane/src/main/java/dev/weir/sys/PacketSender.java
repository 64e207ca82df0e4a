package dev.weir.sys;

import static dev.weir.sys.Native.LONG;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Objects;

/**
 * Sends frames out of one interface in batches, straight from where they stand: an AF_PACKET socket with virtio headers
 * that goes round the queueing discipline where it can, and never waits. Only the owning thread calls it.
 */
public final class PacketSender implements AutoCloseable {
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_QDISC_BYPASS = 20;
    private static final int MSG_DONTWAIT = 0x40;
    /** struct mmsghdr: struct msghdr, of which msg_iov stands at 16 and msg_iovlen at 24, then msg_len. */
    private static final int MMSGHDR_LENGTH = 64;
    private static final int IOVEC_LENGTH = 16;
    private static final int VIRTIO_GSO_TYPE = 1;
    /** The messages' addresses go as numbers: the memory is this object's own, and the call is on the hot path. */
    private static final MethodHandle SENDMMSG = Native.function("sendmmsg",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));

    private final Socket direct;
    /** Goes through the queueing discipline, and so through the kernel's segmentation in software. */
    private final Socket queueing;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final int capacity;
    private final MemorySegment messages;
    private final MemorySegment vectors;
    private final boolean[] segmented;
    private int queued;

    private PacketSender(Socket direct, Socket queueing, int capacity) {
        this.direct = direct;
        this.queueing = queueing;
        this.capacity = capacity;
        this.segmented = new boolean[capacity];
        this.messages = arena.allocate((long) capacity * MMSGHDR_LENGTH, 8);
        this.vectors = arena.allocate((long) capacity * IOVEC_LENGTH, 8);
        for (int i = 0; i < capacity; i++) {
            messages.set(LONG, (long) i * MMSGHDR_LENGTH + 16, vectors.address() + (long) i * IOVEC_LENGTH);
            messages.set(LONG, (long) i * MMSGHDR_LENGTH + 24, 1);
        }
    }

    /** @param capacity how many frames go in one system call, 1 to 1024 (UIO_MAXIOV) */
    public static PacketSender open(Link link, int capacity) throws SystemException {
        Socket direct = socket(link, 1);
        try {
            return new PacketSender(direct, socket(link, 0), capacity);
        } catch (SystemException e) {
            direct.close();
            throw e;
        }
    }

    private static Socket socket(Link link, int bypass) throws SystemException {
        Socket socket = PacketSocket.open(link.name());
        try {
            socket.set(PacketSocket.SOL_PACKET, PACKET_VNET_HDR, "PACKET_VNET_HDR", 1);
            socket.set(PacketSocket.SOL_PACKET, PACKET_QDISC_BYPASS, "PACKET_QDISC_BYPASS", bypass);
            PacketSocket.widen(socket);
            PacketSocket.bind(socket, link.index(), 0);
            return socket;
        } catch (SystemException e) {
            socket.close();
            throw e;
        }
    }

    public boolean isFull() {
        return queued == capacity;
    }

    /**
     * Queues one frame, where there is room ({@link #isFull}). The memory must stay as it is until {@link #send}.
     *
     * @param memory native memory
     * @param offset where the frame's virtio header begins
     * @param length bytes, virtio header included
     */
    public void add(MemorySegment memory, long offset, int length) {
        Objects.checkFromIndexSize(offset, length, memory.byteSize());
        if (!memory.isNative()) {
            throw new IllegalArgumentException("a frame on the heap cannot be sent");
        }
        long vector = (long) queued * IOVEC_LENGTH;
        vectors.set(LONG, vector, memory.address() + offset);
        vectors.set(LONG, vector + 8, length);
        segmented[queued] = memory.get(JAVA_BYTE, offset + VIRTIO_GSO_TYPE) != 0;
        queued++;
    }

    /**
     * Sends what is queued. Where the kernel refuses a frame, whatever the reason, the rest go on.
     *
     * @return how many were refused
     */
    public int send() {
        int refused = 0;
        int sent = 0;
        while (sent < queued) {
            int result = sendmmsg(direct, sent, queued - sent);
            if (result > 0) {
                sent += result;
            } else if (Native.errno(callState) != SystemException.EINTR) {
                refused += sendSegmented(sent) ? 0 : 1;
                sent++;
            }
        }
        queued = 0;
        return refused;
    }

    /**
     * The direct way ends in ENOBUFS for a frame that the kernel must segment itself, because the interface cannot
     * (__dev_direct_xmit drops what validation turns into several); it then goes the way of the host's own packets.
     */
    private boolean sendSegmented(int message) {
        return segmented[message] && Native.errno(callState) == SystemException.ENOBUFS
                && sendmmsg(queueing, message, 1) == 1;
    }

    private int sendmmsg(Socket socket, int first, int count) {
        try {
            return (int) SENDMMSG.invokeExact(callState, socket.descriptor(),
                    messages.address() + (long) first * MMSGHDR_LENGTH, count, MSG_DONTWAIT);
        } catch (Throwable e) {
            throw new AssertionError("sendmmsg", e);
        }
    }

    /** As {@link PacketRing#rebind} for what is sent. */
    public void rebind(Link link) throws SystemException {
        for (Socket socket : List.of(direct, queueing)) {
            if (PacketSocket.boundInterface(socket) != link.index()) {
                PacketSocket.bind(socket, link.index(), 0);
            }
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            direct.close();
            queueing.close();
        }
    }
}
