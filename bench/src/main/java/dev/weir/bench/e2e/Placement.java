package dev.weir.bench.e2e;

/** Which cores do what; the generator always has core 0 for packet rates. */
enum Placement {
    /**
     * The director's receive softirq runs on the generator's core. The worker of a director in user space has core 1 for itself
     * and spins; one in the kernel runs whole in that softirq.
     */
    C0,
    /** Everything of the director is on core 1: a NAPI thread receives there, and a director in user space shares the core. */
    C1,
    /** Nothing is pinned: the kernel's scheduler places clients, servers and the director. */
    FREE;

    /** As it stands in results. */
    String text() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
