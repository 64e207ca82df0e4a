package dev.weir.vrrp.machine;

import dev.weir.conf.VrrpInstance;
import org.jspecify.annotations.Nullable;

/** What is to be done, in the order given; none of it answers with an event of itself. */
public sealed interface Action {
    /** An advert of an instance, with its own interval and addresses. */
    record Send(String instance, int priority) implements Action {
    }

    /**
     * An instance begins, or goes on with another configuration; what follows in the list is with it. Sockets are opened,
     * or opened anew where the way of its packets is another.
     */
    record Configure(VrrpInstance instance) implements Action {
    }

    /** A reload took an instance away; what was to be done with its configuration stands before this in the list. */
    record Forget(String instance) implements Action {
    }

    /**
     * The host has the instance's addresses, routes and rules, just those of its configuration: those there already stay,
     * those of an earlier configuration go.
     */
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

    /** What the others of an instance are told on the second path. */
    record Beat(String instance, Heartbeat heartbeat) implements Action {
    }

    /**
     * Another node is, or would be, master beside this one; or is no more.
     *
     * @param rival who, as it is known; may be ""
     * @param cause what is probably wrong
     */
    record SplitBrain(String instance, boolean begun, int priority, String rival, String cause) implements Action {
    }

    enum Level {
        INFO, WARNING,
        /** Somebody should be woken up: two masters. */
        ALERT
    }

    /** For the log, behind the instance's name: what happened and why; an operator reads it at night. */
    record Tell(Level level, @Nullable String instance, String text) implements Action {
    }
}
