package dev.weir.ipvsadm;

/** A call that ends with a message: ipvsadm's own (status 2), the option parser's or the kernel's (status 255). */
public final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    private final int exit;
    private final boolean ends;

    private Refusal(int exit, boolean ends, String message) {
        super(message);
        this.exit = exit;
        this.ends = ends;
    }

    /** Wrong use: the process exits there and then, also amid {@code --restore}. */
    static Refusal usage(String message) {
        return new Refusal(2, true, message);
    }

    /** The kernel said no, or an option could not be read: {@code --restore} goes on with the next line. */
    static Refusal failed(String message) {
        return new Refusal(255, false, message);
    }

    /** No command where one must be. */
    static Refusal tryHelp() {
        return new Refusal(255, true, "Try `ipvsadm -h' or 'ipvsadm --help' for more information.");
    }

    /** A listing of one service that is not there. */
    static Refusal notListed() {
        return new Refusal(1, true, "No such service");
    }

    int exit() {
        return exit;
    }

    /** Whether {@code --restore} stops with it. */
    boolean ends() {
        return ends;
    }

    String text() {
        return getMessage() + "\n";
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? "" : message;
    }
}
