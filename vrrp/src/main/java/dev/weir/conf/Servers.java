package dev.weir.conf;

import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.Connect;
import dev.weir.conf.VirtualServer.Dns;
import dev.weir.conf.VirtualServer.HealthCheck;
import dev.weir.conf.VirtualServer.Http;
import dev.weir.conf.VirtualServer.OfGroup;
import dev.weir.conf.VirtualServer.OfMark;
import dev.weir.conf.VirtualServer.Probe;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.conf.VirtualServer.Script;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.conf.VirtualServer.Smtp;
import dev.weir.conf.VirtualServer.Udp;
import dev.weir.conf.VirtualServer.Url;
import dev.weir.conf.VirtualServer.Watch;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes records of virtual_server blocks. */
final class Servers {
    private static final Set<String> FLAGS = Set.of("flag-1", "flag-2", "flag-3", "sh-port", "sh-fallback", "mh-port",
            "mh-fallback");
    private static final Set<String> CHECKS = Set.of("TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK",
            "UDP_CHECK", "PING_CHECK", "MISC_CHECK", "BFD_CHECK", "FILE_CHECK");
    private static final Duration STANDARD_PERSISTENCE = Duration.ofMinutes(6);
    private static final Duration STANDARD_INTERVAL = Duration.ofSeconds(60);
    private static final Duration STANDARD_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX = Integer.MAX_VALUE;

    private Servers() {
    }

    /** Empty where the service has no address, or no server. */
    static Optional<VirtualServer> of(Settings block) {
        Service service = service(block.block());
        List<RealServer> servers = block.blocks("real_server").map(real -> real(real, block)).filter(Objects::nonNull)
                .map(Objects::requireNonNull).toList();
        if (service == null || servers.isEmpty()) {
            return Optional.empty();
        }
        Set<String> flags = block.block().body().stream().map(Statement::name).filter(FLAGS::contains)
                .collect(Collectors.toUnmodifiableSet());
        String protocol = service instanceof OfMark
                ? ""
                : block.text("protocol").orElse("UDP").toUpperCase(Locale.ROOT);
        return Optional.of(new VirtualServer(service, protocol, last(block, "lb_algo", "lvs_sched", "wlc"), flags,
                block.has("ops"), persistence(block), block.text("persistence_granularity").orElse(null),
                block.text("persistence_engine").orElse(null), block.number("quorum", 1, MAX, 1),
                block.number("hysteresis", 0, MAX, 0), block.has("alpha"), block.has("omega"),
                Command.of(block.block().first("quorum_up")), Command.of(block.block().first("quorum_down")),
                sorry(block), servers));
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

    private static @Nullable Service service(Statement block) {
        return switch (block.argument(0)) {
            case "fwmark" ->
                Settings.duration(block.argument(1)).map(mark -> new OfMark(mark.toSeconds())).orElse(null);
            case "group" -> new OfGroup(block.argument(1));
            default -> {
                IpAddress address = Instances.ip(block.argument(0));
                yield address == null ? null : new AtAddress(address, port(block.argument(1)));
            }
        };
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
                block.has("sorry_server_inhibit"), null, null, List.of());
    }

    private static @Nullable RealServer real(Settings real, Settings server) {
        Statement block = real.block();
        IpAddress address = Instances.ip(block.argument(0));
        if (address == null) {
            return null;
        }
        List<String> own = real.words("lvs_method");
        return new RealServer(address, port(block.argument(1)),
                real.number("weight", 0, MAX, server.number("weight", 1, MAX, 1)), own.isEmpty() ? method(server) : own,
                real.number("uthreshold", 0, MAX, 0), real.number("lthreshold", 0, MAX, 0),
                real.isOn("inhibit_on_failure", server.has("inhibit_on_failure")),
                Command.of(block.first("notify_up")), Command.of(block.first("notify_down")),
                block.body().stream().filter(check -> CHECKS.contains(check.name()))
                        .map(check -> check(new Settings(check), real, server)).toList());
    }

    private static HealthCheck check(Settings check, Settings real, Settings server) {
        String kind = check.block().name();
        boolean http = kind.equals("HTTP_GET") || kind.equals("SSL_GET");
        Duration interval = seconds("delay_loop", check, real, server, STANDARD_INTERVAL);
        Duration retryDelay = kind.equals("DNS_CHECK") ? interval : Duration.ofSeconds(http ? 3 : 1);
        int retries = kind.equals("DNS_CHECK") ? 3 : kind.equals("MISC_CHECK") ? 0 : 1;
        int retry = check.number("retry", 0, MAX, check.number("nb_get_retry", 0, MAX,
                real.number("retry", 1, MAX, server.number("retry", 1, MAX, retries))));
        return new HealthCheck(kind, check.text("connect_ip").map(Instances::ip).orElse(null),
                check.number("connect_port", 1, 65535, 0),
                seconds("connect_timeout", check, real, server, STANDARD_TIMEOUT), interval, retry,
                seconds("delay_before_retry", check, real, server, retryDelay),
                seconds("warmup", check, real, server, interval), probe(check, interval));
    }

    private static Duration seconds(String name, Settings check, Settings real, Settings server, Duration standard) {
        return check.seconds(name, real.seconds(name, server.seconds(name, standard)));
    }

    private static Probe probe(Settings check, Duration interval) {
        Statement block = check.block();
        return switch (block.name()) {
            case "HTTP_GET", "SSL_GET" -> new Http(check.blocks("url").filter(url -> url.has("path"))
                    .map(Servers::url).toList(), block.name().equals("SSL_GET"), check.text("virtualhost").orElse(null),
                    check.isOn("enable_sni", false), check.text("http_protocol").orElse("1.0"));
            case "DNS_CHECK" -> new Dns(check.text("type").orElse("SOA"), check.text("name").orElse("."));
            case "SMTP_CHECK" -> new Smtp(check.text("helo_name").orElse(null));
            case "MISC_CHECK" -> script(check, interval);
            case "UDP_CHECK" -> new Udp(String.join("", check.words("payload")), check.has("require_reply"),
                    String.join("", check.words("require_reply")), check.number("min_reply_length", 0, 65535, 0),
                    check.number("max_reply_length", 0, 65535, 255));
            case "BFD_CHECK" -> new Watch(check.text("name").orElse(""));
            case "FILE_CHECK" -> new Watch(check.text("track_file").orElse(""));
            default -> new Connect();
        };
    }

    private static Probe script(Settings check, Duration interval) {
        Command command = Command.of(check.block().last("misc_path"));
        return command == null
                ? new Connect()
                : new Script(command, check.seconds("misc_timeout", interval), check.has("misc_dynamic"));
    }

    private static Url url(Settings url) {
        return new Url(url.text("path").orElse("/"), url.text("digest").orElse(null),
                url.has("status_code") ? url.words("status_code") : List.of("200-299"),
                url.text("virtualhost").orElse(null));
    }
}
