package dev.weir.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** On which processor a thread runs, and before whom (sched_setaffinity(2), sched(7)). */
public final class Processors {
    /** As many as the C library's cpu_set_t has. */
    public static final int MOST = 1024;
    private static final int THIS_THREAD = 0;
    private static final int SCHED_FIFO = 1;
    private static final int PRIO_PROCESS = 0;
    /** What runs all that needs every Java thread to stand still, and with the serial collector collects. */
    private static final String COLLECTOR = "VM Thread";
    private static final MethodHandle SET_AFFINITY = Native.function("sched_setaffinity",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle GET_AFFINITY = Native.function("sched_getaffinity",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle SET_SCHEDULER = Native.function("sched_setscheduler",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle SET_PRIORITY = Native.function("setpriority",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

    private Processors() {
    }

    /**
     * Lets the calling thread run before all that are not real-time, for as long as it wants to (SCHED_FIFO); and the JVM's
     * thread that collects, since all others wait for that meanwhile: on a busy machine it would stand behind the load itself.
     *
     * @param priority 1 to 99
     * @throws SystemException EPERM without CAP_SYS_NICE
     */
    public static void realTime(int priority) throws SystemException {
        realTime(THIS_THREAD, priority);
        for (int collector : threads(COLLECTOR)) {
            realTime(collector, priority);
        }
    }

    private static void realTime(int thread, int priority) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameter = arena.allocateFrom(JAVA_INT, priority);
            SystemCall.check("sched_setscheduler to SCHED_FIFO",
                    state -> (int) SET_SCHEDULER.invokeExact(state, thread, SCHED_FIFO, parameter));
        }
    }

    /** Those of this process that the kernel knows by this name. */
    static List<Integer> threads(String name) {
        return threads(task -> name.equals(nameOf(task)));
    }

    private static List<Integer> threads(Predicate<Path> which) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.filter(which).map(task -> Integer.parseInt(task.getFileName().toString())).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("a process must see its own threads", e);
        }
    }

    private static String nameOf(Path task) {
        try {
            return Files.readString(task.resolve("comm")).strip();
        } catch (IOException e) {
            return ""; // it has ended meanwhile
        }
    }

    /**
     * Gives the calling thread a larger share of a processor that others want, too, or a smaller one (setpriority(2), which
     * on Linux is about a thread).
     *
     * @param nice -20, the largest share, to 19
     * @throws SystemException EACCES without CAP_SYS_NICE, where the share would become larger
     */
    public static void nice(int nice) throws SystemException {
        SystemCall.check("setpriority " + nice,
                state -> (int) SET_PRIORITY.invokeExact(state, PRIO_PROCESS, THIS_THREAD, nice));
    }

    /**
     * Keeps the calling thread on one processor.
     *
     * @param processor from 0, below {@link #MOST}
     * @throws SystemException EINVAL where there is no such processor, or this process may not run there
     */
    public static void pin(int processor) throws SystemException {
        BitSet one = new BitSet();
        one.set(processor);
        allow(THIS_THREAD, one);
    }

    /**
     * Has all threads of this process leave these processors, and with them all that they will start. Who shall run there goes
     * there afterwards, by {@link #pin}. Where no other processor would be left, all stay.
     *
     * @param processors from 0, below {@link #MOST}
     * @throws SystemException where the kernel does not let them
     */
    public static void leave(Collection<Integer> processors) throws SystemException {
        BitSet allowed = allowed();
        BitSet left = (BitSet) allowed.clone();
        processors.forEach(left::clear);
        if (!left.isEmpty() && !left.equals(allowed)) {
            allowAll(left);
        }
    }

    /**
     * Has all threads of this process, also those that others start meanwhile, run on these processors alone.
     *
     * @throws SystemException EINVAL where there is none of them, or this process may run on none of them
     */
    public static void allowAll(BitSet processors) throws SystemException {
        Set<Integer> done = new HashSet<>();
        List<Integer> rest = threads(task -> true);
        while (!rest.isEmpty()) {
            for (int thread : rest) {
                try {
                    allow(thread, processors);
                } catch (SystemException e) {
                    if (e.errno() != SystemException.ESRCH) {
                        throw e;
                    }
                    // It has ended meanwhile.
                }
            }
            done.addAll(rest);
            rest = threads(task -> true).stream().filter(thread -> !done.contains(thread)).toList();
        }
    }

    /** Where the calling thread may run. */
    public static BitSet allowed() throws SystemException {
        return allowed(THIS_THREAD);
    }

    static BitSet allowed(int thread) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(MOST / Byte.SIZE, Long.BYTES);
            SystemCall.check("sched_getaffinity",
                    state -> (int) GET_AFFINITY.invokeExact(state, thread, set.byteSize(), set));
            return BitSet.valueOf(set.toArray(JAVA_LONG));
        }
    }

    private static void allow(int thread, BitSet processors) throws SystemException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(MOST / Byte.SIZE, Long.BYTES);
            set.copyFrom(MemorySegment.ofArray(processors.toLongArray()));
            SystemCall.check("sched_setaffinity to " + processors,
                    state -> (int) SET_AFFINITY.invokeExact(state, thread, set.byteSize(), set));
        }
    }
}
