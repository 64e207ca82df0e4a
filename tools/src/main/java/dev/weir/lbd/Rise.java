package dev.weir.lbd;

import java.util.function.Consumer;
import java.util.function.LongFunction;

/** A count of what should not happen, looked at time and again: one line when it begins to rise, one when it is over. */
final class Rise {
    /** Looks without any more after which it is over. */
    static final int QUIET = 12;

    private final LongFunction<String> begins;
    private final LongFunction<String> over;
    private final Consumer<String> told;
    private long last;
    private long beforeIt;
    private int quiet = QUIET;

    /**
     * @param begins the line for so many more than at the look before
     * @param over   the line for so many in all since it began
     */
    Rise(LongFunction<String> begins, LongFunction<String> over, Consumer<String> told) {
        this.begins = begins;
        this.over = over;
        this.told = told;
    }

    void look(long count) {
        if (count > last) {
            if (quiet == QUIET) {
                beforeIt = last;
                told.accept(begins.apply(count - last));
            }
            quiet = 0;
        } else if (quiet < QUIET && ++quiet == QUIET) {
            told.accept(over.apply(count - beforeIt));
        }
        last = count;
    }
}
