package dev.weir.lbd;

/** Why the daemon does not start: one line that says what, where, and what to do. */
public final class RefusalException extends Exception {
    private static final long serialVersionUID = 1;
    /** Wrong use of the command line. */
    static final int USAGE = 2;
    /** The machine is not as it must be. */
    static final int ENVIRONMENT = 1;

    private final int exit;

    RefusalException(int exit, String message) {
        super(message);
        this.exit = exit;
    }

    int exit() {
        return exit;
    }
}
