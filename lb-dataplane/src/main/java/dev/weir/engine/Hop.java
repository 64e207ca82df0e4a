package dev.weir.engine;

import dev.weir.port.Port;
import dev.weir.route.Neighbour;
import dev.weir.route.NextHop;
import org.jspecify.annotations.Nullable;

/**
 * A next hop as a worker uses it.
 *
 * @param number    its place in {@link Hops}
 * @param route     its MTU is the route's, or what was learned of the path
 * @param kind      the route's, and so on: at hand, for each packet asks
 * @param port      where it leaves; null where it is no neighbour's, or its interface is not opened
 */
record Hop(int number, NextHop route, NextHop.Kind kind, @Nullable Neighbour neighbour, int mtu, @Nullable Port port) {
    Hop(int number, NextHop route, @Nullable Port port) {
        this(number, route, route.kind(), route.neighbour(), route.mtu(), port);
    }
}
