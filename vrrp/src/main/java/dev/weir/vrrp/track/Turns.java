package dev.weir.vrrp.track;

/** When a script has its turn: once an interval, save while it runs still. Times are nanoseconds of one clock. */
final class Turns {
    private final long interval;
    private long next;
    private boolean running;
    private boolean skipped;

    enum Turn {
        NOT_YET, RUN,
        /** It runs still, as it did not the last time. */
        SKIP_FIRST, SKIP
    }

    /** @param first when it runs first */
    Turns(long interval, long first) {
        this.interval = interval;
        this.next = first;
    }

    Turn at(long now) {
        if (now - next < 0) {
            return Turn.NOT_YET;
        }
        next = now + interval;
        if (!running) {
            running = true;
            skipped = false;
            return Turn.RUN;
        }
        boolean first = !skipped;
        skipped = true;
        return first ? Turn.SKIP_FIRST : Turn.SKIP;
    }

    void ended() {
        running = false;
    }

    long next() {
        return next;
    }
}
