package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Several descriptors as one (epoll(7)): poll(2) shows it readable while one of them is. Never read itself. */
public final class Epoll implements AutoCloseable {
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLLIN = 1;
    private static final MethodHandle CREATE = Native.function("epoll_create1",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle CONTROL = Native.function("epoll_ctl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));

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

    private void control(int operation, int watched) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            // struct epoll_event: events (32), then data of 64 bits, which nobody asks for.
            MemorySegment event = arena.allocate(16, 8);
            event.set(INT, 0, EPOLLIN);
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
