package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Directories that are watched for files whose writer has finished (inotify(7)), which java.nio's WatchService does not
 * tell: it shows a file that is rewritten while it is empty. For one thread at a time.
 */
public final class Inotify implements AutoCloseable {
    private static final int IN_CLOEXEC = 0x80000;
    private static final int IN_NONBLOCK = 0x800;
    private static final int IN_CLOSE_WRITE = 0x8;
    private static final int IN_MOVED_FROM = 0x40;
    private static final int IN_MOVED_TO = 0x80;
    private static final int IN_DELETE = 0x200;
    private static final int IN_MOVE_SELF = 0x800;
    private static final int IN_IGNORED = 0x8000;
    private static final int IN_ONLYDIR = 0x1000000;
    private static final int HEADER = 16;
    private static final int BUFFER = 64 * 1024;
    private static final MethodHandle INIT = Native.function("inotify_init1",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle ADD = Native.function("inotify_add_watch",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle REMOVE = Native.function("inotify_rm_watch",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle READ = Native.function("read",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private final int descriptor;

    /**
     * What happened.
     *
     * @param directory as {@link #watch} gave it; -1: more happened than the kernel kept
     * @param name      of the file that was written, moved or removed; empty: of the directory itself
     * @param gone      the directory is not watched any more
     */
    public record Happened(int directory, String name, boolean gone) {
    }

    public Inotify() throws SystemException {
        descriptor = SystemCall.check("inotify_init1",
                state -> (int) INIT.invokeExact(state, IN_CLOEXEC | IN_NONBLOCK));
    }

    /** For {@link Poller}. */
    public int descriptor() {
        return descriptor;
    }

    /** @return its number, the same for the same directory */
    public int watch(String directory) throws SystemException {
        int events = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_MOVE_SELF | IN_ONLYDIR;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(directory);
            return SystemCall.check("inotify_add_watch " + directory,
                    state -> (int) ADD.invokeExact(state, descriptor, path, events));
        }
    }

    /** One that is gone already is none to stop. */
    public void unwatch(int directory) {
        try {
            SystemCall.check("inotify_rm_watch",
                    state -> (int) REMOVE.invokeExact(state, descriptor, directory));
        } catch (SystemException e) {
            // EINVAL: its directory was removed, and the kernel stopped watching before.
        }
    }

    /** What has happened since, without waiting. */
    public List<Happened> happened() throws SystemException {
        List<Happened> all = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER, 8);
            int length = SystemCall.check("read inotify",
                    state -> (int) (long) READ.invokeExact(state, descriptor, buffer, (long) BUFFER));
            for (int at = 0; at + HEADER <= length; at += HEADER + buffer.get(Native.INT, at + 12)) {
                int mask = buffer.get(Native.INT, at + 4);
                all.add(new Happened(buffer.get(Native.INT, at), name(buffer, at + HEADER,
                        buffer.get(Native.INT, at + 12)), (mask & (IN_IGNORED | IN_MOVE_SELF)) != 0));
            }
        } catch (SystemException e) {
            if (e.errno() != SystemException.EAGAIN) {
                throw e;
            }
        }
        return all;
    }

    private static String name(MemorySegment buffer, int at, int room) {
        int length = 0;
        while (length < room && buffer.get(JAVA_BYTE, at + length) != 0) {
            length++;
        }
        return new String(buffer.asSlice(at, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
    }
}
