package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Network namespaces that {@code ip netns add} made. */
public final class Namespace {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int O_CLOEXEC = 0x80000;
    private static final MethodHandle SETNS = Native.function("setns",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle OPEN = Native.variadic("open",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 2);

    private Namespace() {
    }

    /** The calling thread, and threads that it starts, live there from now on; needs CAP_SYS_ADMIN. */
    public static void enter(String name) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom("/run/netns/" + name);
            int descriptor = SystemCall.check("open the network namespace " + name,
                    state -> (int) OPEN.invokeExact(state, path, O_CLOEXEC));
            try {
                SystemCall.check("setns " + name,
                        state -> (int) SETNS.invokeExact(state, descriptor, CLONE_NEWNET));
            } finally {
                Descriptors.close(descriptor);
            }
        }
    }
}
