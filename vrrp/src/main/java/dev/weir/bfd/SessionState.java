package dev.weir.bfd;

/** RFC 5880 section 4.1, by its numbers on the wire. */
enum SessionState {
    ADMIN_DOWN("AdminDown"), DOWN("Down"), INIT("Init"), UP("Up");

    private static final SessionState[] ALL = values();
    private final String text;

    SessionState(String text) {
        this.text = text;
    }

    /** @param code 0 to 3 */
    static SessionState of(int code) {
        return ALL[code];
    }

    @Override
    public String toString() {
        return text;
    }
}
