package dev.weir.vrrp.machine;

import dev.weir.conf.Definitions.SyncGroup;
import dev.weir.vrrp.machine.Action.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A vrrp_sync_group: its members become master together or not at all, and leave that state, or fail, together. */
final class Group {
    private final Consumer<Action> out;
    private final List<VirtualRouter> members = new ArrayList<>();
    private SyncGroup configuration;
    private State state = State.INIT;

    Group(SyncGroup configuration, Consumer<Action> out) {
        this.configuration = configuration;
        this.out = out;
    }

    SyncGroup configuration() {
        return configuration;
    }

    void configure(SyncGroup changed) {
        configuration = changed;
    }

    List<VirtualRouter> members() {
        return members;
    }

    State state() {
        return state;
    }

    boolean isUp() {
        return members.stream().allMatch(VirtualRouter::isUp);
    }

    /** Whether all others are, or would be; backup is preferred, so that the group does not go to and fro. */
    boolean wantsMasterWith(VirtualRouter router) {
        return isUp() && (state == State.MASTER || members.stream()
                .allMatch(member -> member == router || member.wantsMaster() || member.state() == State.MASTER));
    }

    /** After a member became master. */
    void followToMaster(VirtualRouter first, long now) {
        if (state == State.MASTER) {
            return;
        }
        // Before the others go: each asks this group whether it may.
        state = State.MASTER;
        for (VirtualRouter member : members) {
            if (member != first && member.state() != State.MASTER) {
                member.becomeMaster("as " + first.name() + " of its group", now);
            }
        }
        tell(State.MASTER);
    }

    /** After a member yielded, or the last of them came up. */
    void followToBackup(VirtualRouter first, long now) {
        if (state == State.BACKUP) {
            return;
        }
        for (VirtualRouter member : members) {
            if (member != first && member.state() != State.BACKUP) {
                member.becomeBackup("as " + first.name() + " of its group", now);
            }
        }
        tell(State.BACKUP);
    }

    /** After a member failed. */
    void followToFault(VirtualRouter first, long now) {
        if (state == State.FAULT) {
            return;
        }
        for (VirtualRouter member : members) {
            if (member != first && member.state() != State.FAULT) {
                member.fail("as " + first.name() + " of its group", now);
            }
        }
        tell(State.FAULT);
    }

    /** At its beginning: all fail with the first that does. */
    void beginInFault(long now) {
        if (state == State.INIT) {
            members.forEach(member -> member.beginInFault(now));
            tell(State.FAULT);
        }
    }

    /** At its beginning; silent where a member waits for a script's first result. */
    void begin() {
        if (isUp() && !members.stream().allMatch(VirtualRouter::beginsAsMaster)) {
            tell(State.BACKUP);
        }
    }

    void end() {
        tell(State.STOP);
    }

    /** After members came or went. */
    void reassemble(long now) {
        if (members.isEmpty()) {
            return;
        }
        if (members.stream().anyMatch(VirtualRouter::hasFault)) {
            agree(State.FAULT, member -> member.fail("as its group", now));
        } else if (isUp() && members.stream().anyMatch(member -> member.state() != State.MASTER)) {
            agree(State.BACKUP, member -> member.becomeBackup("as its group", now));
        } else if (isUp() && state != State.MASTER) {
            tell(State.MASTER);
        }
    }

    private void agree(State common, Consumer<VirtualRouter> follow) {
        members.stream().filter(member -> member.state() != common).forEach(follow);
        if (state != common) {
            tell(common);
        }
    }

    private void tell(State entered) {
        state = entered;
        // keepalived has no priority for groups, and says 0.
        out.accept(new Action.Notify(Subject.GROUP, configuration.name(), entered, 0));
    }
}
