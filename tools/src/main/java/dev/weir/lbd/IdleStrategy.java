package dev.weir.lbd;

/** What a worker without frames does. */
enum IdleStrategy {
    /** Looks again for a moment, in which the next burst mostly comes, then waits. */
    ADAPTIVE(50_000),
    /** Looks again at once, always: a core of its own, and the lowest latency. */
    SPIN(Long.MAX_VALUE),
    /** Waits at once. */
    BLOCK(0);

    private final long spinNanos;

    IdleStrategy(long spinNanos) {
        this.spinNanos = spinNanos;
    }

    /** Whether to look again at once, so long after the last frame. */
    boolean looks(long idleNanos) {
        return idleNanos < spinNanos;
    }
}
