package dev.weir.scheduler;

import java.util.List;
import java.util.Set;

/**
 * Chooses the real server of a new connection. A scheduler is made for one list of servers, newest first as IPVS keeps
 * them; when the list or a weight changes, {@link #with} makes its successor, which goes on where this one stood.
 */
public interface Scheduler {
    /** No server can take the connection. */
    int NONE = -1;

    /**
     * Any worker calls it, several at once; it never waits, and allocates nothing, but that lblc and lblcr may where they
     * learn of a destination.
     *
     * @return the place in the list of servers, or {@link #NONE}
     */
    int choose(Flow flow);

    /**
     * The counts of the server at this place have changed, or its overload; told after it did. Any worker calls it, several
     * at once; it never waits and allocates nothing. Once the servers know whom to tell, it is called for each of them,
     * before the first choice: a change while the scheduler was made is not lost.
     */
    default void changed(int place) {
    }

    /**
     * The scheduler for a changed list. Called on every server added, removed or edited.
     *
     * @param servers newest first; servers that stay are the same objects as before
     */
    Scheduler with(List<? extends Server> servers);

    /**
     * The scheduler for the service's flags, where it heeds any: {@link Schedulers#FALLBACK} and {@link Schedulers#PORT}.
     * Called when the service is made and when it is edited.
     */
    default Scheduler withFlags(Set<String> flags) {
        return this;
    }
}
