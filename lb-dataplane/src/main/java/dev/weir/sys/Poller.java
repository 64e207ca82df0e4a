package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.LONG;
import static dev.weir.sys.Native.SHORT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.BooleanSupplier;

/**
 * Where an idle worker waits: until one of several descriptors is readable, another thread wakes it, or a time has
 * passed. Only the owning thread waits and closes; {@link #wake} is anybody's. Waiting allocates nothing.
 */
public final class Poller implements AutoCloseable {
    private static final int POLLFD_LENGTH = 8;
    private static final short POLLIN = 1;
    private static final short POLLERR = 8;
    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final MethodHandle PPOLL = Native.function("ppoll",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));
    private static final MethodHandle GETSOCKOPT = Native.function("getsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));

    private final Arena arena = Arena.ofShared();
    private final MemorySegment callState = Native.callState(arena);
    private int count = 1;
    private MemorySegment descriptors = arena.allocate(POLLFD_LENGTH, 8);
    private final MemorySegment timeout = arena.allocate(LONG, 2);
    private final MemorySegment error = arena.allocate(INT, 2);
    private final Wakeup wakeup = new Wakeup();
    private final BooleanSupplier pending;
    /** Set before {@link #pending} is asked, so that who makes it true sees that the owner waits. */
    private volatile boolean waiting;
    private boolean closed;

    /** @param descriptors what to wait for, until {@link #watch} says otherwise */
    public Poller(int... descriptors) throws SystemException {
        this(() -> false, descriptors);
    }

    /** @param pending whether there is something that no descriptor shows; who makes it true calls {@link #wakeWaiting} */
    public Poller(BooleanSupplier pending, int... descriptors) throws SystemException {
        this.pending = pending;
        watch(descriptors);
    }

    /**
     * What is waited for from now on; for the owner. Nothing of it is told to the kernel before somebody waits: a socket that
     * is in an epoll(7) set wakes that for each frame that it has sent, be there one who waits or not.
     */
    public void watch(int... watched) {
        count = watched.length + 1;
        if (descriptors.byteSize() < (long) count * POLLFD_LENGTH) {
            descriptors = arena.allocate((long) count * POLLFD_LENGTH, 8);
        }
        watch(0, wakeup.descriptor());
        for (int i = 0; i < watched.length; i++) {
            watch(i + 1, watched[i]);
        }
    }

    private void watch(int place, int descriptor) {
        descriptors.set(INT, (long) place * POLLFD_LENGTH, descriptor);
        descriptors.set(SHORT, (long) place * POLLFD_LENGTH + 4, POLLIN);
    }

    /**
     * Waits. An error that is noted on a socket (the interface went down) is cleared and ends the wait once.
     *
     * @param nanoseconds at most so long; 0 or less looks without waiting
     * @return whether something is ready or someone called {@link #wake}; a signal may end the wait as time would
     */
    public boolean await(long nanoseconds) {
        waiting = true;
        try {
            return pending.getAsBoolean() || poll(nanoseconds);
        } finally {
            waiting = false;
        }
    }

    private boolean poll(long nanoseconds) {
        timeout.set(LONG, 0, Math.max(0, nanoseconds) / 1_000_000_000);
        timeout.set(LONG, 8, Math.max(0, nanoseconds) % 1_000_000_000);
        try {
            int ready = (int) PPOLL.invokeExact(callState, descriptors, (long) count, timeout, MemorySegment.NULL);
            if (ready > 0) {
                settle();
            }
            return ready > 0;
        } catch (Throwable e) {
            throw new AssertionError("ppoll", e);
        }
    }

    /** Leaves nothing behind that would end the next wait though no frame has come. */
    private void settle() throws Throwable {
        if (events(0) != 0) {
            wakeup.clear();
        }
        for (int i = 1; i < count; i++) {
            if ((events(i) & POLLERR) != 0) {
                error.set(INT, 4, 4);
                int _ = (int) GETSOCKOPT.invokeExact(callState, descriptors.get(INT, (long) i * POLLFD_LENGTH),
                        SOL_SOCKET, SO_ERROR, error, error.asSlice(4, 4));
            }
        }
    }

    private int events(int place) {
        return descriptors.get(SHORT, (long) place * POLLFD_LENGTH + 6);
    }

    /** Ends the wait where the owner waits. Any thread may call it, in its loop: it costs nothing where nobody waits. */
    public void wakeWaiting() {
        if (waiting) {
            wake();
        }
    }

    /** Ends the wait, or the next one if the owner does not wait now. Any thread may call it, also after the end. */
    public synchronized void wake() {
        if (!closed) {
            wakeup.signal();
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            wakeup.close();
            arena.close();
        }
    }
}
