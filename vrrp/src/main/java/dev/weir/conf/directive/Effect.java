package dev.weir.conf.directive;

/**
 * What Weir does with a directive.
 *
 * @param note for {@code NONE} why nothing comes of it; for {@code DONE} what there is to know
 */
public record Effect(Kind kind, String note) {
    public enum Kind {
        /** Done as keepalived does it. */
        DONE("yes"),
        /** Accepted, and without effect here. */
        NONE("no effect"),
        /** keepalived does not know it, and refuses a file that has it. */
        OWN("Weir's own");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    static final Effect READ = new Effect(Kind.DONE, "");
    static final Effect VRRP = new Effect(Kind.DONE, "");
    static final Effect TRACKING = new Effect(Kind.DONE, "");
    static final Effect ADDRESSES = new Effect(Kind.DONE, "");
    static final Effect NOTIFYING = new Effect(Kind.DONE, "");
    static final Effect OWN = new Effect(Kind.OWN, "");
    static final Effect SERVERS = new Effect(Kind.DONE, "");
    static final Effect CHECKS = new Effect(Kind.DONE, "");
    static final Effect SYNC = new Effect(Kind.DONE, "");
    static final Effect BFD = new Effect(Kind.DONE, "");

    /** Done, with something to know. */
    static Effect done(String note) {
        return new Effect(Kind.DONE, note);
    }

    static Effect none(String why) {
        return new Effect(Kind.NONE, why);
    }
}
