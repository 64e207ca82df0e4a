package dev.weir.conf.directive;

import static dev.weir.conf.directive.Arguments.MAX_UNSIGNED;
import static dev.weir.conf.directive.Arguments.custom;
import static dev.weir.conf.directive.Arguments.decimal;
import static dev.weir.conf.directive.Arguments.flag;
import static dev.weir.conf.directive.Arguments.number;
import static dev.weir.conf.directive.Arguments.oneOf;
import static dev.weir.conf.directive.Arguments.optionalBoolean;
import static dev.weir.conf.directive.Arguments.word;
import static dev.weir.conf.directive.Arguments.words;

import dev.weir.conf.text.Statement;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Virtual and real servers. */
final class ServerDirectives {
    static final String DELAY_MOST = "18446744073709.551614";
    static final List<String> SCHEDULERS = List.of("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq",
            "fo", "ovf", "mh", "twos");
    private static final String METHOD = "NAT|FNAT|DR|TUN [type {ipip|gue port N|gre} [nocsum|csum|remcsum]]";

    private ServerDirectives() {
    }

    static void add(Table table) {
        table.in(Place.TOP)
                .block("SSL", flag(), Place.SSL, Effect.CHECKS)
                .add("virtual_server_group", word("NAME", "G"),
                        new Directive.Entries("ADDRESS|RANGE [PORT], or fwmark NUMBER [inet|inet6]",
                                Lists::groupMember, true, false),
                        Effect.SERVERS, "")
                .block("virtual_server", custom("ADDRESS [PORT] | fwmark NUMBER | group NAME", 1, 2,
                        ServerDirectives::virtualServer, List.of("10.0.0.99 80"), List.of("", "x", "10.0.0.99 x")),
                        Place.VIRTUAL_SERVER, Effect.SERVERS);
        Table.In ssl = table.in(Place.SSL);
        for (String name : List.of("password", "ca", "certificate", "key")) {
            ssl.put(name, word(name.equals("password") ? "PASSWORD" : "FILE", "/tmp/weir-conf-none").lenient(),
                    Effect.CHECKS);
        }
        FullNatDirectives.top(table.in(Place.TOP));
        virtual(table.in(Place.VIRTUAL_SERVER));
        real(table.in(Place.REAL_SERVER));
    }

    private static void virtual(Table.In server) {
        Effect effect = Effect.SERVERS;
        for (String name : List.of("lb_algo", "lvs_sched")) {
            server.put(name, oneOf(SCHEDULERS.toArray(new String[0])), effect, "wlc");
        }
        for (String name : List.of("lb_kind", "lvs_method")) {
            server.put(name, method(), effect, "NAT");
        }
        server.put("protocol", custom("TCP|UDP|SCTP", 1, 1,
                (statement, checker) -> Arguments.notOf(statement.argument(0).toUpperCase(Locale.ROOT),
                        List.of("TCP", "UDP", "SCTP")),
                List.of("TCP", "UDP", "SCTP", "tcp"), List.of("", "x")), effect)
                .put("persistence_timeout", custom("[SECONDS (1 to 2678400)]", 0, 1,
                        (statement, checker) -> statement.arguments().isEmpty()
                                ? null
                                : Arguments.outside(statement.argument(0), 1, 2678400),
                        List.of("", "50", "2678400"), List.of("0", "x", "2678401")), effect,
                        "360 where it has no value")
                .put("persistence_granularity", custom("NETMASK or LENGTH", 1, 1, ServerDirectives::granularity,
                        List.of("255.255.255.0", "24"), List.of("", "x", "-1")), effect)
                .put("persistence_engine", word("sip", "sip"), effect)
                .put("quorum", number(1, MAX_UNSIGNED).examples(List.of("1"), List.of("", "0", "x", "5")), effect, "1")
                .put("hysteresis", number(0, MAX_UNSIGNED).examples(List.of("0"), List.of("", "x", "-1", "1")), effect,
                        "0")
                .put("quorum_up", Scripts.onlyCommand(), Effect.CHECKS)
                .put("quorum_down", Scripts.onlyCommand(), Effect.CHECKS)
                .put("weight", number(1, Integer.MAX_VALUE), effect, "1")
                .put("ip_family", oneOf("inet", "inet6").examples(List.of("inet"), List.of("", "x")), effect)
                .put("ops", flag().examples(List.of(), List.of("")), effect)
                .put("hashed", flag().examples(List.of(), List.of("")), effect)
                .put("alpha", flag(), Effect.CHECKS)
                .put("omega", flag(), Effect.CHECKS)
                .put("ha_suspend", flag(), Effect.CHECKS)
                .put("inhibit_on_failure", flag(), Effect.CHECKS)
                .put("sorry_server", custom("ADDRESS [PORT]", 1, 2, ServerDirectives::server,
                        List.of("10.0.0.9 80"), List.of("", "x", "10.0.0.9 x")), effect)
                .put("sorry_server_inhibit", flag().examples(List.of(), List.of("")), effect)
                .put("sorry_server_lvs_method", method().examples(List.of(), List.of("DR")).lenient(), effect,
                        "that of lvs_method")
                .block("real_server", custom("ADDRESS [PORT]", 1, 2, ServerDirectives::server,
                        List.of("10.0.0.98 80"), List.of("", "x", "10.0.0.98 x")), Place.REAL_SERVER, effect)
                .put("smtp_alert", optionalBoolean(), Effect.NOTIFYING, "that of smtp_alert_checker")
                .put("virtualhost", words("NAME", 1, "www.example.org").lenient(), Effect.CHECKS)
                .put("snmp_name", oneWord(), Effect.none("Weir has no SNMP agent; monitoring reads its files"));
        for (String flag : List.of("flag-1", "flag-2", "flag-3")) {
            server.put(flag, flag(), effect);
        }
        for (String flag : List.of("sh-port", "sh-fallback", "mh-port", "mh-fallback")) {
            server.put(flag, flag().examples(List.of(), List.of("")), effect);
        }
        FullNatDirectives.virtual(server);
        timing(server);
    }

    private static void real(Table.In server) {
        Effect effect = Effect.SERVERS;
        server.put("weight", number(0, Integer.MAX_VALUE).examples(List.of("1", "65535"), List.of("", "-1", "x")),
                effect, "1")
                .put("lvs_method", method(), effect, "that of the virtual server")
                .put("uthreshold", number(0, MAX_UNSIGNED), effect, "0")
                .put("lthreshold", number(0, MAX_UNSIGNED), effect, "0")
                .put("inhibit_on_failure", optionalBoolean(), Effect.CHECKS, "that of the virtual server")
                .put("alpha", optionalBoolean(), Effect.CHECKS, "that of the virtual server")
                .put("notify_up", Scripts.onlyCommand(), Effect.CHECKS)
                .put("notify_down", Scripts.onlyCommand(), Effect.CHECKS)
                .put("smtp_alert", optionalBoolean(), Effect.NOTIFYING, "that of the virtual server")
                .put("virtualhost", words("NAME", 1, "www.example.org").lenient(), Effect.CHECKS)
                .put("snmp_name", oneWord(), Effect.none("Weir has no SNMP agent; monitoring reads its files"));
        timing(server);
        for (String kind : List.of("HTTP_GET", "SSL_GET")) {
            server.block(kind, flag(), Place.HTTP_GET, Effect.CHECKS);
        }
        for (Place check : List.of(Place.TCP_CHECK, Place.SMTP_CHECK, Place.DNS_CHECK, Place.UDP_CHECK,
                Place.PING_CHECK, Place.MISC_CHECK, Place.BFD_CHECK, Place.FILE_CHECK)) {
            server.block(check.title(), flag(), check, check == Place.BFD_CHECK ? Effect.BFD : Effect.CHECKS);
        }
    }

    /** What real servers take from their virtual server. */
    private static void timing(Table.In in) {
        in.put("connect_timeout", decimal("0.000001", "4294.967295", "SECONDS", 6), Effect.CHECKS, "5")
                .put("delay_loop", decimal("0.000001", DELAY_MOST, "SECONDS", 6), Effect.CHECKS, "60")
                .put("delay_before_retry", decimal("0", DELAY_MOST, "SECONDS", 6), Effect.CHECKS, "1")
                .put("warmup", decimal("0", DELAY_MOST, "SECONDS", 6), Effect.CHECKS, "that of delay_loop")
                .put("retry", number(1, MAX_UNSIGNED), Effect.CHECKS, "1")
                .put("slow_start", decimal("0", DELAY_MOST, "SECONDS", 6), Effect.OWN, "0: the whole weight at once");
        checkPath(in, "server");
    }

    /** What a check is sent through. */
    static void checkPath(Table.In in, String standard) {
        in.put("check_path", oneOf("server", "vip"), Effect.OWN, standard);
    }

    private static Syntax oneWord() {
        return custom("NAME", 1, 1,
                (statement, checker) -> statement.arguments().size() == 1 ? null : "it takes one name",
                List.of("web"), List.of("", "a b")).lenient();
    }

    private static Syntax method() {
        return custom(METHOD, 1, Integer.MAX_VALUE, ServerDirectives::method,
                List.of("NAT", "DR", "TUN", "TUN type ipip", "TUN type gue port 6080", "TUN type gre csum"),
                List.of("", "FULLNAT", "dr", "TUN type gue", "TUN type x", "DR x", "TUN type gre remcsum"));
    }

    private static @Nullable String method(Statement statement, Checker checker) {
        List<String> words = statement.arguments();
        String wrong = Arguments.notOf(words.getFirst(), List.of("NAT", "FNAT", "DR", "TUN"));
        if (wrong != null || words.size() == 1) {
            return wrong;
        }
        String type = "ipip";
        boolean port = false;
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i);
            boolean last = i + 1 == words.size();
            switch (word) {
                case "type" -> {
                    i++;
                    type = last ? "" : words.get(i);
                    wrong = Arguments.notOf(type, List.of("ipip", "gue", "gre"));
                }
                case "port" -> {
                    i++;
                    port = true;
                    wrong = Arguments.outside(last ? "" : words.get(i), 1, 65535);
                }
                case "nocsum", "csum" -> wrong = null;
                case "remcsum" -> wrong = type.equals("gre") ? "GRE has no remote checksum" : null;
                default -> wrong = word.startsWith("//")
                        ? Arguments.comment(word)
                        : "'" + word + "' is nothing a forwarding method has";
            }
            if (wrong != null) {
                return wrong;
            }
        }
        if (!words.getFirst().equals("TUN")) {
            return "only TUN has a type";
        }
        return port == type.equals("gue") ? null : "a GUE tunnel needs a port, and no other has one";
    }

    private static @Nullable String granularity(Statement statement, Checker checker) {
        String text = statement.argument(0);
        return Arguments.ip(text) != null || Arguments.outside(text, 0, MAX_UNSIGNED) == null
                || text.matches("[0-9]+\\.[0-9]+") ? null : "'" + text + "' is no netmask";
    }

    private static @Nullable String server(Statement statement, Checker checker) {
        if (Arguments.ip(statement.argument(0)) == null) {
            return "'" + statement.argument(0) + "' is no IP address";
        }
        return statement.arguments().size() < 2 || statement.argument(1).equals("0")
                ? null
                : Arguments.outside(statement.argument(1), 1, 65535);
    }

    private static @Nullable String virtualServer(Statement statement, Checker checker) {
        return switch (statement.argument(0)) {
            case "fwmark" -> Arguments.outside(statement.argument(1), 0, MAX_UNSIGNED);
            case "group" -> statement.argument(1).isEmpty() ? "group needs a name" : null;
            default -> {
                String wrong = server(statement, checker);
                yield wrong == null || !statement.argument(0).contains(":") || statement.arguments().size() > 1
                        ? wrong
                        : wrong + "; the port is a word of its own";
            }
        };
    }
}
