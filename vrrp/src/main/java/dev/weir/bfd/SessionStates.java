package dev.weir.bfd;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Which sessions are up, for who tracks them. The thread of the sessions writes it; virtual routers and checks read. */
public final class SessionStates {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Boolean> states = new LinkedHashMap<>();
    private final List<Follower> followers = new ArrayList<>();

    /** Is told of sessions; must not wait. */
    public interface Follower {
        void changed(String session, boolean up);
    }

    /** What a session counts as from now on. */
    public void put(String session, boolean up) {
        lock.lock();
        try {
            Boolean before = states.put(session, up);
            if (before == null || before != up) {
                followers.forEach(follower -> follower.changed(session, up));
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** No others are there any more. */
    void retain(Set<String> sessions) {
        lock.lock();
        try {
            states.keySet().retainAll(sessions);
        } finally {
            lock.unlock();
        }
    }

    /** Nobody looks after them any more. */
    void putAllDown() {
        lock.lock();
        try {
            List.copyOf(states.keySet()).forEach(session -> put(session, false));
        } finally {
            lock.unlock();
        }
    }

    /** Is told of all sessions now, and then of each change, in their order. */
    public void follow(Follower follower) {
        lock.lock();
        try {
            followers.add(follower);
            states.forEach(follower::changed);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the session is another than was seen, or known at all. */
    public boolean await(String session, @Nullable Boolean seen) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Boolean up = states.get(session);
            while (up == null || up.equals(seen)) {
                changed.await();
                up = states.get(session);
            }
            return up;
        } finally {
            lock.unlock();
        }
    }
}
