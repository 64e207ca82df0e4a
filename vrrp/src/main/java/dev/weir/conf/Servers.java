package dev.weir.conf;

import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.FullNat;
import dev.weir.conf.VirtualServer.Group;
import dev.weir.conf.VirtualServer.OfMark;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes records of virtual_server blocks. */
final class Servers {
    private static final Set<String> FLAGS = Set.of("flag-1", "flag-2", "flag-3", "sh-port", "sh-fallback", "mh-port",
            "mh-fallback");
    private static final Duration STANDARD_PERSISTENCE = Duration.ofMinutes(6);
    private static final int MAX = Integer.MAX_VALUE;

    private final List<Statement> tree;
    private final Settings global;
    /** How many virtual_servers a group has so far. */
    private final Map<String, Integer> groups = new HashMap<>();

    Servers(List<Statement> tree, Settings global) {
        this.tree = tree;
        this.global = global;
    }

    /** Empty where the service has no address, or no server. */
    Optional<VirtualServer> of(Settings whole) {
        Settings block = new Settings(whole.block().without("real_server"));
        List<Service> services = services(whole);
        List<RealServer> servers = whole.blocks("real_server").map(real -> real(real, block)).filter(Objects::nonNull)
                .map(Objects::requireNonNull).toList();
        if (services.isEmpty() || servers.isEmpty()) {
            return Optional.empty();
        }
        Set<String> flags = block.block().body().stream().map(Statement::name).filter(FLAGS::contains)
                .collect(Collectors.toUnmodifiableSet());
        return Optional.of(new VirtualServer(services,
                block.block().argument(0).equals("group")
                        ? new Group(block.block().argument(1),
                                groups.merge(block.block().argument(1), 1, Integer::sum) - 1)
                        : null,
                last(block, "lb_algo", "lvs_sched", "wlc"), flags, block.has("ops"), persistence(block),
                block.text("persistence_granularity").orElse(null), block.text("persistence_engine").orElse(null),
                block.number("quorum", 1, MAX, 1), block.number("hysteresis", 0, MAX, 0), block.has("omega"),
                block.has("ha_suspend"), alerts(block), Command.of(block.block().first("quorum_up")),
                Command.of(block.block().first("quorum_down")), sorry(block), servers, fullNat(block)));
    }

    private boolean alerts(Settings block) {
        return block.isOn("smtp_alert", global.isOn("smtp_alert_checker", global.isOn("smtp_alert", false)));
    }

    private static String last(Settings block, String one, String other, String standard) {
        return block.block().body().stream()
                .filter(statement -> statement.name().equals(one) || statement.name().equals(other))
                .filter(statement -> !statement.arguments().isEmpty())
                .reduce((earlier, later) -> later).map(statement -> statement.argument(0)).orElse(standard);
    }

    private static List<String> method(Settings block) {
        return block.block().body().stream()
                .filter(statement -> Set.of("lb_kind", "lvs_method").contains(statement.name()))
                .reduce((earlier, later) -> later).map(Statement::arguments).orElse(List.of("NAT"));
    }

    private List<Service> services(Settings block) {
        Statement statement = block.block();
        String protocol = block.text("protocol").orElse("UDP").toUpperCase(Locale.ROOT);
        boolean v4 = block.text("ip_family").map(family -> family.equals("inet"))
                .orElseGet(() -> block.blocks("real_server").map(real -> Instances.ip(real.block().argument(0)))
                        .filter(Objects::nonNull).map(Objects::requireNonNull).map(IpAddress::isV4).findFirst()
                        .orElse(true));
        return switch (statement.argument(0)) {
            case "fwmark" -> mark(statement.argument(1), v4).toList();
            case "group" -> tree.stream()
                    .filter(group -> group.name().equals("virtual_server_group")
                            && group.argument(0).equals(statement.argument(1)))
                    .flatMap(group -> group.body().stream()).flatMap(member -> member(member, protocol, v4)).distinct()
                    .toList();
            default -> {
                IpAddress address = Instances.ip(statement.argument(0));
                yield address == null
                        ? List.of()
                        : List.of(new AtAddress(protocol, address, port(statement.argument(1))));
            }
        };
    }

    private static Stream<Service> mark(String text, boolean v4) {
        return Settings.duration(text).map(mark -> new OfMark(mark.toSeconds(), v4)).stream()
                .map(Service.class::cast);
    }

    private static Stream<Service> member(Statement member, String protocol, boolean v4) {
        List<String> words = member.words();
        if (words.getFirst().equals("fwmark")) {
            return mark(words.size() > 1 ? words.get(1) : "",
                    words.size() > 2 ? words.get(2).equals("inet") : v4);
        }
        int port = words.size() > 1 ? port(words.get(1)) : 0;
        return AddressRange.of(words.getFirst()).stream().map(address -> new AtAddress(protocol, address, port));
    }

    /** DPVS's words, and Weir's for what it has none for; of {@code client_address} and {@code proxy_protocol} the last counts. */
    private FullNat fullNat(Settings block) {
        List<IpAddress> local = tree.stream()
                .filter(group -> group.name().equals("local_address_group")
                        && block.text("laddr_group_name").filter(group.argument(0)::equals).isPresent())
                .flatMap(group -> group.body().stream()).flatMap(entry -> AddressRange.of(entry.name()).stream())
                .distinct().toList();
        String client = block.block().body().stream().flatMap(statement -> switch (statement.name()) {
            case "client_address" -> Stream.of(statement.argument(0));
            case "proxy_protocol" -> Stream.of(statement.argument(0).equals("disable")
                    ? FullNat.STANDARD
                    : "proxy-" + statement.argument(0));
            default -> Stream.empty();
        }).filter(FullNat.CLIENT_ADDRESSES::contains).reduce((earlier, later) -> later).orElse(FullNat.STANDARD);
        return new FullNat(local, client);
    }

    private static int port(String text) {
        return Settings.whole(text, 0, 65535).orElse(0);
    }

    private static Duration persistence(Settings block) {
        Statement statement = block.block().last("persistence_timeout");
        return statement == null
                ? Duration.ZERO
                : Settings.duration(statement.argument(0)).orElse(STANDARD_PERSISTENCE);
    }

    private static @Nullable RealServer sorry(Settings block) {
        Statement sorry = block.block().last("sorry_server");
        IpAddress address = sorry == null ? null : Instances.ip(sorry.argument(0));
        if (sorry == null || address == null) {
            return null;
        }
        List<String> own = block.words("sorry_server_lvs_method");
        return new RealServer(address, port(sorry.argument(1)), 1, own.isEmpty() ? method(block) : own, 0, 0,
                block.has("sorry_server_inhibit"), false, Duration.ZERO, null, null, List.of());
    }

    private @Nullable RealServer real(Settings real, Settings server) {
        Statement block = real.block();
        IpAddress address = Instances.ip(block.argument(0));
        if (address == null) {
            return null;
        }
        List<String> own = real.words("lvs_method");
        int port = port(block.argument(1));
        int asked = port != 0 ? port : port(server.block().argument(1));
        return new RealServer(address, port, real.number("weight", 0, MAX, server.number("weight", 1, MAX, 1)),
                own.isEmpty() ? method(server) : own, real.number("uthreshold", 0, MAX, 0),
                real.number("lthreshold", 0, MAX, 0), real.isOn("inhibit_on_failure", server.has("inhibit_on_failure")),
                real.isOn("smtp_alert", alerts(server)),
                real.seconds("slow_start", server.seconds("slow_start", Duration.ZERO)),
                Command.of(block.first("notify_up")), Command.of(block.first("notify_down")),
                block.body().stream().filter(check -> Checkers.KINDS.contains(check.name()))
                        .flatMap(check -> new Checkers(new Settings(check), real, server, global).of(address, asked))
                        .toList());
    }
}
