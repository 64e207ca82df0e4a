package dev.weir.vrrp.tell;

import dev.weir.vrrp.machine.Action.SplitBrain;
import dev.weir.vrrp.machine.Action.Subject;
import dev.weir.vrrp.machine.State;
import org.jspecify.annotations.Nullable;

/** What mail says of a state: just what keepalived's says, since people filter by it. */
record Letter(String subject, String body) {
    /** Of Weir's own: two masters. */
    static Letter of(SplitBrain split) {
        return split.begun()
                ? new Letter("VRRP Instance " + split.instance() + " - Split brain",
                        "=> " + split.rival() + " is master, too: " + split.cause() + " <=")
                : new Letter("VRRP Instance " + split.instance() + " - Split brain is over",
                        "=> There is no second master any more <=");
    }

    /** Null where no mail is sent of that state. */
    static @Nullable Letter of(Subject about, String name, State state) {
        String title = switch (state) {
            case MASTER, BACKUP, FAULT -> "Entering " + state + " state";
            case STOP -> "Stopping";
            case INIT, DELETED -> null;
        };
        if (title == null) {
            return null;
        }
        return about == Subject.GROUP
                ? new Letter("VRRP Group " + name + " - " + title, "=> All VRRP group instances are now "
                        + (state == State.STOP ? "stopping" : "in " + state + " state") + " <=")
                : new Letter("VRRP Instance " + name + " - " + title, switch (state) {
                    case MASTER -> "=> VRRP Instance is now owning VRRP VIPs <=";
                    case STOP -> "=> VRRP Instance stopping <=";
                    default -> "=> VRRP Instance is no longer owning VRRP VIPs <=";
                });
    }
}
