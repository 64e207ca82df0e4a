package dev.weir.replay;

import dev.weir.route.MarkedDelivery;
import dev.weir.route.StaticRoutes;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code ip rule} and {@code ip route} of a recording make of firewall marks: {@code [-4|-6] rule add|del fwmark
 * MARK[/MASK] lookup T [pref N]} and {@code [-4|-6] route add|del local PREFIX dev lo table T}. Tables hold only local
 * routes, so that the order of rules makes no difference.
 */
final class PolicyRouting {
    private record Rule(boolean v4, int mark, int mask, String table) {
    }

    private record Local(IpPrefix prefix, String table) {
    }

    private final StaticRoutes routes;
    private final List<Rule> rules = new ArrayList<>();
    private final List<Local> locals = new ArrayList<>();

    PolicyRouting(StaticRoutes routes) {
        this.routes = routes;
    }

    /** @throws IllegalArgumentException where a replay cannot do it */
    void ip(List<String> arguments) {
        List<String> words = new ArrayList<>(arguments);
        boolean v4 = !words.remove("-6");
        words.remove("-4");
        switch (String.join(" ", words.subList(0, Math.min(3, words.size())))) {
            case "rule add fwmark" -> rules.add(rule(words, v4));
            case "rule del fwmark" -> rules.remove(rule(words, v4));
            case "route add local" -> locals.add(local(words, v4));
            case "route del local" -> locals.remove(local(words, v4));
            default -> throw new IllegalArgumentException("a replay cannot do ip " + String.join(" ", arguments));
        }
        List<MarkedDelivery> deliveries = new ArrayList<>();
        for (Rule rule : rules) {
            locals.stream().filter(local -> local.table.equals(rule.table) && local.prefix.isV4() == rule.v4)
                    .forEach(local -> deliveries.add(new MarkedDelivery(rule.mark, rule.mask, local.prefix)));
        }
        routes.marked(deliveries);
    }

    private static Rule rule(List<String> words, boolean v4) {
        String[] mark = words.get(3).split("/", 2);
        return new Rule(v4, Long.decode(mark[0]).intValue(), mark.length == 1 ? -1 : Long.decode(mark[1]).intValue(),
                after(words, "lookup"));
    }

    private static Local local(List<String> words, boolean v4) {
        String prefix = words.get(3);
        if (prefix.equals("default")) {
            return new Local(v4 ? IpPrefix.ALL_V4 : IpPrefix.ALL_V6, after(words, "table"));
        }
        int slash = prefix.indexOf('/');
        return new Local(new IpPrefix(IpAddress.parse(prefix.substring(0, slash)),
                Integer.parseInt(prefix.substring(slash + 1))), after(words, "table"));
    }

    private static String after(List<String> words, String name) {
        int at = words.indexOf(name);
        if (at < 0 || at + 1 == words.size()) {
            throw new IllegalArgumentException("no " + name + " in ip " + String.join(" ", words));
        }
        return words.get(at + 1);
    }
}
