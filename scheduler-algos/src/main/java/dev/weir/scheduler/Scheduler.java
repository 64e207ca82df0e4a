package dev.weir.scheduler;

import java.util.List;

/**
 * Chooses the real server of a new connection. A scheduler is made for one list of servers, newest first as IPVS keeps
 * them; when the list or a weight changes, {@link #with} makes its successor, which goes on where this one stood.
 */
public interface Scheduler {
    /** No server can take the connection. */
    int NONE = -1;

    /**
     * Any worker calls it, several at once; it allocates nothing and never waits.
     *
     * @return the place in the list of servers, or {@link #NONE}
     */
    int choose(Flow flow);

    /**
     * The scheduler for a changed list. Called on every server added, removed or edited.
     *
     * @param servers newest first; servers that stay are the same objects as before
     */
    Scheduler with(List<? extends Server> servers);
}
