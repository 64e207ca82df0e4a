package dev.weir.engine;

import dev.weir.port.Port;
import dev.weir.route.NextHop;
import org.jspecify.annotations.Nullable;

/**
 * A next hop as a worker uses it.
 *
 * @param number its place in {@link Hops}
 * @param port   where it leaves; null where it is no neighbour's, or its interface is not opened
 * @param mtu    the route's, or what was learned of the path
 */
record Hop(int number, NextHop route, @Nullable Port port, int mtu) {
}
