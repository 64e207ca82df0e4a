package dev.weir.conf.directive;

import static dev.weir.conf.directive.Arguments.custom;
import static dev.weir.conf.directive.Arguments.oneOf;
import static dev.weir.conf.directive.Arguments.word;

import dev.weir.conf.AddressRange;
import dev.weir.conf.VirtualServer.FullNat;
import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Statement;
import dev.weir.conf.text.Surroundings.Host;
import dev.weir.wire.IpAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** FULLNAT, as DPVS's keepalived writes it; keepalived itself knows none of it. */
final class FullNatDirectives {
    private static final Effect DPVS = new Effect(Effect.Kind.OWN, "as DPVS writes it");
    private static final List<String> ADDRESSES = List.of("virtual_ipaddress", "virtual_ipaddress_excluded",
            "static_ipaddress");

    private final List<Statement> tree;
    private final Host host;
    private final Problems problems;

    private FullNatDirectives(List<Statement> tree, Host host, Problems problems) {
        this.tree = tree;
        this.host = host;
        this.problems = problems;
    }

    static void top(Table.In top) {
        top.add("local_address_group", word("NAME", "G"), new Directive.Entries("ADDRESS|RANGE [INTERFACE]",
                FullNatDirectives::localAddress, true, false), DPVS, "");
    }

    static void virtual(Table.In server) {
        server.put("laddr_group_name", word("NAME").examples(List.of(), List.of("", "none")).lenient(), DPVS,
                "the local addresses of all services (`ipvsadm --add-laddr` without a service)")
                .put("proxy_protocol", custom("v1|v2|disable", 1, 1, FullNatDirectives::proxyProtocol,
                        List.of("v1", "v2", "disable"), List.of("", "v3", "v2-insecure")), DPVS, "disable")
                .put("client_address", oneOf(FullNat.CLIENT_ADDRESSES.toArray(new String[0])), Effect.OWN,
                        FullNat.STANDARD);
    }

    private static @Nullable String proxyProtocol(Statement statement, Checker checker) {
        String version = statement.argument(0);
        return List.of("v1-insecure", "v2-insecure").contains(version)
                ? "a PROXY header that a client sends is never believed; write " + version.substring(0, 2)
                : Arguments.notOf(version, List.of("v1", "v2", "disable"));
    }

    /** The interface behind an address is DPVS's need: Weir's addresses are the host's. */
    private static void localAddress(Statement entry, @Nullable Statement owner, Checker checker) {
        String[] ends = entry.name().split("-", 2);
        IpAddress first = Arguments.ip(ends[0]);
        boolean range = ends.length == 1
                || first != null && ends[1].matches(first.isV4() ? "[0-9]{1,3}" : "[0-9a-f]{1,4}")
                        && (!first.isV4() || Integer.parseInt(ends[1]) < 256);
        if (first == null || !range || AddressRange.of(entry.name()).isEmpty()) {
            checker.wrong(entry, "'" + entry.name() + "' is no IP address, and no range such as 10.1.0.1-20");
        } else if (!first.isUnicast()) {
            checker.wrong(entry, first + " is no unicast address, so no server can answer to it");
        }
    }

    /** What fits together, and with the host. */
    static void check(List<Statement> tree, Host host, Problems problems) {
        FullNatDirectives rules = new FullNatDirectives(tree, host, problems);
        rules.groups();
        tree.stream().filter(statement -> statement.name().equals("virtual_server") && !statement.arguments().isEmpty())
                .forEach(rules::server);
    }

    private Stream<Statement> groupsNamed(@Nullable String name) {
        return tree.stream().filter(statement -> statement.name().equals("local_address_group")
                && (name == null || statement.argument(0).equals(name)));
    }

    private static Stream<IpAddress> addresses(Stream<Statement> groups) {
        return groups.flatMap(group -> group.body().stream())
                .flatMap(entry -> AddressRange.of(entry.name()).stream());
    }

    private void groups() {
        Set<IpAddress> virtual = tree.stream().flatMap(statement -> switch (statement.name()) {
            case "virtual_server" -> Stream.of(statement.argument(0));
            case "virtual_server_group" -> statement.body().stream().map(Statement::name);
            default -> Stream.<String>empty();
        }).flatMap(text -> AddressRange.of(text).stream()).collect(Collectors.toSet());
        Set<IpAddress> added = Stream.concat(tree.stream(), tree.stream().flatMap(block -> block.body().stream()))
                .filter(list -> ADDRESSES.contains(list.name())).flatMap(list -> list.body().stream())
                .map(entry -> Arguments.prefixed(entry.name())).filter(Objects::nonNull).map(Objects::requireNonNull)
                .collect(Collectors.toSet());
        groupsNamed(null).forEach(group -> {
            Set<IpAddress> seen = new HashSet<>();
            group.body().forEach(entry -> AddressRange.of(entry.name()).forEach(address -> {
                if (!seen.add(address)) {
                    problems.mistake(entry.at(), address + " is there twice in one local_address_group");
                } else if (virtual.contains(address)) {
                    problems.mistake(entry.at(), address + " is the address of a virtual_server, which no local "
                            + "address can be");
                } else if (!added.contains(address) && !host.hasAddress(address)) {
                    problems.warning(entry.at(), "this host does not have " + address + " now",
                            "the servers' answers come here once it has; where a pair of directors shares it, it "
                                    + "stands in virtual_ipaddress");
                }
            }));
        });
    }

    private void server(Statement whole) {
        String name = "virtual_server " + String.join(" ", whole.arguments());
        Statement server = whole.without("real_server");
        Statement group = server.last("laddr_group_name");
        List<Statement> reals = whole.all("real_server").filter(real -> isFullNat(real, server)).toList();
        if (group != null && !group.argument(0).isEmpty()) {
            local(group, reals, name);
        } else if (!reals.isEmpty()) {
            problems.warning(server.at(), name + " has lb_kind FNAT and no laddr_group_name",
                    "it has the local addresses of all services, which ipvsadm --add-laddr -z ADDRESS adds");
        }
        Statement proxy = server.last("proxy_protocol");
        Statement client = server.last("client_address");
        if (proxy != null && client != null) {
            problems.warning(client.at(), name + " has both proxy_protocol and client_address", "the last counts");
        }
        Statement protocol = server.last("protocol");
        if (protocol != null && !protocol.argument(0).equalsIgnoreCase("TCP")
                && (tellsByProxy(proxy, "v") || tellsByProxy(client, "proxy-v"))) {
            problems.mistake(protocol.at(), "the PROXY protocol is only for virtual servers of TCP");
        }
    }

    private static boolean tellsByProxy(@Nullable Statement statement, String version) {
        return statement != null && statement.argument(0).startsWith(version);
    }

    private static boolean isFullNat(Statement real, Statement server) {
        Statement own = real.last("lvs_method");
        Statement method = own != null ? own : ServerRules.last(server, "lb_kind", "lvs_method");
        return method != null && method.argument(0).equals("FNAT");
    }

    private void local(Statement group, List<Statement> reals, String name) {
        String wanted = group.argument(0);
        if (groupsNamed(wanted).findAny().isEmpty()) {
            List<String> known = groupsNamed(null).map(one -> one.argument(0)).toList();
            String nearest = Nearest.to(wanted, known);
            problems.mistake(group.at(), name + ": there is no local_address_group '" + wanted + "'",
                    nearest != null
                            ? "did you mean '" + nearest + "'?"
                            : known.isEmpty() ? "none is defined" : "defined are " + String.join(", ", known));
            return;
        }
        if (reals.isEmpty()) {
            problems.warning(group.at(), name + " has no server under FNAT", "only those have local addresses");
        }
        for (Statement real : reals) {
            IpAddress address = Arguments.ip(real.argument(0));
            if (address != null
                    && addresses(groupsNamed(wanted)).noneMatch(local -> local.isV4() == address.isV4())) {
                problems.mistake(real.at(), "local_address_group " + wanted + " has no address of the family of "
                        + "real_server " + address);
            }
        }
    }
}
