package dev.weir.conf;

import dev.weir.conf.HealthCheck.BfdWatch;
import dev.weir.conf.HealthCheck.Connect;
import dev.weir.conf.HealthCheck.Connection;
import dev.weir.conf.HealthCheck.Dns;
import dev.weir.conf.HealthCheck.FileWatch;
import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.HealthCheck.Path;
import dev.weir.conf.HealthCheck.Ping;
import dev.weir.conf.HealthCheck.Probe;
import dev.weir.conf.HealthCheck.Regex;
import dev.weir.conf.HealthCheck.Script;
import dev.weir.conf.HealthCheck.Smtp;
import dev.weir.conf.HealthCheck.Timing;
import dev.weir.conf.HealthCheck.Udp;
import dev.weir.conf.HealthCheck.Url;
import dev.weir.conf.text.Statement;
import dev.weir.conf.text.Words;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes the record of a checker's block; what it does not say its real server says, or its virtual server. */
final class Checkers {
    static final Set<String> KINDS = Set.of("TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK",
            "UDP_CHECK", "PING_CHECK", "MISC_CHECK", "BFD_CHECK", "FILE_CHECK");
    private static final Duration STANDARD_INTERVAL = Duration.ofSeconds(60);
    private static final Duration STANDARD_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX = Integer.MAX_VALUE;

    private final Settings check;
    private final Settings real;
    private final Settings server;
    private final Settings global;

    Checkers(Settings check, Settings real, Settings server, Settings global) {
        this.check = check;
        this.real = real;
        this.server = server;
        this.global = global;
    }

    /**
     * One, or of an SMTP_CHECK one for each of its hosts, which have what they do not set from the SMTP_CHECK.
     *
     * @param port that of the real server, or of the virtual server
     */
    Stream<HealthCheck> of(IpAddress address, int port) {
        List<Settings> hosts = check.block().name().equals("SMTP_CHECK")
                ? check.blocks("host").toList()
                : List.of();
        HealthCheck whole = whole(address, port);
        return hosts.isEmpty()
                ? Stream.of(whole)
                : hosts.stream().map(host -> new HealthCheck(connection(host, whole.connection()), whole.timing(),
                        whole.alpha(), whole.logAllFailures(), whole.probe()));
    }

    private HealthCheck whole(IpAddress address, int port) {
        String kind = check.block().name();
        boolean http = kind.equals("HTTP_GET") || kind.equals("SSL_GET");
        Duration interval = seconds("delay_loop", STANDARD_INTERVAL);
        Duration retryDelay = kind.equals("DNS_CHECK") ? interval : Duration.ofSeconds(http ? 3 : 1);
        int retries = kind.equals("DNS_CHECK") ? 3 : kind.equals("MISC_CHECK") ? 0 : 1;
        int retry = check.number("retry", 0, MAX, check.number("nb_get_retry", 0, MAX,
                real.number("retry", 1, MAX, server.number("retry", 1, MAX, retries))));
        int asked = port != 0 ? port : switch (kind) {
            case "DNS_CHECK" -> 53;
            case "SMTP_CHECK" -> 25;
            default -> 0;
        };
        return new HealthCheck(connection(check, new Connection(address, asked, null, 0, null, 0,
                seconds("connect_timeout", STANDARD_TIMEOUT), path())), new Timing(interval, retry,
                        seconds("delay_before_retry", retryDelay), seconds("warmup", interval)),
                check.isOn("alpha", real.isOn("alpha", server.has("alpha"))),
                check.isOn("log_all_failures", global.isOn("checker_log_all_failures", false)),
                probe());
    }

    /** What a block says of it, and the rest as it is without that. */
    private static Connection connection(Settings where, Connection standard) {
        return new Connection(where.text("connect_ip").map(Instances::ip).orElse(standard.host()),
                where.number("connect_port", 1, 65535, standard.port()),
                where.text("bindto").map(Instances::ip).orElse(standard.bindTo()),
                where.number("bind_port", 1, 65535, standard.bindPort()),
                where.text("bind_if").orElse(standard.bindInterface()),
                where.text("fwmark").flatMap(text -> Settings.whole(text, 0, MAX)).map(Long::valueOf)
                        .orElse(standard.mark()),
                where.seconds("connect_timeout", standard.timeout()), standard.path());
    }

    private Path path() {
        return Stream.of(check, real, server).flatMap(block -> block.text("check_path").stream()).findFirst()
                .map(path -> path.equals("vip") ? Path.VIP : Path.SERVER).orElse(Path.SERVER);
    }

    private Duration seconds(String name, Duration standard) {
        return check.seconds(name, real.seconds(name, server.seconds(name, standard)));
    }

    private Probe probe() {
        Statement block = check.block();
        return switch (block.name()) {
            case "HTTP_GET", "SSL_GET" -> new Http(check.blocks("url").filter(url -> url.has("path"))
                    .map(Checkers::url).toList(), block.name().equals("SSL_GET"),
                    check.text("virtualhost").or(() -> real.text("virtualhost")).or(() -> server.text("virtualhost"))
                            .orElse(null),
                    check.isOn("enable_sni", false), check.text("http_protocol").orElse("1.0"),
                    check.isOn("fast_recovery", false));
            case "DNS_CHECK" -> new Dns(check.text("type").orElse("SOA"), check.text("name").orElse("."));
            case "SMTP_CHECK" -> new Smtp(check.text("helo_name").orElse(null));
            case "MISC_CHECK" -> script();
            case "UDP_CHECK" -> new Udp(String.join(" ", check.words("payload")), check.has("require_reply"),
                    String.join(" ", check.words("require_reply")), check.number("min_reply_length", 0, 65535, 0),
                    check.number("max_reply_length", 0, 65535, 255));
            case "BFD_CHECK" -> new BfdWatch(check.text("name").orElse(""));
            case "FILE_CHECK" -> new FileWatch(check.text("track_file").orElse(""),
                    check.text("weight").flatMap(text -> Settings.whole(text, -MAX, MAX)).orElse(null),
                    check.words("weight").contains("reverse"));
            case "PING_CHECK" -> new Ping();
            default -> new Connect();
        };
    }

    private Probe script() {
        Command command = Command.of(check.block().last("misc_path"));
        List<String> user = check.words("user");
        if (command == null) {
            return new Connect();
        }
        Command run = user.isEmpty()
                ? command
                : new Command(command.line(), command.arguments(), user.getFirst(),
                        user.size() > 1 ? user.get(1) : null);
        return new Script(run, check.seconds("misc_timeout", Duration.ZERO), check.has("misc_dynamic"));
    }

    private static Url url(Settings url) {
        return new Url(url.text("path").orElse("/"), url.text("digest").orElse(null), url.words("status_code"),
                url.text("virtualhost").orElse(null), regex(url));
    }

    /** Its escapes are those of scripts: a backslash for PCRE is written as two. */
    private static @Nullable Regex regex(Settings url) {
        Statement statement = url.block().last("regex");
        List<String> words = statement == null ? List.of() : Words.splitEscaped(statement.source());
        return words.size() != 2
                ? null
                : new Regex(words.get(1), url.words("regex_options"), url.has("regex_no_match"),
                        url.number("regex_min_offset", 0, MAX, 0), url.number("regex_max_offset", 0, MAX, -1));
    }
}
