package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A pipe(2) to a child process, which comes to its end when this process dies, before all else that this process holds
 * goes: see {@link Descriptors#FIRST_OF_ALL}.
 */
public final class Lifeline implements AutoCloseable {
    private static final int O_CLOEXEC = 0x80000;
    private static final MethodHandle PIPE = Native.function("pipe2",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle WRITE = Native.function("write",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private static final MethodHandle POLL = Native.function("poll",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final short POLLOUT = 4;

    private final int reading;
    private final int writing;
    private boolean readingClosed;

    public Lifeline() throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = Native.callState(arena);
            MemorySegment ends = arena.allocate(8, 4);
            if ((int) PIPE.invokeExact(errno, ends, O_CLOEXEC) < 0) {
                throw new SystemException("pipe2", Native.errno(errno));
            }
            reading = ends.get(Native.INT, 0);
            writing = Descriptors.raise(ends.get(Native.INT, 4), Descriptors.FIRST_OF_ALL);
        } catch (SystemException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** For the child's standard input, until {@link #childStarted}. */
    public File readingEnd() {
        return new File("/proc/self/fd/" + reading);
    }

    /** The child alone holds the reading end from here on. */
    public void childStarted() {
        if (!readingClosed) {
            readingClosed = true;
            Descriptors.close(reading);
        }
    }

    /** @param bytes at most 4096, which go whole or not at all */
    public void write(byte[] bytes) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = Native.callState(arena);
            MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            if ((long) WRITE.invokeExact(errno, writing, copy, (long) bytes.length) < 0) {
                throw new SystemException("write to a pipe", Native.errno(errno));
            }
        } catch (SystemException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Writes where there is room for {@link #write} at once, and does nothing where the child does not read.
     *
     * @param bytes at most 4096
     */
    public void offer(byte[] bytes) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment watched = arena.allocate(8, 4);
            watched.set(Native.INT, 0, writing);
            watched.set(Native.SHORT, 4, POLLOUT);
            MemorySegment errno = Native.callState(arena);
            if ((int) POLL.invokeExact(errno, watched, 1L, 0) == 1 && watched.get(Native.SHORT, 6) == POLLOUT) {
                write(bytes);
            }
        } catch (SystemException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        childStarted();
        Descriptors.close(writing);
    }
}
