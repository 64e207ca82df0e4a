package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** mmap(2): a socket's rings in this process' memory, and memory in large pages. */
final class Mapping {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_HUGEPAGE = 14;
    /** Bytes of a page of the second level, and what each block of such is aligned to. */
    static final long HUGE_PAGE = 2L << 20;
    private static final MethodHandle MMAP = Native.function("mmap",
            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = Native.function("munmap",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));

    private static final MethodHandle MADVISE = Native.function("madvise",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

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

    /** So many bytes, untouched, until the arena is closed: in huge pages where the kernel has them, else in small ones. */
    static MemorySegment hugePages(long length, Arena arena) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment callState = Native.callState(call);
            long pages = roundUp(length);
            MemorySegment mapped = (MemorySegment) MMAP.invokeExact(callState, MemorySegment.NULL, pages + HUGE_PAGE,
                    PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (mapped.address() == -1) {
                throw new OutOfMemoryError("mmap of " + length + " bytes: "
                        + new SystemException("mmap", Native.errno(callState)).getMessage());
            }
            MemorySegment whole = mapped.reinterpret(pages + HUGE_PAGE, arena, Mapping::unmap);
            MemorySegment aligned = whole.asSlice(roundUp(mapped.address()) - mapped.address(), pages);
            // What it answers does not matter: EINVAL says that the kernel was built without them.
            int _ = (int) MADVISE.invokeExact(callState, aligned, pages, MADV_HUGEPAGE);
            return aligned.asSlice(0, length);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("mmap", e);
        }
    }

    private static long roundUp(long value) {
        return value + HUGE_PAGE - 1 & -HUGE_PAGE;
    }

    private static void unmap(MemorySegment mapped) {
        try {
            SystemCall.check("munmap",
                    state -> (int) MUNMAP.invokeExact(state, mapped, mapped.byteSize()));
        } catch (SystemException e) {
            throw new AssertionError(e);
        }
    }
}
