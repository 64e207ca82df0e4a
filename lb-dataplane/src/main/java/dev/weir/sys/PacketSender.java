package dev.weir.sys;

import static dev.weir.sys.Native.LONG;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Sends frames out of one interface in batches, straight from where they stand: an AF_PACKET socket with virtio headers
 * that goes round the queueing discipline and never waits. Only the owning thread calls it, save for {@link #errors}.
 */
public final class PacketSender implements AutoCloseable {
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_QDISC_BYPASS = 20;
    private static final int SO_SNDBUF = 7;
    private static final int SO_SNDBUFFORCE = 32;
    /** Two full batches of 64 KiB frames, as the kernel counts them. */
    private static final int SEND_BUFFER = 32 << 20;
    private static final int MSG_DONTWAIT = 0x40;
    /** struct mmsghdr: struct msghdr, of which msg_iov stands at 16 and msg_iovlen at 24, then msg_len. */
    private static final int MMSGHDR_LENGTH = 64;
    private static final int IOVEC_LENGTH = 16;
    /** The messages' addresses go as numbers: the memory is this object's own, and the call is on the hot path. */
    private static final MethodHandle SENDMMSG = Native.function("sendmmsg",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
    private static final VarHandle ERRORS;

    static {
        try {
            ERRORS = MethodHandles.lookup().findVarHandle(PacketSender.class, "errors", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Socket socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private final int capacity;
    private final MemorySegment messages;
    private final MemorySegment vectors;
    private int queued;
    @SuppressWarnings("unused") // through ERRORS
    private long errors;

    private PacketSender(Socket socket, int capacity) {
        this.socket = socket;
        this.capacity = capacity;
        this.messages = arena.allocate((long) capacity * MMSGHDR_LENGTH, 8);
        this.vectors = arena.allocate((long) capacity * IOVEC_LENGTH, 8);
        for (int i = 0; i < capacity; i++) {
            messages.set(LONG, (long) i * MMSGHDR_LENGTH + 16, vectors.address() + (long) i * IOVEC_LENGTH);
            messages.set(LONG, (long) i * MMSGHDR_LENGTH + 24, 1);
        }
    }

    /** @param capacity how many frames go in one system call, 1 to 1024 (UIO_MAXIOV) */
    public static PacketSender open(Link link, int capacity) throws SystemException {
        Socket socket = PacketSocket.open(link.name());
        try {
            socket.set(PacketSocket.SOL_PACKET, PACKET_VNET_HDR, "PACKET_VNET_HDR", 1);
            socket.set(PacketSocket.SOL_PACKET, PACKET_QDISC_BYPASS, "PACKET_QDISC_BYPASS", 1);
            widen(socket);
            PacketSocket.bind(socket, link.index(), 0);
            return new PacketSender(socket, capacity);
        } catch (SystemException e) {
            socket.close();
            throw e;
        }
    }

    /** Without CAP_NET_ADMIN the kernel grants what net.core.wmem_max says. */
    private static void widen(Socket socket) throws SystemException {
        try {
            socket.set(PacketSocket.SOL_SOCKET, SO_SNDBUFFORCE, "SO_SNDBUFFORCE", SEND_BUFFER);
        } catch (SystemException e) {
            if (e.errno() != SystemException.EPERM) {
                throw e;
            }
            socket.set(PacketSocket.SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF", SEND_BUFFER);
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
        queued++;
    }

    /** Sends what is queued. A frame that the kernel refuses, whatever the reason, is counted; the rest go on. */
    public void send() {
        int sent = 0;
        while (sent < queued) {
            int result = sendmmsg(sent);
            if (result > 0) {
                sent += result;
            } else if (Native.errno(callState) != SystemException.EINTR) {
                ERRORS.setOpaque(this, (long) ERRORS.getOpaque(this) + 1);
                sent++;
            }
        }
        queued = 0;
    }

    private int sendmmsg(int first) {
        try {
            return (int) SENDMMSG.invokeExact(callState, socket.descriptor(),
                    messages.address() + (long) first * MMSGHDR_LENGTH, queued - first, MSG_DONTWAIT);
        } catch (Throwable e) {
            throw new AssertionError("sendmmsg", e);
        }
    }

    /** Frames that the kernel refused since the sender was opened. Any thread may ask. */
    public long errors() {
        return (long) ERRORS.getOpaque(this);
    }

    /** As {@link PacketRing#rebind} for what is sent. */
    public void rebind(Link link) throws SystemException {
        if (PacketSocket.boundInterface(socket) != link.index()) {
            PacketSocket.bind(socket, link.index(), 0);
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            socket.close();
        }
    }
}
