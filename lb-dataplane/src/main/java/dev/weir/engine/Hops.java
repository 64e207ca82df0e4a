package dev.weir.engine;

import dev.weir.port.Port;
import dev.weir.route.NextHop;
import dev.weir.route.Routes;
import dev.weir.wire.IpAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The next hops in use, by number, so that a connection can keep one as an int. All numbers die with a new
 * {@link #generation}: when the host's routes change, or a path MTU is learned or forgotten. Belongs to one worker.
 */
final class Hops {
    private static final long PATH_MTU_LIFETIME = 600_000_000_000L;
    private static final int PATH_MTUS = 4096;
    /** Destinations whose hop is at hand; a power of two. */
    private static final int RECENT = 1024;
    /** Odd, with bits in no pattern. */
    private static final long FACTOR = 0x9e3779b97f4a7c15L;

    private record PathMtu(int mtu, long expires) {
    }

    private final Routes routes;
    private final PortTable ports;
    private final Map<NextHop, Hop> byRoute = new HashMap<>();
    private Hop[] byNumber = new Hop[16];
    private int count;
    /** Where destinations lie that were asked for lately: by their addresses, of which the last that fell to a place has it. */
    private final @Nullable Hop[] recent = new @Nullable Hop[RECENT];
    private final long[] recentHigh = new long[RECENT];
    private final long[] recentLow = new long[RECENT];
    private final Map<IpAddress, PathMtu> pathMtus = new HashMap<>();
    private int routesGeneration;
    /** Never {@link dev.weir.connection.ConnectionRecords#NONE}, which says that a connection has no hops yet. */
    private int generation;

    Hops(Routes routes, PortTable ports) {
        this.routes = routes;
        this.ports = ports;
        routesGeneration = routes.generation();
    }

    /** Once a burst: takes note of routes and interfaces that changed. */
    void refresh() {
        int now = routes.generation();
        if (ports.refresh() || now != routesGeneration) {
            routesGeneration = now;
            forget();
        }
    }

    private void forget() {
        generation = generation + 1 & Integer.MAX_VALUE;
        byRoute.clear();
        Arrays.fill(recent, null);
        count = 0;
    }

    /** The numbers given out since this last changed are good. */
    int generation() {
        return generation;
    }

    Hop get(int number) {
        return byNumber[number];
    }

    /** The way to a destination. */
    Hop towards(long high, long low) {
        int place = (int) ((high * FACTOR ^ low) * FACTOR >>> 32) & RECENT - 1;
        Hop known = recent[place];
        if (known == null || recentLow[place] != low || recentHigh[place] != high) {
            known = find(high, low);
            recent[place] = known;
            recentHigh[place] = high;
            recentLow[place] = low;
        }
        return known;
    }

    private Hop find(long high, long low) {
        NextHop route = routes.lookup(high, low);
        if (!pathMtus.isEmpty()) {
            PathMtu learned = pathMtus.get(new IpAddress(high, low));
            if (learned != null && learned.mtu() < route.mtu()) {
                return hop(route.withMtu(learned.mtu()));
            }
        }
        return hop(route);
    }

    private Hop hop(NextHop route) {
        Hop known = byRoute.get(route);
        if (known != null) {
            return known;
        }
        Hop made = new Hop(count, route, port(route));
        byRoute.put(route, made);
        if (count == byNumber.length) {
            byNumber = Arrays.copyOf(byNumber, count * 2);
        }
        byNumber[count++] = made;
        return made;
    }

    private @Nullable Port port(NextHop route) {
        return route.kind() == NextHop.Kind.FORWARD ? ports.find(route.interfaceIndex()) : null;
    }

    boolean isLocal(long high, long low) {
        return routes.isLocal(0, high, low);
    }

    /** The same of a packet that bears a firewall mark, by which policy routing may deliver it to the host. */
    boolean isLocal(int mark, long high, long low) {
        return routes.isLocal(mark, high, low);
    }

    /** Whether an address is the host's though no interface bears it ({@code ip route add local}). */
    boolean isOnlyRouted(long high, long low) {
        NextHop route = routes.lookup(high, low);
        return route.kind() == NextHop.Kind.LOCAL && route.interfaceIndex() == 0;
    }

    /** A router on the way to {@code address} said what fits (RFC 1191, RFC 8201). */
    void learnPathMtu(IpAddress address, int mtu, long now) {
        if (mtu >= routes.lookup(address.high(), address.low()).mtu()
                || pathMtus.size() >= PATH_MTUS && !pathMtus.containsKey(address)) {
            return;
        }
        PathMtu before = pathMtus.put(address, new PathMtu(mtu, now + PATH_MTU_LIFETIME));
        if (before == null || before.mtu() != mtu) {
            forget();
        }
    }

    void expirePathMtus(long now) {
        boolean changed = false;
        for (Iterator<PathMtu> all = pathMtus.values().iterator(); all.hasNext();) {
            if (all.next().expires() <= now) {
                all.remove();
                changed = true;
            }
        }
        if (changed) {
            forget();
        }
    }

    void solicit(Hop hop) {
        if (hop.route().neighbour() != null) {
            routes.solicit(hop.route().neighbour());
        }
    }
}
