package dev.weir.vrrp.machine;

import org.jspecify.annotations.Nullable;

/** What is to be done, in the order given; none of it answers with an event of itself. */
public sealed interface Action {
    /** An advert of an instance, with its own interval and addresses. */
    record Send(String instance, int priority) implements Action {
    }

    /** Adds the instance's addresses, routes and rules to the host; those already there stay. */
    record Own(String instance) implements Action {
    }

    /** Takes them off the host. */
    record Release(String instance) implements Action {
    }

    /** Gratuitous ARP or unsolicited neighbour advertisements for all addresses of an instance. */
    record Announce(String instance, int times) implements Action {
    }

    /** Whom notify scripts, FIFOs and mails are about. */
    enum Subject {
        INSTANCE, GROUP
    }

    /** A state was entered. */
    record Notify(Subject subject, String name, State state, int priority) implements Action {
    }

    /** notify_master_rx_lower_pri. */
    record NotifyLowerPriority(String instance, int priority) implements Action {
    }

    /** With notify_priority_changes: the effective priority changed, the state did not. */
    record NotifyPriority(Subject subject, String name, State state, int priority) implements Action {
    }

    enum Level {
        INFO, WARNING
    }

    /** For the log: what happened and why; an operator reads it at night. */
    record Tell(Level level, @Nullable String instance, String text) implements Action {
    }
}
