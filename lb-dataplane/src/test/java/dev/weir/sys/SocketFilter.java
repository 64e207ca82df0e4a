package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The smallest BPF program that a ring can be opened with. */
public final class SocketFilter {
    private static final MethodHandle SYSCALL = Native.variadic("syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT), 1);
    private static final int BPF_PROG_LOAD = 5;

    private SocketFilter() {
    }

    /** Loads a program that refuses frames of one EtherType; its descriptor lives as long as the process. */
    public static int refusing(int etherType) throws SystemException {
        long[] instructions = {0x16bfL, // r6 = r1
                12L << 32 | 0x28, // r0 = the half word at 12
                (long) etherType << 32 | 2L << 16 | 0x15, // if it is the type, on to the last two
                -1L << 32 | 0xb7, 0x95, // return -1: all of the frame
                0xb7, 0x95}; // return 0: nothing
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(48, 8);
            attributes.set(JAVA_INT, 0, 1); // BPF_PROG_TYPE_SOCKET_FILTER
            attributes.set(JAVA_INT, 4, instructions.length);
            attributes.set(ADDRESS, 8, arena.allocateFrom(JAVA_LONG, instructions));
            attributes.set(ADDRESS, 16, arena.allocateFrom("Apache-2.0"));
            long number = "aarch64".equals(System.getProperty("os.arch")) ? 280 : 321;
            return SystemCall.check("bpf(BPF_PROG_LOAD)",
                    state -> (int) (long) SYSCALL.invokeExact(state, number, BPF_PROG_LOAD, attributes, 48));
        }
    }
}
