package dev.weir.conf.directive;

import static dev.weir.conf.directive.Arguments.MAX_UNSIGNED;
import static dev.weir.conf.directive.Arguments.address;
import static dev.weir.conf.directive.Arguments.custom;
import static dev.weir.conf.directive.Arguments.decimal;
import static dev.weir.conf.directive.Arguments.flag;
import static dev.weir.conf.directive.Arguments.number;
import static dev.weir.conf.directive.Arguments.oneOf;
import static dev.weir.conf.directive.Arguments.optionalBoolean;
import static dev.weir.conf.directive.Arguments.optionalWord;
import static dev.weir.conf.directive.Arguments.word;
import static dev.weir.conf.directive.Arguments.words;

import dev.weir.conf.text.Statement;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Health checkers. */
final class CheckerDirectives {
    private static final Effect CHECKS = Effect.CHECKS;
    private static final Effect NO_STACK = Effect.none("a regex has the memory that it needs, and is bounded in time");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-fA-F]{32}");
    private static final List<String> DNS_TYPES = List.of("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA");

    private CheckerDirectives() {
    }

    static void add(Table table) {
        for (Place place : List.of(Place.HTTP_GET, Place.TCP_CHECK, Place.SMTP_CHECK, Place.SMTP_HOST, Place.DNS_CHECK,
                Place.UDP_CHECK, Place.PING_CHECK)) {
            connection(table.in(place));
            timing(table.in(place));
            if (place != Place.SMTP_HOST) {
                ServerDirectives.checkPath(table.in(place), "that of the real server");
            }
        }
        timing(table.in(Place.MISC_CHECK));
        http(table);
        table.in(Place.SMTP_CHECK).put("helo_name", words("NAME", 1, "lb").lenient(), CHECKS, "the host's name")
                .block("host", flag(), Place.SMTP_HOST, CHECKS);
        table.in(Place.DNS_CHECK).put("type", oneOf(DNS_TYPES.toArray(new String[0])), CHECKS, "SOA")
                .put("name", custom("NAME", 1, 1, CheckerDirectives::domain, List.of("example.org."), List.of("")),
                        CHECKS, ".");
        table.in(Place.UDP_CHECK).put("payload", hexadecimal(false), CHECKS, "random bytes")
                .put("require_reply", hexadecimal(true), CHECKS)
                .put("min_reply_length", number(0, 65535).examples(List.of("0", "255"), List.of("", "x", "65536")),
                        CHECKS, "0")
                .put("max_reply_length", number(0, 65535), CHECKS, "255");
        table.in(Place.MISC_CHECK).put("misc_path", Scripts.command().examples(List.of("weir-conf-none"),
                List.of("\"weir-conf-none 'a\"")).lenient(), CHECKS)
                .put("misc_timeout", number(0, 4294), CHECKS, "that of delay_loop")
                .put("misc_dynamic", flag(), CHECKS)
                .put("user", Scripts.user().lenient(), CHECKS, "that of script_user");
        table.in(Place.BFD_CHECK).put("name", custom("NAME", 1, 1, (statement, checker) -> {
            if (statement.arguments().size() != 1 || checker.isSecond(statement)) {
                return "it has one name";
            }
            return checker.isDefined(VrrpDirectives.BFDS, statement.argument(0))
                    ? null
                    : "there is no bfd_instance '" + statement.argument(0) + "'";
        }, List.of(), List.of("", "x")).lenient(), Effect.BFD)
                .put("alpha", optionalBoolean(), Effect.BFD);
        table.in(Place.FILE_CHECK).put("track_file", custom("NAME", 1, 1,
                (statement, checker) -> checker.isDefined(VrrpDirectives.FILES, statement.argument(0))
                        ? null
                        : "there is no track_file '" + statement.argument(0) + "'",
                List.of("F"), List.of("", "x")), CHECKS)
                .put("weight", Lists.weight(Integer.MAX_VALUE).lenient(), CHECKS);
    }

    private static void connection(Table.In in) {
        in.put("connect_ip", address(), CHECKS, "the real server's")
                .put("connect_port", number(1, 65535), CHECKS, "the real server's")
                .put("bindto", address(), CHECKS)
                .put("bind_if", word("INTERFACE", "eth0"), CHECKS)
                .put("bind_port", number(1, 65535), CHECKS)
                .put("fwmark", number(0, MAX_UNSIGNED), CHECKS)
                .put("connect_timeout", decimal("0.000001", "4294.967295", "SECONDS", 6), CHECKS, "5");
    }

    private static void timing(Table.In in) {
        in.put("alpha", optionalBoolean(), CHECKS, "that of the real server")
                .put("retry", number(0, MAX_UNSIGNED), CHECKS, "that of the real server")
                .put("delay_before_retry", decimal("0", ServerDirectives.DELAY_MOST, "SECONDS", 6), CHECKS,
                        "that of the real server")
                .put("warmup", decimal("0", ServerDirectives.DELAY_MOST, "SECONDS", 6), CHECKS,
                        "that of the real server")
                .put("delay_loop", decimal("0.000001", ServerDirectives.DELAY_MOST, "SECONDS", 6), CHECKS,
                        "that of the real server")
                .put("log_all_failures", optionalBoolean(), CHECKS);
    }

    private static void http(Table table) {
        table.in(Place.HTTP_GET)
                .put("nb_get_retry", number(0, MAX_UNSIGNED).deprecated("write retry"), CHECKS)
                .put("virtualhost", words("NAME", 1, "www.example.org").lenient(), CHECKS)
                .put("http_protocol", oneOf("1.0", "1.0C", "1.1", "1.0c").lenient(), CHECKS, "1.0")
                .put("enable_sni", optionalBoolean(), CHECKS)
                .put("fast_recovery", optionalBoolean(), CHECKS)
                .block("url", flag(), Place.URL, CHECKS);
        table.in(Place.URL).put("path", word("PATH", "/"), CHECKS)
                .put("digest", custom("MD5", 1, 1,
                        (statement, checker) -> DIGEST.matcher(statement.argument(0)).matches()
                                ? null
                                : "'" + statement.argument(0) + "' is no MD5: that has 32 hexadecimal digits",
                        List.of("640205b7b0fc66c1ea91c463fac6334d"), List.of("", "x", "64")), CHECKS)
                .put("status_code", custom("CODE[-CODE] ...", 0, Integer.MAX_VALUE, CheckerDirectives::status,
                        List.of("200", "200-299 301"), List.of("99", "600", "300-200", "x")), CHECKS, "200-299")
                .put("virtualhost", words("NAME", 1, "www.example.org").lenient(), CHECKS)
                .put("regex", optionalWord("REGEX", "a"), CHECKS)
                .put("regex_no_match", flag(), CHECKS)
                .put("regex_options", optionalWord("OPTION ...", "caseless"), CHECKS)
                .put("regex_stack", optionalWord("START MAX", "1 2"), NO_STACK)
                .put("regex_min_offset", optionalWord("OFFSET", "3"), CHECKS)
                .put("regex_max_offset", optionalWord("OFFSET", "3"), CHECKS);
    }

    private static @Nullable String status(Statement statement, Checker checker) {
        for (String word : statement.arguments()) {
            String[] ends = word.split("-", 2);
            for (String end : ends) {
                if (Arguments.outside(end, 100, 599) != null) {
                    return "'" + word + "' is no status code of HTTP, or range of them";
                }
            }
            if (ends.length == 2 && Integer.parseInt(ends[0]) > Integer.parseInt(ends[1])) {
                return "the range " + word + " is empty";
            }
        }
        return null;
    }

    private static @Nullable String domain(Statement statement, Checker checker) {
        String name = statement.argument(0);
        boolean empty = !name.equals(".") && List.of(name.split("\\.", 0)).contains("");
        return empty ? "'" + name + "' has an empty label" : null;
    }

    private static Syntax hexadecimal(boolean wildcard) {
        String digits = wildcard ? "[0-9a-fA-FxX]+" : "[0-9a-fA-F]+";
        return custom(wildcard ? "[HEX ...]" : "HEX ...", wildcard ? 0 : 1, Integer.MAX_VALUE,
                (statement, checker) -> {
                    for (String word : statement.arguments()) {
                        if (!word.matches(digits)) {
                            return "'" + word + "' is not hexadecimal";
                        }
                    }
                    return null;
                }, List.of("0a0b", "Ab12f 3 456"), List.of("zz")).lenient();
    }
}
