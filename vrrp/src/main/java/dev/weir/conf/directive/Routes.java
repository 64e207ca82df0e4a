package dev.weir.conf.directive;

import dev.weir.conf.text.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Routes and rules in the words of ip(8), as far as keepalived has them. */
final class Routes {
    static final String ROUTE_TEXT = "as 'ip route add' has it, with no_track";
    static final String RULE_TEXT = "as 'ip rule add' has it, with preference N";
    static final String STATIC = " and track_group NAME";

    /** What a value has to be. */
    private enum Kind {
        NUMBER, ADDRESS, DEVICE, TABLE, GROUP, ANY
    }

    private static final Map<String, Kind> ROUTE = Map.ofEntries(Map.entry("via", Kind.ADDRESS),
            Map.entry("gw", Kind.ADDRESS), Map.entry("dev", Kind.DEVICE), Map.entry("oif", Kind.DEVICE),
            Map.entry("src", Kind.ADDRESS), Map.entry("to", Kind.ADDRESS), Map.entry("table", Kind.TABLE),
            Map.entry("metric", Kind.NUMBER), Map.entry("preference", Kind.NUMBER), Map.entry("priority", Kind.NUMBER),
            Map.entry("scope", Kind.ANY), Map.entry("tos", Kind.ANY), Map.entry("dsfield", Kind.ANY),
            Map.entry("protocol", Kind.ANY), Map.entry("mtu", Kind.ANY), Map.entry("advmss", Kind.ANY),
            Map.entry("hoplimit", Kind.ANY), Map.entry("weight", Kind.NUMBER), Map.entry("window", Kind.ANY),
            Map.entry("rtt", Kind.ANY), Map.entry("rttvar", Kind.ANY), Map.entry("cwnd", Kind.ANY),
            Map.entry("initcwnd", Kind.ANY), Map.entry("initrwnd", Kind.ANY), Map.entry("ssthresh", Kind.ANY),
            Map.entry("realms", Kind.ANY), Map.entry("rto_min", Kind.ANY), Map.entry("reordering", Kind.ANY),
            Map.entry("features", Kind.ANY), Map.entry("quickack", Kind.ANY), Map.entry("congctl", Kind.ANY),
            Map.entry("pref", Kind.ANY), Map.entry("expires", Kind.ANY), Map.entry("lock", Kind.ANY),
            Map.entry("fastopen_no_cookie", Kind.ANY), Map.entry("as", Kind.ANY), Map.entry("encap", Kind.ANY),
            Map.entry("ttl-propagate", Kind.ANY), Map.entry("track_group", Kind.GROUP));
    private static final Set<String> ROUTE_FLAGS = Set.of("unicast", "local", "broadcast", "multicast", "throw",
            "unreachable", "prohibit", "blackhole", "nat", "onlink", "no_track", "nexthop", "or", "inet", "inet6");
    private static final Set<String> DEVICELESS = Set.of("blackhole", "unreachable", "prohibit", "throw");
    private static final Map<String, Kind> RULE = Map.ofEntries(Map.entry("from", Kind.ADDRESS),
            Map.entry("to", Kind.ADDRESS), Map.entry("table", Kind.TABLE), Map.entry("lookup", Kind.TABLE),
            Map.entry("preference", Kind.NUMBER), Map.entry("order", Kind.NUMBER), Map.entry("priority", Kind.NUMBER),
            Map.entry("dev", Kind.DEVICE), Map.entry("iif", Kind.DEVICE), Map.entry("oif", Kind.DEVICE),
            Map.entry("tos", Kind.ANY), Map.entry("dsfield", Kind.ANY), Map.entry("fwmark", Kind.ANY),
            Map.entry("realms", Kind.ANY), Map.entry("goto", Kind.NUMBER), Map.entry("uidrange", Kind.ANY),
            Map.entry("suppress_prefixlength", Kind.NUMBER), Map.entry("suppress_ifgroup", Kind.ANY),
            Map.entry("tun_id", Kind.NUMBER), Map.entry("ipproto", Kind.ANY), Map.entry("sport", Kind.ANY),
            Map.entry("dport", Kind.ANY), Map.entry("protocol", Kind.ANY), Map.entry("track_group", Kind.GROUP));
    private static final Set<String> RULE_FLAGS = Set.of("not", "prohibit", "blackhole", "unreachable", "unicast",
            "l3mdev", "nop", "no_track", "inet", "inet6", "throw");
    private static final List<String> TABLES = List.of("main", "local", "default");

    private Routes() {
    }

    static void route(Statement entry, @Nullable Statement owner, Checker checker) {
        if (!walk(entry, owner, ROUTE, ROUTE_FLAGS, "route", checker)) {
            return;
        }
        List<String> words = entry.words();
        if (words.contains("or")) {
            checker.wrong(entry, "'or' is deprecated: write nexthop");
        }
        if (words.contains("gw")) {
            checker.wrong(entry, "'gw' is deprecated: write via");
        }
        boolean hasDevice = deviceBeforeNexthop(words);
        group(entry, hasDevice, "dev", checker);
        if (!hasDevice && !words.contains("no_track")) {
            checker.wrong(entry, "a route without an interface cannot be watched: name one with dev, or say no_track"
                    + (words.stream().anyMatch(DEVICELESS::contains) ? " (it has none)" : ""));
        }
    }

    private static boolean deviceBeforeNexthop(List<String> words) {
        for (String word : words) {
            if (word.equals("nexthop") || word.equals("or")) {
                return false;
            }
            if (word.equals("dev") || word.equals("oif")) {
                return true;
            }
        }
        return false;
    }

    /** Instances follow the interface of what they need; and what has no_track comes back by nobody. */
    private static void group(Statement entry, boolean hasDevice, String device, Checker checker) {
        if (!entry.words().contains("track_group")) {
            return;
        }
        if (!hasDevice) {
            checker.wrong(entry, "track_group needs an interface, named by " + device);
        } else if (entry.words().contains("no_track")) {
            checker.problems().warning(entry.at(), "track_group does nothing beside no_track", "leave one out");
        }
    }

    static void rule(Statement entry, @Nullable Statement owner, Checker checker) {
        boolean right = walk(entry, owner, RULE, RULE_FLAGS, "rule", checker);
        if (right) {
            group(entry, entry.words().stream().anyMatch(List.of("dev", "iif")::contains), "iif", checker);
        }
        if (right
                && entry.words().stream().noneMatch(List.of("preference", "order", "priority")::contains)) {
            checker.wrong(entry, "a rule without preference is put in no certain order: add preference N");
        }
    }

    private static boolean walk(Statement entry, @Nullable Statement owner, Map<String, Kind> valued, Set<String> flags,
            String what, Checker checker) {
        List<String> words = entry.words();
        boolean right = true;
        boolean destination = what.equals("rule");
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            Kind kind = valued.get(word);
            String wrong = null;
            if (kind != null) {
                if (i + 1 == words.size()) {
                    Rules.fatal(entry, word + " needs a value", checker);
                    return false;
                }
                i++;
                if (kind == Kind.ANY && words.get(i).equals("lock") && i + 1 < words.size()) {
                    i++;
                }
                if (kind == Kind.ADDRESS && List.of("inet", "inet6").contains(words.get(i)) && i + 1 < words.size()) {
                    i++;
                }
                wrong = kind == Kind.GROUP && (owner == null || !owner.name().startsWith("static_"))
                        ? "track_group is for static routes and rules"
                        : value(entry, word, kind, words.get(i), checker);
            } else if (!flags.contains(word)) {
                if (!destination && isDestination(word)) {
                    destination = true;
                } else {
                    String nearest = Nearest.to(word, valued.keySet());
                    wrong = word.startsWith("//")
                            ? Arguments.comment(word)
                            : "'" + word + "' is nothing a " + what + " has"
                                    + (nearest == null ? "" : "; did you mean '" + nearest + "'?");
                }
            }
            right &= wrong == null;
            checker.wrong(entry, wrong);
        }
        return right;
    }

    private static boolean isDestination(String word) {
        return word.equals("default") || Arguments.prefixed(word) != null;
    }

    private static @Nullable String value(Statement entry, String option, Kind kind, String value,
            Checker checker) {
        return switch (kind) {
            case NUMBER -> Arguments.outside(value, 0, Arguments.MAX_UNSIGNED);
            case ADDRESS -> isDestination(value) || value.equals("all") || value.equals("any")
                    ? null
                    : "'" + value + "' is no IP address for " + option;
            case DEVICE -> {
                checker.mustExist(value, entry.at());
                yield null;
            }
            case TABLE -> TABLES.contains(value) || Arguments.outside(value, 0, Arguments.MAX_UNSIGNED) == null
                    ? null
                    : "there is no routing table '" + value + "'";
            case GROUP -> checker.isDefined(Set.of("track_group"), value)
                    ? null
                    : "there is no track_group '" + value + "'";
            case ANY -> null;
        };
    }
}
