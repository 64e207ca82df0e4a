package dev.weir.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sysctls under net.ipv4.vs, with the names, defaults and ranges of Linux 6.1, in the order of a directory listing.
 * What each does is in the kernel's ipvs-sysctl.rst; which of them have another effect in Weir, or none, and why, in
 * docs/sysctl.md.
 */
@SuppressWarnings("ImmutableEnumChecker") // the rules and defaults are private, and nothing changes them
public enum Sysctl {
    AM_DROPRATE(Rule.INTEGER, 10), AMEMTHRESH(Rule.INTEGER, 1024), BACKUP_ONLY(Rule.INTEGER, 0), CACHE_BYPASS(
            Rule.INTEGER, 0), CONN_REUSE_MODE(Rule.INTEGER, 1), CONNTRACK(Rule.INTEGER, 0), DEBUG_LEVEL(Rule.INTEGER,
                    0), DROP_ENTRY(Rule.upTo(3), 0), DROP_PACKET(Rule.upTo(3), 0), EXPIRE_NODEST_CONN(Rule.INTEGER,
                            0), EXPIRE_QUIESCENT_TEMPLATE(Rule.INTEGER, 0), IGNORE_TUNNELED(Rule.INTEGER,
                                    0), LBLC_EXPIRATION(Rule.SECONDS, 86_400), LBLCR_EXPIRATION(Rule.SECONDS,
                                            86_400), NAT_ICMP_SEND(Rule.INTEGER, 0), PMTU_DISC(Rule.INTEGER,
                                                    1), RUN_ESTIMATION(Rule.INTEGER, 1), SCHEDULE_ICMP(Rule.INTEGER,
                                                            0), SECURE_TCP(Rule.upTo(3), 0), SLOPPY_SCTP(Rule.INTEGER,
                                                                    0), SLOPPY_TCP(Rule.INTEGER, 0), SNAT_REROUTE(
                                                                            Rule.INTEGER,
                                                                            1), SYNC_PERSIST_MODE(Rule.INTEGER,
                                                                                    0), SYNC_PORTS(Rule.PORTS, 1),
    /** The kernel takes a 32nd of the pages free at boot: about this for each GiB. */
    SYNC_QLEN_MAX(Rule.upTo(Long.MAX_VALUE), 8192), SYNC_REFRESH_PERIOD(Rule.SECONDS, 0), SYNC_RETRIES(Rule.upTo(3),
            0), SYNC_SOCK_SIZE(Rule.INTEGER, 0), SYNC_THRESHOLD(Rule.THRESHOLD, 3, 50), SYNC_VERSION(Rule.upTo(1), 1);

    /** A number as strtoul reads it with base 0, after an optional minus. */
    private static final Pattern NUMBER = Pattern.compile("(-?)(0[xX]|0(?=.)|)(\\p{XDigit}+)");
    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final List<Sysctl> ALL = List.of(values());

    private final Rule rule;
    private final long[] byDefault;

    Sysctl(Rule rule, long... byDefault) {
        this.rule = rule;
        this.byDefault = byDefault;
    }

    /** Which values one may have; {@code words} complete "must be". */
    private record Rule(String words, Predicate<long[]> allows) {
        static final Rule INTEGER = range(Integer.MIN_VALUE, Integer.MAX_VALUE);
        /** The kernel keeps them as ticks of a hundredth of a second, in an int. */
        static final Rule SECONDS = range(-Integer.MAX_VALUE / 100, Integer.MAX_VALUE / 100);
        static final Rule PORTS = new Rule("a power of 2 from 1 to 1073741824",
                v -> v[0] > 0 && v[0] <= Integer.MAX_VALUE && Long.bitCount(v[0]) == 1);
        static final Rule THRESHOLD = new Rule(
                "two numbers from 0 to 2147483647, the first below the second unless that is 0",
                v -> v[0] >= 0 && v[1] >= 0 && v[0] <= Integer.MAX_VALUE && v[1] <= Integer.MAX_VALUE
                        && (v[0] < v[1] || v[1] == 0));

        static Rule upTo(long highest) {
            return range(0, highest);
        }

        private static Rule range(long lowest, long highest) {
            return new Rule("a number from " + lowest + " to " + highest, v -> v[0] >= lowest && v[0] <= highest);
        }
    }

    /** Its name under net.ipv4.vs. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether these are values that it may have, as many as it has. */
    public boolean allows(long... values) {
        return values.length == byDefault.length && rule.allows.test(values);
    }

    public static List<Sysctl> all() {
        return ALL;
    }

    /** By its name under net.ipv4.vs. */
    public static Optional<Sysctl> find(String key) {
        return ALL.stream().filter(each -> each.key().equals(key)).findFirst();
    }

    long[] byDefault() {
        return byDefault.clone();
    }

    /**
     * Reads what is written to it, as the kernel does: numbers between white space, also in base 8 (010) and 16 (0x10);
     * fewer than it has leave the rest as they are, and what follows the last is not looked at.
     *
     * @param now the values that it has
     * @throws IllegalArgumentException where these are not values that it may have (EINVAL); says which are
     */
    long[] parse(String text, long[] now) {
        long[] values = now.clone();
        String[] words = SPACE.split(text.strip(), -1);
        try {
            for (int i = 0; i < Math.min(words.length, values.length); i++) {
                values[i] = number(words[i]);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(refusal(text), e);
        }
        return checked(values, text);
    }

    /** @throws IllegalArgumentException where it may not have these values, written as {@code text}; says which it may */
    long[] checked(long[] values, String text) {
        if (!allows(values)) {
            throw new IllegalArgumentException(refusal(text));
        }
        return values;
    }

    private String refusal(String text) {
        return key() + " must be " + rule.words + ", not '" + text + "'";
    }

    private static long number(String word) {
        Matcher matcher = NUMBER.matcher(word);
        if (!matcher.matches()) {
            throw new NumberFormatException(word);
        }
        int base = switch (matcher.group(2)) {
            case "" -> 10;
            case "0" -> 8;
            default -> 16;
        };
        return Long.parseLong(matcher.group(1) + matcher.group(3), base);
    }

    static String text(long[] values) {
        return String.join("\t", Arrays.stream(values).mapToObj(Long::toString).toList());
    }
}
