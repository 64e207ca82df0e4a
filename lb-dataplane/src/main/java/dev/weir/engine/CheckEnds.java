package dev.weir.engine;

import dev.weir.engine.CheckFlows.End;
import dev.weir.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The director's ports that health checks use, by address and protocol. They are taken from the host one by one, as they are
 * needed, and used again in turn, the one last that a server may still remember.
 */
public final class CheckEnds {
    static final int NONE = -1;
    private static final int LAST_PORT = 0xffff;
    private static final long REST = 60_000_000_000L;

    /** Keeps ports for checks. */
    public interface Keeper {
        /** Lets nobody else on the host have the port, and the device all that comes to it; false where that cannot be. */
        boolean keep(int protocol, IpAddress address, int port);
    }

    private record Of(int protocol, IpAddress address) {
    }

    private record Free(int port, long since) {
    }

    private static final class Pool {
        private final Deque<Free> free = new ArrayDeque<>();
        private int next;

        Pool(int first) {
            next = first;
        }
    }

    private final Keeper keeper;
    private final int firstPort;
    private final Map<Of, Pool> pools = new HashMap<>();

    /** @param firstPort the ports from there on are for checks */
    public CheckEnds(int firstPort, Keeper keeper) {
        this.firstPort = firstPort;
        this.keeper = keeper;
    }

    /** A port that no check uses now, or {@link #NONE}. */
    int take(int protocol, IpAddress address, long now) {
        Pool pool = pools.computeIfAbsent(new Of(protocol, address), _ -> new Pool(firstPort));
        Free oldest = pool.free.peekFirst();
        if (oldest == null || now - oldest.since() < REST) {
            for (; pool.next <= LAST_PORT; pool.next++) {
                if (keeper.keep(protocol, address, pool.next)) {
                    return pool.next++;
                }
            }
        }
        Free used = pool.free.pollFirst();
        return used == null ? NONE : used.port();
    }

    void give(End end, long now) {
        Pool pool = pools.get(new Of(end.protocol(), end.address()));
        if (pool != null) {
            pool.free.addLast(new Free(end.port(), now));
        }
    }
}
