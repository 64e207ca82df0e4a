package dev.weir.host;

import dev.weir.host.Match.Kind;
import dev.weir.service.Forwarding;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.ServiceTable;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** By what frames are recognised as Weir's, as it follows from the services. */
public final class Matches {
    private static final int UDP = 17;
    private static final int IPIP = 4;
    private static final int IPV6_IN_IP = 41;
    private static final int GRE = 47;
    /** Nothing from or to there comes over a wire; without it, most hosts have no prefixes to look through. */
    private static final IpPrefix LOOPBACK = new IpPrefix(IpAddress.v4(0x7f000000), 8);

    private Matches() {
    }

    /**
     * Services by firewall mark match nothing here: which frames are theirs stands in no header.
     *
     * @param local whose addresses are the host's own, virtual ones included
     */
    public static Set<Match> of(ServiceTable services, Collection<IpPrefix> local) {
        Set<Match> matches = new LinkedHashSet<>();
        local.stream().filter(prefix -> !LOOPBACK.contains(prefix))
                .forEach(prefix -> matches.add(new Match(Kind.HOST_ADDRESS, 0, prefix, 0)));
        for (VirtualService service : services.all()) {
            if (service.key() instanceof ServiceKey.Address key) {
                matches.add(new Match(Kind.SERVICE, key.protocol().number(), key.address(), key.port()));
                matches.add(new Match(Kind.VIRTUAL_ADDRESS, 0, key.address(), 0));
                for (RealServer server : service.servers()) {
                    addServer(matches, key, server);
                }
            }
        }
        return matches;
    }

    private static void addServer(Set<Match> matches, ServiceKey.Address key, RealServer server) {
        switch (server.settings().forwarding()) {
            // Under a service of every port the server's port is the client's choice, whatever stands in its settings.
            case Forwarding.Masquerade _ -> matches.add(new Match(Kind.SERVER, key.protocol().number(),
                    server.address(), key.port() == 0 ? 0 : server.port()));
            case Forwarding.Tunnel tunnel -> {
                int protocol = outerProtocol(tunnel, key.v4());
                matches.add(new Match(Kind.SERVER, protocol, server.address(), protocol == UDP ? tunnel.port() : 0));
            }
            case Forwarding.DirectRouting _ -> {
            }
        }
    }

    private static int outerProtocol(Forwarding.Tunnel tunnel, boolean innerV4) {
        return switch (tunnel.type()) {
            case IPIP -> innerV4 ? IPIP : IPV6_IN_IP;
            case GUE -> UDP;
            case GRE -> GRE;
        };
    }
}
