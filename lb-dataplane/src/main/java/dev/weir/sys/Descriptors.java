package dev.weir.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** What all file descriptors have in common. */
final class Descriptors {
    private static final MethodHandle CLOSE = Native.function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final MethodHandle FCNTL = Native.variadic("fcntl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), 2);

    /**
     * Numbers for what must go first when this process is killed: it lets go of its descriptors from the highest down, and
     * for each packet socket the kernel waits some ten milliseconds. Above what a director opens beside, and below the usual
     * limit of 1024.
     */
    static final int BEFORE_SOCKETS = 900;
    static final int FIRST_OF_ALL = 1000;

    private Descriptors() {
    }

    /** close(2), whose failures tell of nothing that could still be done. */
    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = Native.callState(arena);
            int _ = (int) CLOSE.invokeExact(errno, descriptor);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Gives the descriptor a number of at least {@code lowest}; where the limit (ulimit -n) forbids, it keeps its own. */
    static int raise(int descriptor, int lowest) {
        int raised;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = Native.callState(arena);
            raised = (int) FCNTL.invokeExact(errno, descriptor, F_DUPFD_CLOEXEC, lowest);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (raised < 0) {
            return descriptor;
        }
        close(descriptor);
        return raised;
    }
}
