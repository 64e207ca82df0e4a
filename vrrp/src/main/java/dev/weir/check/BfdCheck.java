package dev.weir.check;

import dev.weir.bfd.SessionStates;
import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import org.jspecify.annotations.Nullable;

/** BFD_CHECK: a server is up while its session is. It is told of changes, so to ask is to wait for one. */
final class BfdCheck implements Checker {
    private final SessionStates sessions;
    private final String name;
    private @Nullable Boolean seen;

    BfdCheck(SessionStates sessions, String name) {
        this.sessions = sessions;
        this.name = name;
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        boolean up = sessions.await(name, seen);
        seen = up;
        return up ? new Success("BFD session " + name + " is up") : new Failure("BFD session " + name + " is down");
    }
}
