package dev.weir.replay;

import dev.weir.route.StaticRoutes;
import dev.weir.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The host that a recording's director stands on: the first line of a recording.
 *
 * @param links    in the order of their interface indexes
 * @param virtual  addresses that services bear, on the first link with a host prefix
 * @param local    prefixes that are the host's though no interface bears them
 */
public record Topology(List<Link> links, List<Route> routes, List<Neighbour> neighbours, List<IpAddress> virtual,
        List<Prefix> local) {
    private static final int FIRST_INDEX = 2;
    private static final int MTU = 1500;

    /** @param hardwareAddress in the low 48 bits, first byte highest */
    public record Link(String name, long hardwareAddress, List<Prefix> addresses) {
    }

    /** Written ADDRESS/LENGTH. */
    public record Prefix(IpAddress address, int length) {
        @Override
        public String toString() {
            return address + "/" + length;
        }
    }

    /** @param gateway null where the destinations are on the link */
    public record Route(Prefix to, @Nullable IpAddress gateway, String link) {
    }

    /** @param hardwareAddress in the low 48 bits, first byte highest */
    public record Neighbour(IpAddress address, String link, long hardwareAddress) {
    }

    /** The interface index of a link by its place in {@link #links}. */
    static int interfaceIndex(int place) {
        return FIRST_INDEX + place;
    }

    Link link(int interfaceIndex) {
        return links.get(interfaceIndex - FIRST_INDEX);
    }

    /** Routing as the host of this topology does it, every neighbour known. */
    StaticRoutes staticRoutes() {
        StaticRoutes routing = new StaticRoutes();
        for (int i = 0; i < links.size(); i++) {
            Link link = links.get(i);
            routing.link(interfaceIndex(i), link.name(), link.hardwareAddress(), MTU);
            link.addresses().forEach(a -> routing.address(link.name(), a.address(), a.length()));
        }
        virtual.forEach(address -> routing.address(links.get(0).name(), address, address.isV4() ? 32 : 128));
        routes.forEach(r -> routing.route(r.to().address(), r.to().length(), r.gateway(), r.link()));
        local.forEach(prefix -> routing.local(prefix.address(), prefix.length()));
        neighbours.forEach(n -> routing.neighbour(n.address(), n.link(), n.hardwareAddress()));
        return routing;
    }

    /** Whether an address is one that clients speak to, and that errors to them come from. */
    boolean isVirtual(IpAddress address) {
        return virtual.contains(address)
                || local.stream().anyMatch(prefix -> address.in(prefix.address(), prefix.length()));
    }

    /** Whether an address is one that the host's own packets bear, virtual ones left out. */
    boolean isDirectors(IpAddress address) {
        return links.stream().flatMap(link -> link.addresses().stream()).anyMatch(a -> a.address().equals(address));
    }
}
