package dev.weir.sync.stream;

/** What came is none of the stream's, or none that may count: the session ends, and nothing of it is acted on. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    /** What is wrong. */
    enum Reason {
        NOT_WEIR("it does not speak this version of Weir's stream"), OTHER_KEY(
                "it has another key, or somebody stands between: give both directors the same key"), FORGED(
                        "a record was not what the other director sent"), TOO_LONG(
                                "a record is longer than any may be"), MALFORMED("a record says what none may say");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    private final Reason reason;

    RefusedException(Reason reason) {
        super(reason.text());
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}
