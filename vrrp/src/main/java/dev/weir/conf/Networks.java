package dev.weir.conf;

import dev.weir.conf.Network.Fixed;
import dev.weir.conf.Network.Ipvlan;
import dev.weir.conf.Network.LinkDelay;
import dev.weir.conf.Network.Needed;
import dev.weir.conf.Network.Pace;
import dev.weir.conf.Network.Possession;
import dev.weir.conf.Network.Route;
import dev.weir.conf.Network.Rule;
import dev.weir.conf.Network.VirtualInterface;
import dev.weir.conf.Network.Vmac;
import dev.weir.conf.text.Position;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes records of what a configuration does with interfaces, routes and rules. */
final class Networks {
    private static final int V4_BITS = 32;
    private static final int V6_BITS = 128;

    private Networks() {
    }

    static Network of(Settings block, Settings global) {
        List<String> extra = Stream.of(block.words("garp_extra_if"), block.words("vmac_garp_intvl"),
                global.words("vrrp_garp_extra_if"), global.words("vrrp_vmac_garp_intvl"))
                .filter(words -> !words.isEmpty()).findFirst().orElse(List.of());
        return new Network(routes(block, "virtual_routes"), rules(block, "virtual_rules"),
                virtualInterface(block, global), block.has("use_vmac_addr"),
                global.text("vmac_addr_prefix").or(() -> global.text("vmac_prefix")).orElse("vrrp"),
                block.has("promote_secondaries"),
                extra.isEmpty()
                        ? Duration.ZERO
                        : Settings.duration(extra.getLast()).orElse(Duration.ZERO),
                extra.contains("all"), block.number("kernel_rx_buf_size", 0, Integer.MAX_VALUE, 0),
                block.has("interface") ? null : block.text("vrf").orElse(null));
    }

    /** Where addresses go that say it neither themselves nor by their instance. */
    static String defaultInterface(Settings global) {
        return global.text("default_interface").orElse("eth0");
    }

    static Fixed fixed(List<Statement> tree, Settings global) {
        Settings top = new Settings(new Statement(0, List.of(""), "", tree, new Position("", 0)));
        Map<String, Set<String>> groups = new HashMap<>();
        top.blocks("track_group").filter(group -> !group.block().arguments().isEmpty())
                .forEach(group -> groups.put(group.block().argument(0), Set.copyOf(group.names("group"))));
        List<VirtualAddress> addresses = new ArrayList<>();
        List<Route> routes = new ArrayList<>();
        List<Rule> rules = new ArrayList<>();
        List<Needed> needed = new ArrayList<>();
        top.entries("static_ipaddress").forEach(entry -> {
            VirtualAddress address = Instances.address(entry);
            if (address != null) {
                VirtualAddress placed = address.on(defaultInterface(global));
                addresses.add(placed);
                need(placed, entry, groups, needed);
            }
        });
        top.entries("static_routes").forEach(entry -> {
            Route route = new Route(withoutGroup(entry));
            routes.add(route);
            need(route, entry, groups, needed);
        });
        top.entries("static_rules").forEach(entry -> {
            Rule rule = new Rule(withoutGroup(entry));
            rules.add(rule);
            need(rule, entry, groups, needed);
        });
        return new Fixed(addresses, routes, rules, needed);
    }

    private static List<String> withoutGroup(Statement entry) {
        List<String> words = new ArrayList<>(entry.words());
        int at = words.indexOf("track_group");
        if (at >= 0) {
            words.subList(at, Math.min(at + 2, words.size())).clear();
        }
        return words;
    }

    private static void need(Possession possession, Statement entry, Map<String, Set<String>> groups,
            List<Needed> needed) {
        int at = entry.words().indexOf("track_group");
        Set<String> instances = at < 0 ? Set.of() : groups.getOrDefault(entry.argument(at), Set.of());
        if (!instances.isEmpty() && possession.tracked()) {
            needed.add(new Needed(possession, instances));
        }
    }

    /** Of two lines about one interface the later counts; UP is 0 where it is not said, whatever keepalived.conf(5) says. */
    static Map<String, LinkDelay> linkDelays(List<Statement> tree) {
        Map<String, LinkDelay> delays = new LinkedHashMap<>();
        tree.stream().filter(statement -> statement.name().equals("interface_up_down_delays"))
                .flatMap(statement -> statement.body().stream()).filter(entry -> !entry.arguments().isEmpty())
                .forEach(entry -> delays.put(entry.name(), new LinkDelay(
                        Settings.duration(entry.argument(0)).orElse(Duration.ZERO),
                        Settings.duration(entry.argument(1)).orElse(Duration.ZERO))));
        return delays;
    }

    /** The global one is the last. */
    static List<Pace> paces(List<Statement> tree, Settings global) {
        List<Pace> paces = new ArrayList<>();
        Duration garp = global.seconds("vrrp_garp_interval", Duration.ZERO);
        Duration neighbour = global.seconds("vrrp_gna_interval", Duration.ZERO);
        tree.stream().filter(statement -> statement.name().equals("garp_group")).map(Settings::new)
                .map(group -> new Pace(
                        Stream.concat(group.text("interface").stream(), group.names("interfaces").stream()).toList(),
                        group.seconds("garp_interval", garp), group.seconds("gna_interval", neighbour)))
                .filter(pace -> !pace.interfaces().isEmpty()).forEach(paces::add);
        paces.add(new Pace(List.of(), garp, neighbour));
        return paces;
    }

    private static List<Route> routes(Settings block, String list) {
        return block.entries(list).map(entry -> new Route(entry.words())).toList();
    }

    private static List<Rule> rules(Settings block, String list) {
        return block.entries(list).map(entry -> new Rule(entry.words())).toList();
    }

    static @Nullable VirtualInterface virtualInterface(Settings block, Settings global) {
        boolean named = block.has("use_vmac");
        String standard = global.text("vmac_prefix").orElse("vrrp") + "."
                + block.number("virtual_router_id", 1, 255, 0);
        if (named) {
            List<String> words = block.words("use_vmac");
            return new Vmac(words.stream().filter(word -> !word.contains(":")).findFirst().orElse(standard),
                    words.stream().filter(word -> word.contains(":")).findFirst().map(Networks::mac).orElse(0L),
                    block.has("vmac_xmit_base"));
        }
        if (!block.has("use_ipvlan")) {
            return null;
        }
        List<String> words = block.words("use_ipvlan");
        String mode = words.stream().filter(List.of("bridge", "private", "vepa")::contains).findFirst()
                .orElse("bridge");
        String literal = words.stream().filter(word -> Instances.ip(word.split("/", 2)[0]) != null).findFirst()
                .orElse("");
        IpAddress address = Instances.ip(literal.split("/", 2)[0]);
        int most = address == null || !address.isV4() ? V6_BITS : V4_BITS;
        int slash = literal.indexOf('/');
        return new Ipvlan(
                words.stream().filter(word -> !word.equals(mode) && !word.equals(literal)).findFirst()
                        .orElse(standard),
                address, slash < 0 ? most : Settings.whole(literal.substring(slash + 1), 0, most).orElse(most), mode);
    }

    /** Five or six bytes; keepalived puts the virtual_router_id behind five. */
    private static long mac(String text) {
        long mac = 0;
        for (String part : text.split(":", -1)) {
            mac = mac << 8 | Integer.parseInt(part, 16);
        }
        return mac;
    }
}
