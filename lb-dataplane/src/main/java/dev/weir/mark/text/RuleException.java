package dev.weir.mark.text;

/** A rule or a command about rules that cannot be read or done; the message says what, and what to do about it. */
public final class RuleException extends Exception {
    private static final long serialVersionUID = 1;

    public RuleException(String message) {
        super(message);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
