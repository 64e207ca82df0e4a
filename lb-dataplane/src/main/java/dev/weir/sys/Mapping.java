package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** mmap(2): a socket's rings in this process' memory. */
final class Mapping {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final MethodHandle MMAP = Native.function("mmap",
            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = Native.function("munmap",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));

    private Mapping() {
    }

    /** Maps what a socket has at {@code offset}, shared with the kernel, until the arena is closed. */
    static MemorySegment map(int descriptor, long offset, long length, Arena arena) throws SystemException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment callState = Native.callState(call);
            MemorySegment mapped = (MemorySegment) MMAP.invokeExact(callState, MemorySegment.NULL, length,
                    PROT_READ_WRITE, MAP_SHARED, descriptor, offset);
            if (mapped.address() == -1) {
                throw new SystemException("mmap of a socket's ring", Native.errno(callState));
            }
            return mapped.reinterpret(length, arena, Mapping::unmap);
        } catch (SystemException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("mmap", e);
        }
    }

    private static void unmap(MemorySegment mapped) {
        try {
            SystemCall.check("munmap of a socket's ring",
                    state -> (int) MUNMAP.invokeExact(state, mapped, mapped.byteSize()));
        } catch (SystemException e) {
            throw new AssertionError(e);
        }
    }
}
