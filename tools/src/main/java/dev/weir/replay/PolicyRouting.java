package dev.weir.replay;

import dev.weir.route.Route;
import dev.weir.route.RoutingRule;
import dev.weir.route.StaticRoutes;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ip rule} and {@code ip route} of a recording make of firewall marks: {@code [-4|-6] rule add|del fwmark
 * MARK[/MASK] lookup T [pref N]} and {@code [-4|-6] route add|del local|throw PREFIX [dev lo] table T}, or {@code PREFIX
 * via GATEWAY dev LINK table T}.
 */
final class PolicyRouting {
    private final Topology topology;
    private final StaticRoutes routes;
    private final List<RoutingRule> rules = new ArrayList<>(RoutingRule.USUAL);
    private final List<Route> ofTables = new ArrayList<>();

    PolicyRouting(Topology topology, StaticRoutes routes) {
        this.topology = topology;
        this.routes = routes;
    }

    /** @throws IllegalArgumentException where a replay cannot do it */
    void ip(List<String> arguments) {
        List<String> words = new ArrayList<>(arguments);
        boolean v4 = !words.remove("-6");
        words.remove("-4");
        switch (words.size() < 4 ? "" : words.get(0) + " " + words.get(1)) {
            case "rule add" -> add(rule(words, v4));
            case "rule del" -> delete(rule(words, v4), after(words, "pref") != null);
            case "route add" -> ofTables.add(route(words, v4));
            case "route del" -> ofTables.remove(route(words, v4));
            default -> throw new IllegalArgumentException("a replay cannot do ip " + String.join(" ", arguments));
        }
        routes.policy(rules, ofTables);
    }

    /** After all of its family whose priority is not greater (fib_nl_newrule). */
    private void add(RoutingRule rule) {
        int at = rules.size();
        while (at > 0 && (rules.get(at - 1).v4() != rule.v4() || rules.get(at - 1).priority() > rule.priority())) {
            at--;
        }
        rules.add(at, rule);
    }

    private void delete(RoutingRule rule, boolean ofPriority) {
        for (RoutingRule known : rules) {
            if (known.v4() == rule.v4() && known.mark() == rule.mark() && known.mask() == rule.mask()
                    && known.table() == rule.table() && (!ofPriority || known.priority() == rule.priority())) {
                rules.remove(known);
                return;
            }
        }
    }

    private RoutingRule rule(List<String> words, boolean v4) {
        if (!words.get(2).equals("fwmark")) {
            throw new IllegalArgumentException("a replay knows only rules of a fwmark: ip " + String.join(" ", words));
        }
        String[] mark = words.get(3).split("/", 2);
        String priority = after(words, "pref");
        return new RoutingRule(v4, priority == null ? nextPriority(v4) : Long.parseLong(priority),
                Long.decode(mark[0]).intValue(), mark.length == 1 ? -1 : Long.decode(mark[1]).intValue(),
                table(words, "lookup"));
    }

    /** One less than the second rule's (fib_default_rule_pref). */
    private long nextPriority(boolean v4) {
        return rules.stream().filter(rule -> rule.v4() == v4).skip(1).mapToLong(RoutingRule::priority).findFirst()
                .orElse(1) - 1;
    }

    private Route route(List<String> words, boolean v4) {
        int table = table(words, "table");
        Route.Type type = switch (words.get(2)) {
            case "local" -> Route.Type.LOCAL;
            case "throw" -> Route.Type.THROW;
            default -> Route.Type.UNICAST;
        };
        if (type != Route.Type.UNICAST) {
            IpPrefix prefix = prefix(words.get(3), v4);
            return new Route(table, type, prefix.address(), prefix.length(), 0, 0, null, List.of());
        }
        IpPrefix prefix = prefix(words.get(2), v4);
        Route.Hop hop = new Route.Hop(IpAddress.parse(required(words, "via")), link(required(words, "dev")), 1);
        return new Route(table, type, prefix.address(), prefix.length(), 0, 0, null, List.of(hop));
    }

    private int link(String name) {
        List<String> names = topology.links().stream().map(Topology.Link::name).toList();
        return Topology.interfaceIndex(names.indexOf(name));
    }

    private static IpPrefix prefix(String text, boolean v4) {
        if (text.equals("default")) {
            return v4 ? IpPrefix.ALL_V4 : IpPrefix.ALL_V6;
        }
        String[] parts = text.split("/", 2);
        IpAddress address = IpAddress.parse(parts[0]);
        return parts.length == 1 ? IpPrefix.host(address) : new IpPrefix(address, Integer.parseInt(parts[1]));
    }

    private static int table(List<String> words, String name) {
        return Integer.parseInt(required(words, name));
    }

    private static String required(List<String> words, String name) {
        return Objects.requireNonNull(after(words, name), () -> "no " + name + " in ip " + String.join(" ", words));
    }

    private static @Nullable String after(List<String> words, String name) {
        int at = words.indexOf(name);
        return at < 0 || at + 1 >= words.size() ? null : words.get(at + 1);
    }
}
