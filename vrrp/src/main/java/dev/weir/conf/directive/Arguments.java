package dev.weir.conf.directive;

import dev.weir.conf.text.Problem.Gravity;
import dev.weir.wire.IpAddress;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The kinds of arguments that directives have, with keepalived's ranges and manners. */
final class Arguments {
    static final long MAX_UNSIGNED = 0xffff_ffffL;
    static final List<String> ON_OFF = List.of("on", "off", "true", "false", "yes", "no");
    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,18}");
    private static final Pattern DECIMAL = Pattern.compile("[+]?[0-9]*\\.?[0-9]*");

    private Arguments() {
    }

    private static Syntax syntax(String text, int needed, int most, Syntax.Check check, List<String> good,
            List<String> bad) {
        return new Syntax(text, needed, Gravity.FATAL, most, check, good, bad);
    }

    /** One that stands alone. */
    static Syntax flag() {
        return syntax("", 0, 0, (statement, checker) -> null, List.of(""), List.of());
    }

    /** Any word. */
    static Syntax word(String text, String... good) {
        return syntax(text, 1, 1, (statement, checker) -> null, List.of(good), List.of(""));
    }

    static Syntax optionalWord(String text, String... good) {
        return syntax(text, 0, 1, (statement, checker) -> null, List.of(good), List.of());
    }

    /** At least one word. */
    static Syntax words(String text, int most, String... good) {
        return syntax(text, 1, most, (statement, checker) -> null, List.of(good), List.of(""));
    }

    static Syntax custom(String text, int needed, int most, Syntax.Check check, List<String> good, List<String> bad) {
        return syntax(text, needed, most, check, good, bad);
    }

    static Syntax number(long least, long most) {
        return syntax("NUMBER " + range(least, most), 1, 1,
                (statement, checker) -> outside(statement.argument(0), least, most),
                List.of(String.valueOf(least), String.valueOf(most)),
                List.of("", String.valueOf(least - 1), String.valueOf(most + 1), "1x"));
    }

    static String range(long least, long most) {
        return "(" + least + " to " + most + ")";
    }

    /** What is wrong with a number, or null. */
    static @Nullable String outside(String text, long least, long most) {
        if (!WHOLE.matcher(text).matches()) {
            return text.startsWith("//")
                    ? comment(text)
                    : "'" + text + "' is no number " + range(least, most);
        }
        long value = Long.parseLong(text);
        return value < least || value > most ? "'" + text + "' is not within " + least + " to " + most : null;
    }

    static String comment(String text) {
        return "'" + text + "' is no comment: comments begin with # or !";
    }

    /** Seconds, or what the unit is, with so many decimal places at most. */
    static Syntax decimal(String least, String most, String unit, int places) {
        return syntax(unit + " (" + least + " to " + most + ")", 1, 1,
                (statement, checker) -> outside(statement.argument(0), least, most, places),
                List.of(least, most),
                List.of("", "-1", "x", "2." + "0".repeat(places) + "5",
                        new BigDecimal(most).add(BigDecimal.ONE).toPlainString()));
    }

    static @Nullable String outside(String text, String least, String most, int places) {
        String help = "a number from " + least + " to " + most + " with at most " + places + " decimal places";
        if (!DECIMAL.matcher(text).matches() || text.chars().noneMatch(Character::isDigit)) {
            return text.startsWith("//") ? comment(text) : "'" + text + "' is not " + help;
        }
        BigDecimal value = new BigDecimal(text.endsWith(".") ? text + "0" : text);
        boolean fits = value.compareTo(new BigDecimal(least)) >= 0 && value.compareTo(new BigDecimal(most)) <= 0
                && value.scale() <= places;
        return fits ? null : "'" + text + "' is not " + help;
    }

    /** Nothing, or a truth value. */
    static Syntax optionalBoolean() {
        return syntax("[on|off|true|false|yes|no]", 0, 1,
                (statement, checker) -> statement.arguments().isEmpty() ? null : notOf(statement.argument(0), ON_OFF),
                List.of("", "true", "off"), List.of("maybe", "ON"));
    }

    static Syntax oneOf(String... allowed) {
        return syntax(String.join("|", allowed), 1, 1,
                (statement, checker) -> notOf(statement.argument(0), List.of(allowed)), List.of(allowed),
                List.of("", "x"));
    }

    static Syntax optionalOneOf(String... allowed) {
        List<String> good = new ArrayList<>(List.of(""));
        good.addAll(List.of(allowed));
        return syntax("[" + String.join("|", allowed) + "]", 0, 1,
                (statement, checker) -> statement.arguments().isEmpty()
                        ? null
                        : notOf(statement.argument(0), List.of(allowed)),
                good, List.of("x"));
    }

    static @Nullable String notOf(String word, List<String> allowed) {
        if (allowed.contains(word)) {
            return null;
        }
        String nearest = Nearest.to(word, allowed);
        return "'" + word + "' is not one of " + String.join(", ", allowed)
                + (nearest == null ? "" : "; did you mean '" + nearest + "'?");
    }

    /** An IP address that fulfils a condition. */
    static Syntax address(String text, Predicate<IpAddress> condition, String what, List<String> good,
            List<String> bad) {
        return syntax(text, 1, 1, (statement, checker) -> {
            IpAddress address = ip(statement.argument(0));
            return address != null && condition.test(address)
                    ? null
                    : "'" + statement.argument(0) + "' is no " + what;
        }, good, bad);
    }

    static Syntax address() {
        return address("ADDRESS", address -> true, "IP address", List.of("10.0.0.7"), List.of("", "x", "10.0.0"));
    }

    static boolean isMulticast(IpAddress address) {
        return address.isV4() ? address.v4Bits() >>> 28 == 0xe : address.bytes()[0] == (byte) 0xff;
    }

    /** An address in numbers, or null. */
    static @Nullable IpAddress ip(String text) {
        if (!text.contains(":") && text.chars().filter(character -> character == '.').count() != 3) {
            return null;
        }
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Digits and dots that name a host to inet_aton(3): up to four numbers, of which the last fills what is left. */
    static boolean isNumericHost(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length > 4) {
            return false;
        }
        for (int i = 0; i < parts.length; i++) {
            long most = i + 1 < parts.length ? 255 : (1L << 8 * (4 - i)) - 1;
            if (outside(parts[i], 0, most) != null) {
                return false;
            }
        }
        return true;
    }

    /** An address in numbers before a slash, or null. */
    static @Nullable IpAddress prefixed(String text) {
        int slash = text.indexOf('/');
        IpAddress address = ip(slash < 0 ? text : text.substring(0, slash));
        if (address == null || slash < 0) {
            return address;
        }
        return outside(text.substring(slash + 1), 0, address.isV4() ? 32 : 128) == null ? address : null;
    }
}
