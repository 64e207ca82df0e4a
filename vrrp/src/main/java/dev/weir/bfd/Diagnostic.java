package dev.weir.bfd;

/** Why a session changed its state last (RFC 5880 section 4.1), by its numbers on the wire. */
enum Diagnostic {
    NONE("No Diagnostic"), EXPIRED("Control Detection Time Expired"), ECHO_FAILED(
            "Echo Function Failed"), NEIGHBOUR_DOWN(
                    "Neighbor Signaled Session Down"), FORWARDING_RESET("Forwarding Plane Reset"), PATH_DOWN(
                            "Path Down"), CONCATENATED_PATH_DOWN("Concatenated Path Down"), ADMIN_DOWN(
                                    "Administratively Down"), REVERSE_PATH_DOWN("Reverse Concatenated Path Down"),
    /** Of a later standard; never written. */
    OTHER("unknown");

    private static final Diagnostic[] ALL = values();
    private final String text;

    Diagnostic(String text) {
        this.text = text;
    }

    static Diagnostic of(int code) {
        return ALL[Math.min(code, OTHER.ordinal())];
    }

    @Override
    public String toString() {
        return text;
    }
}
