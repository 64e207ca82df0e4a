package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicBoolean;

/** An eventfd(2) that ends another thread's poll(2). Any thread may signal; it allocates nothing and does not wait. */
public final class Wakeup implements AutoCloseable {
    private static final int NONBLOCK_CLOEXEC = 0x80800;
    private static final MethodHandle EVENTFD = Native.function("eventfd",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle WRITE = Native.function("write",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle READ = Native.function("read",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private final Arena arena = Arena.ofShared();
    /** Several threads may write errno here at once: nobody reads it, for a full counter wakes as well. */
    private final MemorySegment ignored = Native.callState(arena);
    private final MemorySegment one = arena.allocate(8, 8);
    private final MemorySegment taken = arena.allocate(8, 8);
    private final AtomicBoolean signalled = new AtomicBoolean();
    private final int descriptor;

    public Wakeup() throws SystemException {
        one.set(Native.LONG, 0, 1);
        try {
            descriptor = (int) EVENTFD.invokeExact(ignored, 0, NONBLOCK_CLOEXEC);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (descriptor < 0) {
            throw new SystemException("eventfd", Native.errno(ignored));
        }
    }

    /** Only the first signal since the last {@link #clear} costs a system call. */
    public void signal() {
        if (!signalled.compareAndSet(false, true)) {
            return;
        }
        try {
            long _ = (long) WRITE.invokeExact(ignored, descriptor, one, 8L);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Called by the waiting thread before it looks for what it was woken for. */
    public void clear() {
        if (!signalled.get()) {
            return;
        }
        try {
            long read = (long) READ.invokeExact(ignored, descriptor, taken, 8L);
            if (read == 8) {
                signalled.set(false);
            }
            // Else a signaller has yet to write, which will end the next wait, and that one clears it.
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    int descriptor() {
        return descriptor;
    }

    /** The waiting thread must have ended. */
    @Override
    public void close() {
        Descriptors.close(descriptor);
        arena.close();
    }
}
