package dev.weir.host;

import dev.weir.mark.MarkRule;
import dev.weir.mark.MarkRules;
import dev.weir.mark.Match;
import dev.weir.mark.PortRange;
import dev.weir.mark.Target;
import dev.weir.route.MarkedDelivery;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceKey;
import dev.weir.service.ServiceTable;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpPrefix;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which packets may bear the mark of a service, by what the program at the ingress looks at. They are at least those
 * whose mark is the service's in the end, and for rules of a destination, a protocol and ports not many more: the engine
 * asks the rules themselves, and hands back what is not marked so.
 *
 * <p>Whatever mark a packet ends with, the last rule that changed it is one whose bits agree with that mark, so only such
 * rules are looked at.
 *
 * <p>IPVS finds a connection whatever the mark of its packets is by now, so what rules marked for a service is remembered
 * for as long as connections lead to its servers. What policy routing delivers by its mark is IPVS' only as long as it has
 * the mark. Whoever calls {@link HostSide} owns it.
 */
final class MarkedPackets {
    /** Entries that rules may take among {@link MatchMaps}, as the ports of all rules together. */
    private static final int PORTS = 1 << 16;
    private static final int PORTS_OF_A_RULE = 1024;
    private static final int EVERY_PORT = 0;

    private MarkRules rules = MarkRules.NONE;
    private Collection<IpPrefix> local = List.of();
    private Collection<MarkedDelivery> deliveries = List.of();
    private final Map<ServiceKey.Mark, Set<Flow>> known = new HashMap<>();
    private final Set<ServiceKey.Mark> remembering = new HashSet<>();

    /**
     * Packets alike.
     *
     * @param to   for {@link #flows} those of its addresses that are the host's, for {@link #delivered} all
     * @param port 0: every port
     */
    record Flow(int protocol, IpPrefix to, int port) {
    }

    /**
     * @param local      whose addresses are the host's own: IPVS sees only packets for the host
     * @param deliveries which others' packets are delivered to the host by their mark
     */
    void update(MarkRules rules, Collection<IpPrefix> local, Collection<MarkedDelivery> deliveries) {
        this.rules = rules;
        this.local = local;
        this.deliveries = deliveries;
    }

    /** Whether packets that no rule marks now are still among what {@link #flows} says. */
    boolean remembers() {
        return !remembering.isEmpty();
    }

    /** The packets that may be of that service, or of connections that it has. */
    Set<Flow> flows(VirtualService service, ServiceKey.Mark key) {
        Set<Flow> flows = new LinkedHashSet<>();
        for (MarkRule rule : marking(key)) {
            IpPrefix to = destination(rule);
            if (!to.isHost() || local.stream().anyMatch(prefix -> prefix.contains(to))) {
                addFlows(rule, to, flows);
            }
        }
        boolean connected = service.servers().stream()
                .anyMatch(server -> server.activeConnections() + server.inactiveConnections() > 0);
        boolean more = connected && flows.addAll(known.getOrDefault(key, Set.of()));
        known.put(key, flows);
        if (more) {
            remembering.add(key);
        } else {
            remembering.remove(key);
        }
        return flows;
    }

    /** The packets that may be of that service though they are for others' addresses. */
    Set<Flow> delivered(ServiceKey.Mark key) {
        Set<Flow> flows = new LinkedHashSet<>();
        for (MarkedDelivery delivery : deliveries) {
            if (!delivery.concerns(key.mark()) || delivery.prefix().isV4() != key.v4()) {
                continue;
            }
            for (MarkRule rule : marking(key)) {
                IpPrefix to = destination(rule);
                if (to.contains(delivery.prefix())) {
                    addFlows(rule, delivery.prefix(), flows);
                } else if (delivery.prefix().contains(to)) {
                    addFlows(rule, to, flows);
                }
            }
        }
        return flows;
    }

    private List<MarkRule> marking(ServiceKey.Mark key) {
        return rules.rules().stream().filter(rule -> rule.v4() == key.v4()
                && rule.target() instanceof Target.SetMark set && ((key.mark() ^ set.value()) & set.mask()) == 0)
                .toList();
    }

    /** Forgets what was marked for services that are there no more. */
    void retain(ServiceTable services) {
        known.keySet().removeIf(key -> services.find(key) == null);
        remembering.retainAll(known.keySet());
    }

    private void addFlows(MarkRule rule, IpPrefix to, Set<Flow> flows) {
        Set<Integer> ports = ports(rule);
        for (Protocol protocol : protocols(rule)) {
            ports.forEach(port -> flows.add(new Flow(protocol.number(), to, port)));
        }
    }

    /** A mask whose ones do not stand together, and a negated one, leave all addresses. */
    private static IpPrefix destination(MarkRule rule) {
        IpPrefix to = rule.v4() ? IpPrefix.ALL_V4 : IpPrefix.ALL_V6;
        for (Match match : rule.matches()) {
            if (match instanceof Match.Address address && address.side() == Match.Side.DESTINATION
                    && !address.negated() && address.prefixLength() > to.length()) {
                to = new IpPrefix(address.address(), address.prefixLength());
            }
        }
        return to;
    }

    private static Set<Protocol> protocols(MarkRule rule) {
        Set<Protocol> protocols = EnumSet.allOf(Protocol.class);
        for (Match match : rule.matches()) {
            if (match instanceof Match.Protocol(int number, boolean negated)) {
                protocols.removeIf(protocol -> (protocol.number() == number) == negated);
            }
        }
        return protocols;
    }

    private int portsOfARule() {
        return Math.clamp(PORTS / Math.max(1, rules.rules().size()), 1, PORTS_OF_A_RULE);
    }

    /** Too many ports are every port. */
    private Set<Integer> ports(MarkRule rule) {
        for (Match match : rule.matches()) {
            if (match instanceof Match.Ports(Match.PortSide side, List<PortRange> ranges, boolean negated)
                    && side == Match.PortSide.DESTINATION && !negated
                    && ranges.stream().mapToInt(range -> range.last() - range.first() + 1).sum() <= portsOfARule()) {
                Set<Integer> ports = new TreeSet<>();
                for (PortRange range : ranges) {
                    for (int port = range.first(); port <= range.last(); port++) {
                        ports.add(port);
                    }
                }
                return ports;
            }
        }
        return Set.of(EVERY_PORT);
    }
}
