package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A FIFO that is written to whether somebody reads it or not: it is open for reading here as well, so that what is
 * written waits in the pipe, of 64 KiB, and no call ever blocks. Not for several threads at once.
 */
public final class NamedPipe implements AutoCloseable {
    /** What is no longer than this goes whole or not at all (pipe(7)). */
    public static final int PIPE_BUF = 4096;
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_NOFOLLOW = nofollow();
    private static final int O_CLOEXEC = 0x80000;
    private static final MethodHandle MKFIFO = Native.function("mkfifo",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle OPEN = Native.variadic("open",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 2);
    private static final MethodHandle WRITE = Native.function("write",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private final String path;
    private final int descriptor;

    private NamedPipe(String path, int descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    /** It differs between the architectures that Weir runs on. */
    private static int nofollow() {
        return System.getProperty("os.arch", "").equals("aarch64") ? 0x8000 : 0x20000;
    }

    /**
     * Makes a FIFO.
     *
     * @param mode as of chmod(2), from which the umask takes away
     * @return false where there is something of that name already
     */
    public static boolean make(String path, int mode) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path);
            SystemCall.check("mkfifo " + path, state -> (int) MKFIFO.invokeExact(state, name, mode));
            return true;
        } catch (SystemException e) {
            if (e.errno() == SystemException.EEXIST) {
                return false;
            }
            throw e;
        }
    }

    /** Opens a FIFO that is there, and no symbolic link to one. */
    public static NamedPipe open(String path) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path);
            return new NamedPipe(path, SystemCall.check("open " + path,
                    state -> (int) OPEN.invokeExact(state, name, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)));
        }
    }

    /**
     * Writes whole or not at all.
     *
     * @param bytes at most {@link #PIPE_BUF}
     * @return false where the pipe is full, since nobody reads it
     */
    public boolean write(byte[] bytes) throws SystemException {
        if (bytes.length > PIPE_BUF) {
            throw new IllegalArgumentException(bytes.length + " bytes would not go into a pipe at once");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocateFrom(JAVA_BYTE, bytes);
            SystemCall.check("write " + path,
                    state -> (int) (long) WRITE.invokeExact(state, descriptor, copy, (long) bytes.length));
            return true;
        } catch (SystemException e) {
            if (e.errno() == SystemException.EAGAIN) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
    }
}
