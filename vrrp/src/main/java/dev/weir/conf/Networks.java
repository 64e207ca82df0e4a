package dev.weir.conf;

import dev.weir.conf.Network.Fixed;
import dev.weir.conf.Network.Ipvlan;
import dev.weir.conf.Network.Pace;
import dev.weir.conf.Network.Route;
import dev.weir.conf.Network.Rule;
import dev.weir.conf.Network.VirtualInterface;
import dev.weir.conf.Network.Vmac;
import dev.weir.conf.text.Position;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
                extra.contains("all"), block.number("kernel_rx_buf_size", 0, Integer.MAX_VALUE, 0));
    }

    static Fixed fixed(List<Statement> tree) {
        Settings top = new Settings(new Statement(0, List.of(""), "", tree, new Position("", 0)));
        return new Fixed(Instances.addresses(top, "static_ipaddress"), routes(top, "static_routes"),
                rules(top, "static_rules"));
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
