package dev.weir.host;

import dev.weir.host.Match.Kind;
import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.ServiceTable;
import dev.weir.service.SourceNat;
import dev.weir.service.VirtualService;
import dev.weir.wire.Echo;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import dev.weir.wire.Transport;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** By what frames are recognised as Weir's, as it follows from the services. */
final class Matches {
    private static final int FTP = 21;
    private static final int UDP = 17;
    private static final int IPIP = 4;
    private static final int IPV6_IN_IP = 41;
    private static final int GRE = 47;
    /** Nothing from or to there comes over a wire; without it, most hosts have no prefixes to look through. */
    private static final IpPrefix LOOPBACK = new IpPrefix(IpAddress.v4(0x7f000000), 8);

    private final Set<Match> matches = new LinkedHashSet<>();
    private final Set<IpAddress> resting;

    private Matches(Set<IpAddress> resting) {
        this.resting = resting;
    }

    /**
     * @param marked which packets may be a firewall mark's
     * @param local  whose addresses are the host's own, virtual ones included
     * @param resting virtual addresses that are another director's now: what is sent to them is the host's to route
     */
    static Set<Match> of(ServiceTable services, MarkedPackets marked, Collection<IpPrefix> local,
            Set<IpAddress> resting) {
        Matches made = new Matches(resting);
        // What servers under FULLNAT send there is Weir's, though the address is the host's.
        local.stream().filter(prefix -> !LOOPBACK.contains(prefix))
                .filter(prefix -> !prefix.isHost()
                        || !services.isLocalAddress(prefix.address().high(), prefix.address().low()))
                .forEach(prefix -> made.add(Kind.HOST_ADDRESS, 0, prefix, 0));
        for (VirtualService service : services.all()) {
            switch (service.key()) {
                case ServiceKey.Address key -> made.add(service, new MarkedPackets.Flow(key.protocol().number(),
                        IpPrefix.host(key.address()), key.port()));
                case ServiceKey.Mark key -> {
                    marked.flows(service, key).forEach(flow -> made.add(service, flow));
                    marked.delivered(key).forEach(flow -> made.addDelivered(service, flow));
                }
            }
        }
        services.departed().forEach(made::addDeparted);
        services.sourceNats().forEach(made::addOutward);
        made.widen();
        return made.matches;
    }

    /** What is begun outward, and all that comes to the addresses that it leaves from: who answers is anybody. */
    private void addOutward(SourceNat rule) {
        for (int protocol : new int[]{Transport.TCP, Transport.UDP, Echo.protocol(rule.source().isV4())}) {
            add(Kind.OUTWARD, protocol, rule.source(), 0);
            rule.addresses().forEach(address -> add(Kind.SERVICE, protocol, IpPrefix.host(address), 0));
        }
        rule.addresses().forEach(address -> add(Kind.VIRTUAL_ADDRESS, 0, IpPrefix.host(address), 0));
    }

    private void add(VirtualService service, MarkedPackets.Flow flow) {
        addService(flow);
        addServers(service.key(), service.servers(), service.settings().persistence() != 0, flow);
    }

    /** A removed server's connections go on, or rest until it returns; the host would reset them. */
    private void addDeparted(ServiceTable.Departed departed) {
        switch (departed.service()) {
            case ServiceKey.Address key -> {
                IpPrefix to = IpPrefix.host(key.address());
                MarkedPackets.Flow flow = new MarkedPackets.Flow(key.protocol().number(), to, key.port());
                addService(flow);
                addServers(key, List.of(departed.server()), false, flow);
            }
            case ServiceKey.Mark key -> {
                for (Protocol protocol : Protocol.values()) {
                    IpPrefix nowhere = key.v4() ? IpPrefix.ALL_V4 : IpPrefix.ALL_V6;
                    addServer(key, new MarkedPackets.Flow(protocol.number(), nowhere, 0), departed.server());
                }
            }
        }
    }

    /** As in IPVS, which takes a client's packets only where they are delivered to the host; its servers' replies always. */
    private void addService(MarkedPackets.Flow flow) {
        if (!rests(flow.to())) {
            add(Kind.SERVICE, flow.protocol(), flow.to(), flow.port());
            add(Kind.VIRTUAL_ADDRESS, 0, flow.to(), 0);
        }
    }

    private boolean rests(IpPrefix to) {
        return resting.contains(to.address()) && to.equals(IpPrefix.host(to.address()));
    }

    private void addDelivered(VirtualService service, MarkedPackets.Flow flow) {
        add(Kind.DELIVERED_SERVICE, flow.protocol(), flow.to(), flow.port());
        add(Kind.DELIVERED_ADDRESS, 0, flow.to(), 0);
        addServers(service.key(), service.servers(), service.settings().persistence() != 0, flow);
    }

    /** The program sees the longest prefix only: one within another that is delivered is delivered as well. */
    private void widen() {
        List<Match> wider = new ArrayList<>();
        for (Match match : matches) {
            if (match.kind() == Kind.SERVICE && isWithin(Kind.DELIVERED_SERVICE, match)) {
                wider.add(new Match(Kind.DELIVERED_SERVICE, match.protocol(), match.prefix(), match.port()));
            } else if (match.kind() == Kind.VIRTUAL_ADDRESS && isWithin(Kind.DELIVERED_ADDRESS, match)) {
                wider.add(new Match(Kind.DELIVERED_ADDRESS, 0, match.prefix(), 0));
            }
        }
        matches.addAll(wider);
    }

    private boolean isWithin(Kind kind, Match match) {
        IpPrefix prefix = match.prefix();
        for (int length = prefix.length(); length >= 0; length--) {
            if (matches.contains(new Match(kind, match.protocol(), new IpPrefix(prefix.address(), length),
                    match.port()))) {
                return true;
            }
        }
        return false;
    }

    private void addServers(ServiceKey key, List<RealServer> servers, boolean persistent, MarkedPackets.Flow flow) {
        for (RealServer server : servers) {
            addServer(key, flow, server);
        }
        if (flow.protocol() == Protocol.TCP.number() && flow.port() == FTP) {
            addFtpData(servers, persistent, flow.to());
        }
    }

    /**
     * Data connections follow a control connection that is masqueraded, or under FULLNAT, to ports that it announces; where
     * the service is persistent, its templates take them, too.
     */
    private void addFtpData(List<RealServer> servers, boolean persistent, IpPrefix to) {
        boolean follows = persistent;
        for (RealServer server : servers) {
            if (server.settings().forwarding().translates()) {
                follows = true;
                int control = server.port() == 0 ? FTP : server.port();
                add(Kind.SERVER, Protocol.TCP.number(), IpPrefix.host(server.address()), control - 1);
                add(Kind.FTP_SERVER, Protocol.TCP.number(), IpPrefix.host(server.address()), 0);
            }
        }
        if (follows && !rests(to)) {
            add(Kind.FTP_SERVICE, Protocol.TCP.number(), to, 0);
        }
    }

    private void addServer(ServiceKey key, MarkedPackets.Flow flow, RealServer server) {
        IpPrefix address = IpPrefix.host(server.address());
        switch (server.settings().forwarding()) {
            case Forwarding.Masquerade _,Forwarding.FullNat _ -> {
                // Where a service has many ports, the server's port may be the client's choice, whatever its settings.
                if (key instanceof ServiceKey.Mark || flow.port() == 0) {
                    add(Kind.SERVER, flow.protocol(), address, flow.port());
                }
                if (flow.port() != 0 && server.port() != 0) {
                    add(Kind.SERVER, flow.protocol(), address, server.port());
                }
            }
            case Forwarding.Tunnel tunnel -> {
                int protocol = outerProtocol(tunnel, key.v4());
                add(Kind.SERVER, protocol, address, protocol == UDP ? tunnel.port() : 0);
            }
            case Forwarding.DirectRouting _ -> {
            }
        }
    }

    private void add(Kind kind, int protocol, IpPrefix prefix, int port) {
        matches.add(new Match(kind, protocol, prefix, port));
    }

    static int outerProtocol(Forwarding.Tunnel tunnel, boolean innerV4) {
        return switch (tunnel.type()) {
            case IPIP -> innerV4 ? IPIP : IPV6_IN_IP;
            case GUE -> UDP;
            case GRE -> GRE;
        };
    }
}
