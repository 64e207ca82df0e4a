package dev.weir.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** What all file descriptors have in common. */
final class Descriptors {
    private static final MethodHandle CLOSE = Native.function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

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
}
