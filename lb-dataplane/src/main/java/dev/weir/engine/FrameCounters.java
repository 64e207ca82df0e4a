package dev.weir.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * Where every received frame went: received = forwarded + handed back + dropped + waiting. The worker counts, in plain
 * writes that its next burst makes known (it begins with a volatile one); any thread reads.
 */
public final class FrameCounters {
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int RECEIVED = 0;
    private static final int FORWARDED = 1;
    private static final int HANDED_BACK = 2;
    private static final int MADE = 3;
    private static final int EVICTED = 4;
    private static final int PASSED_ON = 5;
    private static final int DROPPED = 6;

    private final long[] counts = new long[DROPPED + DropReason.values().length];

    /** What several workers have counted together, now. */
    static FrameCounters sum(List<FrameCounters> parts) {
        FrameCounters sum = new FrameCounters();
        for (FrameCounters part : parts) {
            for (int i = 0; i < sum.counts.length; i++) {
                sum.add(i, part.get(i));
            }
        }
        return sum;
    }

    /** @param frames negative: others receive them after all */
    void countReceived(int frames) {
        add(RECEIVED, frames);
    }

    void countForwarded(int frames) {
        add(FORWARDED, frames);
    }

    void countHandedBack(int frames) {
        add(HANDED_BACK, frames);
    }

    void countPassedOn(int frames) {
        add(PASSED_ON, frames);
    }

    void countMade() {
        add(MADE, 1);
    }

    void countEvicted() {
        add(EVICTED, 1);
    }

    void countDropped(DropReason reason, int frames) {
        add(DROPPED + reason.ordinal(), frames);
    }

    private void add(int counter, long amount) {
        counts[counter] += amount;
    }

    private long get(int counter) {
        return (long) ELEMENT.getOpaque(counts, counter);
    }

    public long received() {
        return get(RECEIVED);
    }

    /** Frames sent on to a server or a client. */
    public long forwarded() {
        return get(FORWARDED);
    }

    /** Frames given back to the host's own stack. */
    public long handedBack() {
        return get(HANDED_BACK);
    }

    /** Frames that the director made itself: ICMP errors, headers of the PROXY protocol, resets. */
    public long made() {
        return get(MADE);
    }

    /** Connections, not frames: half-open ones that were ended to make room for others in a full table. */
    public long evicted() {
        return get(EVICTED);
    }

    /** Frames that one worker got from the interface, and another received. */
    public long passedOn() {
        return get(PASSED_ON);
    }

    public long dropped(DropReason reason) {
        return get(DROPPED + reason.ordinal());
    }

    public long dropped() {
        long sum = 0;
        for (DropReason reason : DropReason.values()) {
            sum += dropped(reason);
        }
        return sum;
    }
}
