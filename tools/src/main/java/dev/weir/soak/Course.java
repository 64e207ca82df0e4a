package dev.weir.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Memory and the workers' allocation, from time to time. The thread of commands looks, then the one that judges. */
final class Course {
    private final Jvm jvm;
    private final List<Look> looks = new ArrayList<>();

    private record Look(long frames, long residentKilobytes, long allocated) {
    }

    Course(Jvm jvm) {
        this.jvm = jvm;
    }

    /** @param frames that were received until now */
    synchronized void look(long frames) throws IOException {
        looks.add(new Look(frames, jvm.residentKilobytes(), jvm.allocatedByWorkers()));
    }

    /** Steady is what comes after the first half: until then code is compiled and tables are touched for the first time. */
    synchronized List<String> judge(long mostGrowth, PrintStream out) {
        List<String> faults = new ArrayList<>();
        Look first = looks.getFirst();
        Look half = looks.get(1);
        Look last = looks.getLast();
        long growth = last.residentKilobytes - half.residentKilobytes;
        out.printf("resident: %,d kB at first, %,d kB at half time, %,d kB at last%n", first.residentKilobytes,
                half.residentKilobytes, last.residentKilobytes);
        out.printf("allocated by workers from half time on: %,d bytes over %,d frames%n",
                last.allocated - half.allocated, last.frames - half.frames);
        if (growth > mostGrowth) {
            faults.add("memory grew by " + growth + " kB from half time on");
        }
        return faults;
    }
}
