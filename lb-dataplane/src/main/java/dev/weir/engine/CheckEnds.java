package dev.weir.engine;

import dev.weir.engine.CheckFlows.End;
import dev.weir.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.BitSet;
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
    /** The host's own programs have few ports here; where none is to be had, an address or descriptors may be missing. */
    private static final int TRIES = 32;
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

    /** @param kept of the ports, beginning with the first */
    private record Pool(Deque<Free> free, BitSet kept) {
        Pool() {
            this(new ArrayDeque<>(), new BitSet());
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
        Pool pool = pools.computeIfAbsent(new Of(protocol, address), _ -> new Pool());
        Free oldest = pool.free.peekFirst();
        int another = oldest == null || now - oldest.since() < REST ? another(pool, protocol, address) : NONE;
        if (another != NONE) {
            return another;
        }
        Free used = pool.free.pollFirst();
        return used == null ? NONE : used.port();
    }

    private int another(Pool pool, int protocol, IpAddress address) {
        int place = pool.kept.nextClearBit(0);
        for (int tries = 0; tries < TRIES && firstPort + place <= LAST_PORT; tries++) {
            if (keeper.keep(protocol, address, firstPort + place)) {
                pool.kept.set(place);
                return firstPort + place;
            }
            place = pool.kept.nextClearBit(place + 1);
        }
        return NONE;
    }

    void give(End end, long now) {
        Pool pool = pools.get(new Of(end.protocol(), end.address()));
        if (pool != null) {
            pool.free.addLast(new Free(end.port(), now));
        }
    }
}
