package dev.weir.route;

import dev.weir.wire.IpAddress;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The host's neighbour table, and the {@link Neighbour} objects that next hops hold. There is one object for an
 * address and interface for as long as any next hop holds it, whatever happens to routes. The mirror's thread changes
 * states; a worker that meets a neighbour for the first time makes its object. Memory is bounded by the kernel's own
 * table and by the next hops that are alive.
 */
final class Neighbours {
    record Key(IpAddress address, int interfaceIndex) {
    }

    /** What the kernel says of a neighbour, and the object that tells the workers so. */
    private record Entry(State state, @Nullable WeakReference<Neighbour> object) {
        @Nullable
        Neighbour neighbour() {
            return object == null ? null : object.get();
        }
    }

    /**
     * @param hardwareAddress as in {@link Neighbour#hardwareAddress}
     * @param stale           the MAC address was right once, and the kernel has not heard of the neighbour for a while
     */
    record State(long hardwareAddress, boolean failed, boolean stale) {
        static final State UNKNOWN = new State(Neighbour.UNRESOLVED, false, false);
    }

    private final ConcurrentHashMap<Key, Entry> entries = new ConcurrentHashMap<>();

    /** The one object for that address; each compute is atomic for its key, so no change is lost on it. */
    Neighbour of(IpAddress address, int interfaceIndex) {
        Neighbour fresh = new Neighbour(address, interfaceIndex);
        Neighbour[] found = {fresh};
        entries.compute(new Key(address, interfaceIndex), (key, entry) -> {
            State state = entry == null ? State.UNKNOWN : entry.state;
            Neighbour existing = entry == null ? null : entry.neighbour();
            if (existing != null) {
                found[0] = existing;
                return entry;
            }
            tell(fresh, state);
            return new Entry(state, new WeakReference<>(fresh));
        });
        return found[0];
    }

    /** The kernel's word on a neighbour; {@link State#UNKNOWN} where it has deleted its entry. */
    void changed(IpAddress address, int interfaceIndex, State state) {
        entries.compute(new Key(address, interfaceIndex), (key, entry) -> {
            Neighbour neighbour = entry == null ? null : entry.neighbour();
            if (neighbour != null) {
                tell(neighbour, state);
            }
            if (neighbour == null && state.equals(State.UNKNOWN)) {
                return null;
            }
            return new Entry(state, neighbour == null ? null : new WeakReference<>(neighbour));
        });
    }

    /** Forgets every neighbour that the kernel did not name in a full dump. */
    void retain(Set<Key> dumped) {
        for (Key key : entries.keySet()) {
            if (!dumped.contains(key)) {
                changed(key.address, key.interfaceIndex, State.UNKNOWN);
            }
        }
    }

    /** Neighbours that a next hop holds and whose MAC address the kernel would not swear to. */
    List<Neighbour> staleInUse() {
        List<Neighbour> stale = new ArrayList<>();
        entries.values().forEach(entry -> {
            Neighbour neighbour = entry.neighbour();
            if (neighbour != null && entry.state.stale()) {
                stale.add(neighbour);
            }
        });
        return stale;
    }

    /** Drops entries that neither the kernel nor a next hop needs any more. The mirror calls it now and then. */
    void purge() {
        entries.forEach((key, entry) -> {
            if (entry.state.equals(State.UNKNOWN) && entry.neighbour() == null) {
                entries.remove(key, entry);
            }
        });
    }

    int size() {
        return entries.size();
    }

    private static void tell(Neighbour neighbour, State state) {
        if (state.hardwareAddress() == Neighbour.UNRESOLVED) {
            neighbour.lost(state.failed());
        } else {
            neighbour.resolved(state.hardwareAddress());
        }
    }
}
