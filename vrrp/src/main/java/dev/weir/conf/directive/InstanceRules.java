package dev.weir.conf.directive;

import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Statement;
import dev.weir.conf.text.Words;
import dev.weir.wire.IpAddress;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** What fits together in VRRP: instances, groups, and what they watch. Directives by themselves are right already. */
final class InstanceRules {
    /** Twelve bits of centiseconds (RFC 9568, 5.2.7). */
    private static final BigDecimal LONGEST_V3_INTERVAL = new BigDecimal("40.96");
    private static final List<String> UNICAST = List.of("unicast_peer", "unicast_src_ip", "unicast_ttl",
            "check_unicast_src", "old_unicast_checksum");

    private final List<Statement> tree;
    private final Checker checker;
    private final Problems problems;
    private final Map<String, String> routers = new HashMap<>();

    InstanceRules(List<Statement> tree, Checker checker) {
        this.tree = tree;
        this.checker = checker;
        this.problems = checker.problems();
    }

    void check() {
        Set<String> names = new HashSet<>();
        top("vrrp_instance").filter(instance -> instance.arguments().size() == 1)
                .filter(instance -> names.add(instance.argument(0))).forEach(this::instance);
        top("vrrp_sync_group").filter(group -> group.arguments().size() == 1).forEach(group -> group(group, names));
        top("vrrp_script").forEach(this::script);
        top("vrrp_track_process").forEach(process -> need(process, "process"));
        Stream.concat(top("track_file"), top("vrrp_track_file")).forEach(file -> need(file, "file"));
        top("garp_group").filter(group -> !group.has("garp_interval") && !group.has("gna_interval"))
                .forEach(
                        group -> problems.mistake(group.at(), "garp_group has neither garp_interval nor gna_interval"));
    }

    private Stream<Statement> top(String name) {
        return tree.stream().filter(statement -> statement.name().equals(name));
    }

    private boolean global(String name) {
        return top("global_defs").anyMatch(block -> block.has(name));
    }

    private void need(Statement block, String name) {
        if (!block.has(name)) {
            problems.mistake(block.at(), block.name() + " '" + block.argument(0) + "' has no " + name);
        }
    }

    private void instance(Statement instance) {
        String name = "vrrp_instance " + instance.argument(0);
        if (!instance.has("virtual_router_id")) {
            problems.mistake(instance.at(), name + " has no virtual_router_id",
                    "it is 1 to 255, the same on all nodes");
        }
        List<IpAddress> addresses = entries(instance, "virtual_ipaddress").map(Statement::name)
                .map(Arguments::prefixed)
                .filter(Objects::nonNull).map(Objects::requireNonNull).toList();
        boolean any = !addresses.isEmpty() || entries(instance, "virtual_ipaddress_excluded").findAny().isPresent();
        if (!any) {
            problems.mistake(instance.at(), name + " has no virtual_ipaddress", "give it at least one");
        }
        boolean six = isSix(instance, addresses);
        family(instance, addresses, six);
        device(instance, name);
        modes(instance, name, six ? 3 : version(instance));
        peers(instance, name);
        vmac(instance, name, six);
        states(instance);
        sameRouter(instance, name, six);
        SplitBrainDirectives.check(instance, problems);
    }

    private Stream<Statement> entries(Statement block, String list) {
        return block.all(list).flatMap(statement -> statement.body().stream());
    }

    private static boolean isSix(Statement instance, List<IpAddress> addresses) {
        for (String source : List.of("mcast_src_ip", "unicast_src_ip")) {
            Statement statement = instance.last(source);
            IpAddress address = statement == null ? null : Arguments.ip(statement.argument(0));
            if (addresses.isEmpty() && address != null) {
                return !address.isV4();
            }
        }
        return addresses.isEmpty() ? instance.has("native_ipv6") : !addresses.getFirst().isV4();
    }

    private void family(Statement instance, List<IpAddress> addresses, boolean six) {
        if (addresses.stream().anyMatch(address -> address.isV4() == six)) {
            problems.mistake(instance.at(), "virtual_ipaddress of " + instance.argument(0) + " mixes IPv4 and IPv6",
                    "put those of the other family into virtual_ipaddress_excluded");
        }
        for (String option : List.of("mcast_src_ip", "unicast_src_ip", "mcast_dst_ip")) {
            instance.all(option).filter(statement -> differs(statement.argument(0), six))
                    .forEach(statement -> problems.mistake(statement.at(), option + " and the virtual addresses are of "
                            + "different families"));
        }
        entries(instance, "unicast_peer").filter(peer -> differs(peer.name(), six))
                .forEach(
                        peer -> problems.mistake(peer.at(), "peer " + peer.name() + " and the virtual addresses are of "
                                + "different families"));
        Statement native6 = instance.last("native_ipv6");
        if (native6 != null && !six) {
            problems.mistake(native6.at(), "native_ipv6 with IPv4 addresses");
        }
    }

    private static boolean differs(String text, boolean six) {
        IpAddress address = Arguments.ip(text);
        return address != null && address.isV4() == six;
    }

    private int version(Statement instance) {
        Statement own = instance.last("version");
        Statement global = top("global_defs").flatMap(block -> block.all("vrrp_version"))
                .reduce((earlier, later) -> later).orElse(null);
        Statement statement = own != null ? own : global;
        return statement != null && statement.argument(0).equals("3") ? 3 : 2;
    }

    private void device(Statement instance, String name) {
        Statement device = instance.last("interface");
        Statement vrf = instance.last("vrf");
        if (device != null && vrf != null) {
            problems.mistake(vrf.at(), name + " has an interface and a vrf", "leave one out");
        }
        if (device == null) {
            problems.mistake(instance.at(), name + " has no interface", hasPeers(instance)
                    ? "keepalived 2.2.7 does not start without one, though keepalived.conf(5) says that unicast_peer needs"
                            + " none; Weir starts"
                    : "give it one");
        }
        if (device == null || !checker.host().hasInterface(device.argument(0))) {
            return;
        }
        if (checker.host().isLoopback(device.argument(0))) {
            problems.mistake(device.at(), "VRRP cannot run over the loopback interface");
        } else if (!checker.host().hasMulticast(device.argument(0)) && !hasPeers(instance)) {
            problems.mistake(device.at(), "interface " + device.argument(0) + " has no multicast", "add unicast_peer");
        }
    }

    private boolean hasPeers(Statement instance) {
        return entries(instance, "unicast_peer").anyMatch(peer -> Arguments.ip(peer.name()) != null);
    }

    private void modes(Statement instance, String name, int version) {
        boolean strict = isOn(instance, "strict_mode", global("vrrp_strict"));
        boolean master = isMaster(instance);
        boolean owner = isOwner(instance);
        interval(instance, version);
        authentication(instance, version, strict, master);
        Statement nopreempt = instance.last("nopreempt");
        if (nopreempt != null && master && !owner) {
            problems.mistake(nopreempt.at(), "nopreempt does nothing with state MASTER",
                    "write state BACKUP on all nodes");
        }
        Statement delay = instance.last("preempt_delay");
        if (delay != null && !delay.argument(0).matches("0*\\.?0*")) {
            delayed(delay, strict, master && !owner, nopreempt != null);
        }
        if (strict && master != owner && master) {
            problems.mistake(instance.at(), name + " is MASTER without priority 255, which strict_mode wants");
        }
        Statement accept = instance.lastOf("accept", "no_accept");
        if (strict && version == 2 && accept != null && accept.name().equals("accept")) {
            problems.mistake(accept.at(), "accept does not go with strict_mode and VRRP version 2");
        }
    }

    private void delayed(Statement delay, boolean strict, boolean master, boolean nopreempt) {
        if (strict) {
            problems.mistake(delay.at(), "preempt_delay does not go with strict_mode");
        }
        if (master) {
            problems.mistake(delay.at(), "preempt_delay does nothing with state MASTER", "write state BACKUP");
        }
        if (nopreempt) {
            problems.mistake(delay.at(), "preempt_delay does not go with nopreempt");
        }
    }

    private static boolean isOn(Statement block, String name, boolean standard) {
        Statement statement = block.last(name);
        return statement == null ? standard : !List.of("off", "false", "no").contains(statement.argument(0));
    }

    private static boolean isMaster(Statement instance) {
        return instance.all("state").anyMatch(state -> state.argument(0).equals("MASTER"));
    }

    private static boolean isOwner(Statement instance) {
        Statement priority = instance.last("priority");
        return priority != null && priority.argument(0).equals("255");
    }

    private void interval(Statement instance, int version) {
        Statement interval = instance.last("advert_int");
        if (interval == null || Arguments.outside(interval.argument(0), "0.01", "255", 6) != null) {
            return;
        }
        BigDecimal seconds = new BigDecimal(interval.argument(0));
        if (version == 2 && seconds.stripTrailingZeros().scale() > 0) {
            problems.mistake(interval.at(), "VRRP version 2 has whole seconds only", "write version 3 for "
                    + interval.argument(0));
        } else if (version == 3 && seconds.compareTo(LONGEST_V3_INTERVAL) >= 0) {
            problems.mistake(interval.at(), "VRRP version 3 has intervals below 40.96 seconds");
        }
    }

    private void authentication(Statement instance, int version, boolean strict, boolean master) {
        List<Statement> all = entries(instance, "authentication").toList();
        Statement type = all.stream().filter(statement -> statement.name().equals("auth_type"))
                .filter(statement -> Set.of("PASS", "AH").contains(statement.argument(0)))
                .reduce((earlier, later) -> later).orElse(null);
        if (type == null) {
            return;
        }
        if (all.stream().noneMatch(statement -> statement.name().equals("auth_pass"))) {
            problems.mistake(type.at(), "auth_type without auth_pass");
        }
        if (version == 3) {
            problems.mistake(type.at(), "VRRP version 3 has no authentication");
        } else if (strict) {
            problems.mistake(type.at(), "strict_mode has no authentication (RFC 3768 took it away)");
        } else if (type.argument(0).equals("AH") && master) {
            problems.mistake(type.at(), "AH does not go with state MASTER", "write state BACKUP");
        }
    }

    private void peers(Statement instance, String name) {
        Statement unicast = instance.body().stream().filter(statement -> UNICAST.contains(statement.name())).findFirst()
                .orElse(null);
        if (unicast != null && !hasPeers(instance) && !instance.has("unicast_fault_no_peer")) {
            problems.mistake(unicast.at(), name + " has " + unicast.name() + " and no unicast_peer with an address");
        }
    }

    private void vmac(Statement instance, String name, boolean six) {
        boolean vmac = instance.has("use_vmac");
        Statement base = instance.last("vmac_xmit_base");
        if (base != null && !vmac) {
            problems.mistake(base.at(), "vmac_xmit_base without use_vmac");
        }
        Statement use = instance.last("use_vmac");
        if (use != null && base == null && hasPeers(instance)) {
            problems.mistake(use.at(), name + " has use_vmac with unicast peers", "add vmac_xmit_base");
        }
        Statement ipvlan = instance.last("use_ipvlan");
        if (ipvlan != null && !six && ipvlan.arguments().stream().noneMatch(word -> Arguments.ip(word) != null)
                && !instance.has("mcast_src_ip") && !instance.has("unicast_src_ip")) {
            problems.mistake(ipvlan.at(), "use_ipvlan needs a source address");
        }
    }

    private void states(Statement instance) {
        boolean master = false;
        for (Statement state : instance.all("state").toList()) {
            if (master && state.argument(0).equals("BACKUP")) {
                problems.mistake(state.at(), "state BACKUP after state MASTER is not looked at");
            }
            master |= state.argument(0).equals("MASTER");
        }
    }

    private void sameRouter(Statement instance, String name, boolean six) {
        Statement device = instance.last("interface");
        Statement id = instance.last("virtual_router_id");
        if (id == null || hasPeers(instance) || instance.has("mcast_dst_ip")) {
            return;
        }
        String key = (device == null ? "" : device.argument(0)) + " " + id.argument(0) + (six ? " IPv6" : " IPv4");
        String other = routers.putIfAbsent(key, name);
        if (other != null) {
            problems.mistake(id.at(), name + " and " + other + " have one virtual_router_id on one interface");
        }
    }

    private void group(Statement group, Set<String> names) {
        List<String> members = entries(group, "group").flatMap(entry -> entry.words().stream()).toList();
        String title = "vrrp_sync_group " + group.argument(0);
        members.stream().filter(member -> !names.contains(member)).forEach(member -> problems.mistake(group.at(),
                title + " names " + member + ", which is no vrrp_instance"));
        if (members.isEmpty()) {
            problems.mistake(group.at(), title + " has no members", "list them in group { ... }");
        } else if (members.stream().filter(names::contains).distinct().count() < 2) {
            problems.mistake(group.at(), title + " has fewer than two members");
        } else if (members.stream().distinct().count() < members.size()) {
            problems.mistake(group.at(), title + " has a member twice");
        }
    }

    private void script(Statement script) {
        Statement command = script.last("script");
        if (command == null) {
            problems.mistake(script.at(), "vrrp_script '" + script.argument(0) + "' has no script");
            return;
        }
        Statement watcher = Stream.concat(top("vrrp_instance"), top("vrrp_sync_group"))
                .flatMap(block -> entries(block, "track_script"))
                .filter(entry -> entry.name().equals(script.argument(0))).findFirst().orElse(null);
        if (watcher == null) {
            problems.warning(script.at(), "vrrp_script '" + script.argument(0) + "' is watched by nothing",
                    "name it in a track_script block");
            return;
        }
        List<String> words;
        try {
            words = Words.splitEscaped(command.source());
            words = words.size() < 2 ? List.of() : Words.splitEscaped(words.get(1));
        } catch (IllegalArgumentException e) {
            return; // a quote that is not closed is told of already
        }
        if (words.isEmpty() || !Scripts.isThere(words.getFirst(), checker)) {
            problems.mistake(command.at(), "the script of '" + script.argument(0) + "' is not there: "
                    + (words.isEmpty() ? "(nothing)" : words.getFirst()));
        } else {
            Statement user = script.last("user");
            Scripts.run(command, user == null ? null : user.argument(0), checker);
        }
    }
}
