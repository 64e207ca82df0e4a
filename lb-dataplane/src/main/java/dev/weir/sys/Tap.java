package dev.weir.sys;

import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * A TAP interface that lives as long as its descriptor (Documentation/networking/tuntap.rst). What is written arrives on
 * it as a received frame, offloads included; what the host sends out of it can be read. Several threads may write, one reads.
 */
public final class Tap implements AutoCloseable {
    private static final int O_RDWR_CLOEXEC_NONBLOCK = 2 | 0x80000 | 0x800;
    private static final long TUNSETIFF = 0x400454caL;
    /** IFF_TAP, IFF_NO_PI, IFF_VNET_HDR: Ethernet frames, each behind a struct virtio_net_hdr of ten bytes. */
    private static final int FLAGS = 0x0002 | 0x1000 | 0x4000;
    private static final int NAME_LENGTH = 16;
    private static final int EAGAIN = 11;
    private static final MethodHandle OPEN = Native.variadic("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT,
            JAVA_INT), 2);
    private static final MethodHandle IOCTL = Native.variadic("ioctl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);
    /** The address goes as a number, so that nothing is allocated. */
    private static final MethodHandle WRITE = Native.function("write",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle READ = Native.function("read",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private final Arena arena = Arena.ofShared();
    /** Several threads may write errno here at once: nobody reads it. */
    private final MemorySegment callState = Native.callState(arena);
    private final int descriptor;
    private final String name;

    private Tap(int descriptor, String name) {
        this.descriptor = descriptor;
        this.name = name;
    }

    /** Makes a new interface, in the namespace of the calling thread; needs CAP_NET_ADMIN and /dev/net/tun. */
    public static Tap open(String prefix) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom("/dev/net/tun");
            int descriptor = SystemCall.check("open /dev/net/tun",
                    state -> (int) OPEN.invokeExact(state, path, O_RDWR_CLOEXEC_NONBLOCK, 0));
            MemorySegment request = arena.allocate(40, 8);
            request.setString(0, prefix + "%d");
            request.set(SHORT, NAME_LENGTH, (short) FLAGS);
            try {
                SystemCall.check("TUNSETIFF " + prefix, state -> (int) IOCTL.invokeExact(state, descriptor, TUNSETIFF,
                        request));
            } catch (SystemException e) {
                Descriptors.close(descriptor);
                throw e;
            }
            return new Tap(Descriptors.raise(descriptor, Descriptors.BEFORE_SOCKETS), request.getString(0));
        }
    }

    public String name() {
        return name;
    }

    /**
     * Lets one frame arrive. Allocates nothing.
     *
     * @param memory native memory
     * @param offset where the frame's virtio header begins
     * @param length bytes, virtio header included
     * @return false where the kernel took it not
     */
    public boolean write(MemorySegment memory, long offset, int length) {
        Objects.checkFromIndexSize(offset, length, memory.byteSize());
        if (!memory.isNative()) {
            throw new IllegalArgumentException("a frame on the heap cannot be written");
        }
        try {
            return (long) WRITE.invokeExact(callState, descriptor, memory.address() + offset, (long) length) == length;
        } catch (Throwable e) {
            throw new AssertionError("write to " + name, e);
        }
    }

    /**
     * Takes one frame that the host sent out of it, without waiting.
     *
     * @param memory native memory, into which the frame goes behind its virtio header; what does not fit is lost
     * @return bytes, virtio header included; 0 where there is none
     */
    public int read(MemorySegment memory) throws SystemException {
        try {
            return SystemCall.check("read from " + name,
                    state -> (int) (long) READ.invokeExact(state, descriptor, memory, memory.byteSize()));
        } catch (SystemException e) {
            if (e.errno() == EAGAIN) {
                return 0;
            }
            throw e;
        }
    }

    /** Readable when {@link #read} has something. */
    public int descriptor() {
        return descriptor;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            Descriptors.close(descriptor);
            arena.close();
        }
    }
}
