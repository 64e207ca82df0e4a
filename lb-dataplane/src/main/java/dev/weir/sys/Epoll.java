package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.LONG;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.LongConsumer;

/**
 * Several descriptors as one (epoll(7)). Either poll(2) shows it readable while one of those that were {@link #add added} is;
 * or one thread {@link #await awaits} what happens to those that are {@link #follow followed}.
 */
public final class Epoll implements AutoCloseable {
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLLIN = 1;
    private static final MethodHandle CREATE = Native.function("epoll_create1",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle CONTROL = Native.function("epoll_ctl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));

    private static final MethodHandle WAIT = Native.function("epoll_wait",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    /** EPOLLIN, EPOLLOUT, EPOLLRDHUP and EPOLLET: each change is told once. */
    private static final int CHANGES = 1 | 4 | 0x2000 | 1 << 31;
    /** struct epoll_event is packed on x86-64, and nowhere else. */
    private static final boolean PACKED = System.getProperty("os.arch", "").matches("amd64|x86_64");
    private static final int EVENT_LENGTH = PACKED ? 12 : 16;
    private static final int DATA = PACKED ? 4 : 8;
    private static final int MOST_AT_ONCE = 512;

    private final int descriptor;

    public Epoll() throws SystemException {
        descriptor = SystemCall.check("epoll_create1", state -> (int) CREATE.invokeExact(state, EPOLL_CLOEXEC));
    }

    public void add(int watched) throws SystemException {
        control(EPOLL_CTL_ADD, watched);
    }

    /** Before it is closed. */
    public void remove(int watched) throws SystemException {
        control(EPOLL_CTL_DEL, watched);
    }

    /**
     * From now on each change (readable, writable, ended, failed) is told once; what it already is, too. Forgotten when the
     * descriptor is closed.
     *
     * @param name what {@link #await} calls it
     */
    public void follow(int watched, long name) throws SystemException {
        control(EPOLL_CTL_ADD, watched, CHANGES, name);
    }

    /**
     * Waits until something has changed; for one thread that does nothing else.
     *
     * @param changed called with the name of each descriptor whose state changed
     */
    public void await(LongConsumer changed) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = arena.allocate((long) EVENT_LENGTH * MOST_AT_ONCE, 8);
            int count;
            try {
                count = SystemCall.check("epoll_wait",
                        state -> (int) WAIT.invokeExact(state, descriptor, events, MOST_AT_ONCE, -1));
            } catch (SystemException e) {
                if (e.errno() == SystemException.EINTR) {
                    return;
                }
                throw e;
            }
            for (int i = 0; i < count; i++) {
                changed.accept(events.get(LONG, (long) i * EVENT_LENGTH + DATA));
            }
        }
    }

    private void control(int operation, int watched) throws SystemException {
        control(operation, watched, EPOLLIN, watched);
    }

    private void control(int operation, int watched, int what, long name) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(16, 8);
            event.set(INT, 0, what);
            event.set(LONG, DATA, name);
            SystemCall.check("epoll_ctl", state -> (int) CONTROL.invokeExact(state, descriptor, operation, watched,
                    event));
        }
    }

    public int descriptor() {
        return descriptor;
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
    }
}
