package dev.weir.check;

import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import dev.weir.check.Outcome.Weighted;
import org.jspecify.annotations.Nullable;

/** FILE_CHECK: a file's number says how the server is. It is told of changes, so to ask is to wait for one. */
final class FileCheck implements Checker {
    private final WatchedFiles files;
    private final String name;
    private final int weight;
    private final boolean reverse;
    private @Nullable Integer seen;

    /** @param weight 0: any number but 0 is a failure, or 0 itself in reverse */
    FileCheck(WatchedFiles files, String name, int weight, boolean reverse) {
        this.files = files;
        this.name = name;
        this.weight = weight;
        this.reverse = reverse;
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        int number = files.await(name, seen);
        seen = number;
        String detail = "track_file " + name + " says " + number;
        if (weight == 0) {
            return number == 0 == reverse ? new Failure(detail) : new Success(detail);
        }
        long added = Math.clamp((long) number * weight * (reverse ? -1 : 1), Integer.MIN_VALUE, Integer.MAX_VALUE);
        return added == Integer.MIN_VALUE ? new Failure(detail) : new Weighted((int) added, true, detail);
    }
}
