package dev.weir.bfd;

import dev.weir.conf.BfdInstance;

/** What a session wants done. */
sealed interface Action {
    /** Now, to the neighbour. */
    record Send(BfdInstance session, ControlPacket packet) implements Action {
    }

    /**
     * It is in another state, for people.
     *
     * @param own    its diagnostic, and the neighbour's
     */
    record Entered(String session, SessionState before, SessionState state, Diagnostic own, Diagnostic neighbours)
            implements
                Action {
    }

    /** What it counts as for who tracks it: said at its beginning, and at each change. */
    record Tell(String session, boolean up) implements Action {
    }
}
