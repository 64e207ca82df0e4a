package dev.weir.check;

/**
 * Asks a server one question, in the way of one kind of check. Belongs to one course of checks, which calls it from one
 * virtual thread at a time; it may keep what it needs between calls, such as which URL is next.
 */
interface Checker extends AutoCloseable {
    /**
     * Asks once, and blocks until the answer is there or its limits are reached: whatever the server does, this returns
     * within a few times its timeout, and holds no more than some 100 kB.
     *
     * @param isUp whether the server counts as up by this check
     * @throws InterruptedException where the check is not wanted any more
     */
    Outcome ask(boolean isUp) throws InterruptedException;

    /** Frees what it holds; nothing is asked after it. */
    @Override
    default void close() {
    }
}
