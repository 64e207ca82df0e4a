package dev.weir.bench.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processor time of all threads of a process, as /proc tells in hundredths of a second.
 *
 * @param user   in its own code
 * @param kernel in the kernel for it, softirqs included that interrupt it there
 */
record ProcessorTime(double user, double kernel) {
    private static final double TICKS_PER_SECOND = 100;
    /** Places in /proc/PID/stat (proc(5)), counted from what follows the command's name. */
    private static final int UTIME = 11;
    private static final int STIME = 12;

    static ProcessorTime of(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return new ProcessorTime(Long.parseLong(fields[UTIME]) / TICKS_PER_SECOND,
                Long.parseLong(fields[STIME]) / TICKS_PER_SECOND);
    }

    ProcessorTime since(ProcessorTime before) {
        return new ProcessorTime(user - before.user, kernel - before.kernel);
    }
}
