package dev.weir.route;

import dev.weir.route.Address.Scope;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Routing that is told and not mirrored: for replays and tests. Each call takes effect at once, as a command of
 * {@code ip} would; what {@link #solicit} asks for is recorded and answered by nobody.
 */
public final class StaticRoutes implements Routes {
    private final RouteTable table = new RouteTable();
    private final Map<String, Link> links = new LinkedHashMap<>();
    private final List<Address> addresses = new ArrayList<>();
    private final List<Route> routes = new ArrayList<>();
    private List<RoutingRule> rules = RoutingRule.USUAL;
    private List<Route> routesOfRules = List.of();
    private final ConcurrentLinkedQueue<Neighbour> solicited = new ConcurrentLinkedQueue<>();
    /** Keeps the objects alive: nobody repeats what was told once. */
    private final Map<Neighbours.Key, Neighbour> told = new LinkedHashMap<>();

    /** Adds an Ethernet link that is up, or changes it. */
    public StaticRoutes link(int index, String name, long hardwareAddress, int mtu) {
        return link(Link.ethernet(index, name, hardwareAddress, mtu));
    }

    public StaticRoutes link(Link link) {
        links.put(link.name(), link);
        return publish();
    }

    /** Adds an address with the two routes that come with it: itself in table local, and its subnet on the link. */
    public StaticRoutes address(String link, IpAddress address, int prefixLength) {
        int index = index(link);
        int hostLength = address.isV4() ? 32 : 128;
        Scope scope = address.isLinkLocal() ? Scope.LINK : Scope.GLOBAL;
        // As Linux lists them: IPv4 in the order they were added, IPv6 the newest first.
        addresses.add(address.isV4() ? addresses.size() : 0, new Address(address, prefixLength, index, scope, true));
        routes.add(Route.local(address, hostLength));
        if (prefixLength < hostLength) {
            routes.add(new Route(RoutingRule.MAIN, Route.Type.UNICAST, address, prefixLength, 0, 0,
                    address.isV4() ? address : null, List.of(new Route.Hop(null, index, 1))));
        }
        return publish();
    }

    /** {@code ip route add PREFIX via GATEWAY dev LINK}; without a gateway the destinations are on the link. */
    public StaticRoutes route(IpAddress prefix, int prefixLength, @Nullable IpAddress gateway, String link) {
        return route(Route.via(prefix, prefixLength, gateway, index(link)));
    }

    /** {@code ip route add local PREFIX dev lo}. */
    public StaticRoutes local(IpAddress prefix, int prefixLength) {
        return route(Route.local(prefix, prefixLength));
    }

    public StaticRoutes route(Route route) {
        routes.add(route);
        return publish();
    }

    /**
     * {@code ip rule}, and {@code ip route} of tables other than the usual: in place of what was told so before.
     *
     * @param all of both families, the usual ones included; each family's in the order of their priorities
     */
    public StaticRoutes policy(List<RoutingRule> all, List<Route> routesOfTables) {
        rules = List.copyOf(all);
        routesOfRules = List.copyOf(routesOfTables);
        return publish();
    }

    /** The neighbour answers with that MAC address (low 48 bits, first byte highest) from now on. */
    public StaticRoutes neighbour(IpAddress address, String link, long hardwareAddress) {
        return neighbour(address, link, new Neighbours.State(hardwareAddress, false, false));
    }

    /** The neighbour is not resolved any more, or does not answer. */
    public StaticRoutes neighbourLost(IpAddress address, String link, boolean failed) {
        return neighbour(address, link, new Neighbours.State(Neighbour.UNRESOLVED, failed, false));
    }

    private StaticRoutes neighbour(IpAddress address, String link, Neighbours.State state) {
        int index = index(link);
        told.put(new Neighbours.Key(address, index), table.neighbours().of(address, index));
        table.neighbours().changed(address, index, state);
        return this;
    }

    /** What was asked for since the last call, in order. */
    public List<Neighbour> solicited() {
        List<Neighbour> asked = new ArrayList<>();
        for (Neighbour next = solicited.poll(); next != null; next = solicited.poll()) {
            asked.add(next);
        }
        return asked;
    }

    @Override
    public int generation() {
        return table.generation();
    }

    @Override
    public NextHop lookup(int mark, long high, long low) {
        return table.lookup(mark, high, low);
    }

    @Override
    public boolean isLocal(int mark, long high, long low) {
        return table.isLocal(mark, high, low);
    }

    @Override
    public void solicit(Neighbour neighbour) {
        solicited.add(neighbour);
    }

    private StaticRoutes publish() {
        List<Route> all = new ArrayList<>(routes);
        all.addAll(routesOfRules);
        table.replace(links.values(), addresses, all, rules);
        return this;
    }

    private int index(String link) {
        Link found = links.get(link);
        if (found == null) {
            throw new IllegalArgumentException("no link is called " + link + "; there are " + links.keySet());
        }
        return found.index();
    }
}
