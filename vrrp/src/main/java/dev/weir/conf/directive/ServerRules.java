package dev.weir.conf.directive;

import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What fits together in virtual servers. Directives by themselves are right already. */
final class ServerRules {
    /** Which scheduler a flag is for. */
    private static final Map<String, String> FLAGS = Map.of("sh-port", "sh", "sh-fallback", "sh", "hashed", "sh",
            "mh-port", "mh", "mh-fallback", "mh");

    private final List<Statement> tree;
    private final Problems problems;

    ServerRules(List<Statement> tree, Checker checker) {
        this.tree = tree;
        this.problems = checker.problems();
    }

    void check() {
        Set<String> groups = new HashSet<>();
        tree.stream().filter(statement -> statement.name().equals("virtual_server_group"))
                .forEach(group -> groups.add(group.argument(0)));
        tree.stream().filter(statement -> statement.name().equals("virtual_server"))
                .filter(server -> !server.arguments().isEmpty()).forEach(server -> server(server, groups));
    }

    private void server(Statement whole, Set<String> groups) {
        String name = "virtual_server " + String.join(" ", whole.arguments());
        List<Statement> reals = whole.all("real_server").filter(real -> !real.arguments().isEmpty()).toList();
        Statement server = whole.without("real_server");
        reals.forEach(real -> real.body().forEach(check -> check(check, real)));
        flags(server);
        if (reals.isEmpty()) {
            problems.mistake(server.at(), name + " has no real_server");
            return;
        }
        if (server.argument(0).equals("group") && !groups.contains(server.argument(1))) {
            problems.warning(server.at(), name + ": no such virtual_server_group is defined",
                    "keepalived passes over it");
            return;
        }
        boolean mark = server.argument(0).equals("fwmark") && !server.argument(1).equals("0")
                || server.argument(0).equals("group") && isOfMarks(server.argument(1));
        if (server.last("lb_algo") == null && server.last("lvs_sched") == null) {
            problems.mistake(server.at(), name + " has no lb_algo", "wlc holds then");
        }
        if (server.last("lb_kind") == null && server.last("lvs_method") == null) {
            problems.mistake(server.at(), name + " has no lb_kind", "NAT holds then");
        }
        protocol(server, name, mark);
        families(server, reals);
        ports(server, name, reals, mark);
        quorum(server, name, reals);
    }

    private boolean isOfMarks(String group) {
        List<Statement> members = tree.stream()
                .filter(statement -> statement.name().equals("virtual_server_group")
                        && statement.argument(0).equals(group))
                .flatMap(statement -> statement.body().stream()).toList();
        return !members.isEmpty() && members.stream().allMatch(member -> member.name().equals("fwmark"));
    }

    private void protocol(Statement server, String name, boolean mark) {
        Statement protocol = server.last("protocol");
        if (mark && protocol != null) {
            problems.mistake(protocol.at(), name + ": a firewall mark has no protocol", "leave it out");
        } else if (!mark && protocol == null) {
            problems.mistake(server.at(), name + " has no protocol", "UDP holds then, which is seldom meant");
        }
        Statement once = server.last("ops");
        if (once != null && (protocol == null || !protocol.argument(0).toUpperCase(Locale.ROOT).equals("UDP"))) {
            problems.mistake(once.at(), "ops is for UDP only");
        }
    }

    private void flags(Statement server) {
        FLAGS.forEach((flag, scheduler) -> server.all(flag).forEach(statement -> {
            Statement algorithm = last(server, "lb_algo", "lvs_sched");
            if (algorithm == null || !algorithm.argument(0).equals(scheduler)) {
                problems.mistake(statement.at(), flag + " is for lb_algo " + scheduler);
            }
        }));
        boolean sorry = false;
        for (Statement statement : server.body()) {
            sorry |= statement.name().equals("sorry_server");
            if (statement.name().startsWith("sorry_server_") && !sorry) {
                problems.mistake(statement.at(), statement.name() + " before sorry_server");
            }
        }
    }

    static @Nullable Statement last(Statement block, String one, String other) {
        return block.body().stream().filter(statement -> statement.name().equals(one) || statement.name().equals(other))
                .reduce((earlier, later) -> later).orElse(null);
    }

    private static boolean joinsFamilies(Statement server, @Nullable Statement own) {
        Statement method = own != null ? own : last(server, "lb_kind", "lvs_method");
        return method != null && Set.of("TUN", "FNAT").contains(method.argument(0));
    }

    private void families(Statement server, List<Statement> reals) {
        IpAddress address = Arguments.ip(server.argument(0));
        if (address == null) {
            return;
        }
        for (Statement real : reals) {
            differs(address, real, joinsFamilies(server, real.last("lvs_method")));
        }
        server.all("sorry_server").forEach(
                sorry -> differs(address, sorry, joinsFamilies(server, server.last("sorry_server_lvs_method"))));
        Statement family = server.last("ip_family");
        if (family != null && family.argument(0).equals("inet6") == address.isV4()) {
            problems.mistake(family.at(), "ip_family is not that of the address");
        }
    }

    private void differs(IpAddress address, Statement real, boolean joins) {
        IpAddress other = Arguments.ip(real.argument(0));
        if (other != null && other.isV4() != address.isV4() && !joins) {
            problems.mistake(real.at(), real.name() + " " + real.argument(0)
                    + " is of another family than the virtual server",
                    "only tunnels (lvs_method TUN) and FNAT join both");
        }
    }

    private void ports(Statement server, String name, List<Statement> reals, boolean mark) {
        boolean address = Arguments.ip(server.argument(0)) != null;
        boolean zero = address && (server.argument(1).isEmpty() || server.argument(1).equals("0"));
        if (zero && !server.has("persistence_timeout")) {
            problems.mistake(server.at(), name + " has no port", "only with persistence_timeout it may have none");
        }
        Set<String> seen = new HashSet<>();
        for (Statement real : reals) {
            if (!seen.add(real.argument(0) + " " + real.argument(1))) {
                problems.mistake(real.at(), "real_server " + real.argument(0) + " " + real.argument(1)
                        + " is there twice in one virtual_server");
            }
            Statement method = real.last("lvs_method");
            Statement effective = method != null ? method : last(server, "lb_kind", "lvs_method");
            boolean keepsPort = effective != null && !Set.of("NAT", "FNAT").contains(effective.argument(0));
            String port = real.argument(1);
            if (address && keepsPort && !port.isEmpty() && !port.equals("0") && !port.equals(server.argument(1))) {
                problems.mistake(real.at(), "real_server " + real.argument(0) + " has port " + port
                        + ", and the virtual server another", "only NAT and FNAT change ports");
            } else if (mark && keepsPort && !port.isEmpty() && !port.equals("0")) {
                problems.mistake(real.at(), "real_server " + real.argument(0)
                        + " has a port under a firewall mark, where only NAT and FNAT change ports");
            }
        }
    }

    private void quorum(Statement server, String name, List<Statement> reals) {
        long standard = number(server, "weight", 1);
        long total = reals.stream().mapToLong(real -> number(real, "weight", standard)).sum();
        long quorum = number(server, "quorum", 1);
        long hysteresis = number(server, "hysteresis", 0);
        if (quorum > total) {
            problems.mistake(server.at(), name + ": quorum " + quorum + " is more than all weights, " + total);
            quorum = total;
        }
        if (hysteresis >= Math.max(quorum, 1)) {
            problems.mistake(server.at(), name + ": hysteresis has to be less than quorum");
        }
    }

    private static long number(Statement block, String name, long standard) {
        Statement statement = block.last(name);
        return statement == null || Arguments.outside(statement.argument(0), 0, Arguments.MAX_UNSIGNED) != null
                ? standard
                : Long.parseLong(statement.argument(0));
    }

    private void check(Statement check, Statement real) {
        switch (check.name()) {
            case "HTTP_GET", "SSL_GET" -> {
                if (check.all("url").noneMatch(url -> url.has("path"))) {
                    problems.mistake(check.at(), check.name() + " has no url with a path");
                }
                check.all("url").filter(url -> !url.has("path"))
                        .forEach(url -> problems.mistake(url.at(), "url has no path"));
            }
            case "MISC_CHECK" -> need(check, "misc_path");
            case "BFD_CHECK" -> need(check, "name");
            case "FILE_CHECK" -> need(check, "track_file");
            case "UDP_CHECK" -> {
                if (number(check, "min_reply_length", 0) > number(check, "max_reply_length", 255)) {
                    problems.mistake(check.at(), "min_reply_length is more than max_reply_length");
                }
            }
            default -> {
            }
        }
        if (!check.name().equals("SMTP_CHECK")) {
            binding(check, real);
        }
    }

    private void binding(Statement check, Statement real) {
        Statement bind = check.last("bindto");
        Statement connect = check.last("connect_ip");
        IpAddress one = bind == null ? null : Arguments.ip(bind.argument(0));
        IpAddress other = Arguments.ip((connect == null ? real : connect).argument(0));
        if (bind != null && one != null && other != null && one.isV4() != other.isV4()) {
            problems.mistake(bind.at(), "bindto is of another family than what is connected to");
        }
    }

    private void need(Statement check, String name) {
        if (!check.has(name)) {
            problems.mistake(check.at(), check.name() + " has no " + name);
        }
    }
}
