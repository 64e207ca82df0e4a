package dev.weir.conf.directive;

import static dev.weir.conf.directive.Arguments.MAX_UNSIGNED;

import dev.weir.conf.text.Problem.Gravity;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lines of lists, and directives with options of their own. */
final class Lists {
    private Lists() {
    }

    static void anything(Statement entry, @Nullable Statement owner, Checker checker) {
        for (String word : entry.words()) {
            if (word.startsWith("//")) {
                checker.problems().warning(entry.at(), Arguments.comment(word), "it becomes an entry of the list");
            }
        }
    }

    static void linkbeat(Statement entry, @Nullable Statement owner, Checker checker) {
        checker.mustExist(entry.name(), entry.at(), Gravity.NO_LINK);
        if (entry.words().size() > 1) {
            checker.wrong(entry, Arguments.notOf(entry.argument(0), List.of("MII", "ETHTOOL", "IOCTL")));
        }
    }

    static void delays(Statement entry, @Nullable Statement owner, Checker checker) {
        checker.mustExist(entry.name(), entry.at(), Gravity.NO_LINK);
        entry.arguments().stream().limit(2)
                .forEach(delay -> checker.wrong(entry, Arguments.outside(delay, "0", "255", 6)));
    }

    /** What reading looks at, too; it says what is wrong with the words. */
    static Syntax includeCheck() {
        return Arguments.custom("[[+|-]match|wildcard_match|brace_match ...]", 0, Integer.MAX_VALUE,
                (statement, checker) -> null, List.of("", "match", "+brace_match"), List.of("x"));
    }

    static Syntax garpExtra(long least) {
        return Arguments.custom("[all] SECONDS (" + least + " to 86400)", 1, 2, (statement, checker) -> {
            boolean all = statement.argument(0).equals("all");
            if (all && statement.arguments().size() == 1) {
                return "seconds are missing after all";
            }
            return Arguments.outside(statement.argument(all ? 1 : 0), least, 86400);
        }, List.of("5", "all 5", "86400"), List.of("", "all", "x", "86401")).lenient();
    }

    static Syntax timeouts() {
        return Arguments.custom("[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]", 2, 6, (statement, checker) -> {
            List<String> words = statement.arguments();
            for (int i = 0; i < words.size(); i += 2) {
                String wrong = Arguments.notOf(words.get(i), List.of("tcp", "tcpfin", "udp"));
                wrong = wrong != null
                        ? wrong
                        : i + 1 == words.size()
                                ? "seconds are missing after " + words.get(i)
                                : Arguments.outside(words.get(i + 1), 0, 2678400);
                if (wrong != null) {
                    return wrong;
                }
            }
            return null;
        }, List.of("tcp 900", "tcp 900 tcpfin 120 udp 300"), List.of("", "tcp", "tcp x", "x 3"));
    }

    static Syntax syncDaemon() {
        return Arguments.custom("INTERFACE [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]", 1,
                Integer.MAX_VALUE, (statement, checker) -> checker.isSecond(statement)
                        ? "is set a second time; the first one counts"
                        : syncDaemon(statement.arguments()),
                List.of("eth0", "eth0 V", "eth0 id 3", "eth0 id 3 inst V",
                        "eth0 inst V id 3 maxlen 1000 port 8848 ttl 2 group 224.0.0.82", "eth0 V group ff02::99"),
                List.of("", "eth0 V id 300", "eth0 V id", "eth0 V 7", "eth0 inst V 7", "eth0 V inst W", "eth0 V foo 3",
                        "eth0 V maxlen 0", "eth0 V maxlen 65508", "eth0 V port 0", "eth0 V ttl 256",
                        "eth0 V group 10.0.0.1", "eth0 V group x"));
    }

    private static @Nullable String syncDaemon(List<String> words) {
        Map<String, Long> most = Map.of("id", 255L, "maxlen", 65507L, "port", 65535L, "ttl", 255L);
        int i = 1;
        boolean named = i < words.size() && !most.containsKey(words.get(i))
                && !List.of("group", "inst").contains(words.get(i));
        for (i += named ? 1 : 0; i < words.size(); i += 2) {
            String option = words.get(i);
            String value = i + 1 < words.size() ? words.get(i + 1) : "";
            if (value.isEmpty() && (option.equals("group") || option.equals("inst") || most.containsKey(option))) {
                return option + " needs a value";
            }
            String wrong = switch (option) {
                case "inst" -> named ? "the instance is said a second time" : null;
                case "group" -> {
                    IpAddress group = Arguments.ip(value);
                    yield group == null || !Arguments.isMulticast(group)
                            ? "'" + value + "' is no multicast address"
                            : null;
                }
                case "id", "maxlen", "port", "ttl" ->
                    Arguments.outside(value, option.equals("id") ? 0 : 1, most.getOrDefault(option, 0L));
                default -> option.matches("[0-9]+") && named && i == 2
                        ? "write id before " + option
                        : "'" + option + "' is no option";
            };
            if (wrong != null) {
                return wrong;
            }
            named |= option.equals("inst");
        }
        return null;
    }

    /** NAME [weight N [reverse|noreverse]]: what instances and groups watch. */
    static Directive.Entry tracked(String what, Set<String> known, int most) {
        return (entry, owner, checker) -> {
            String name = entry.name();
            if (!known.isEmpty() && !checker.isDefined(known, name)) {
                checker.problems().mistake(entry.at(), what + " '" + name + "' is not defined above this line",
                        name.startsWith("//") ? Arguments.comment(name) : checker.definedHelp(known, name));
                return;
            }
            if (known.isEmpty()) {
                checker.mustExist(name, entry.at());
            }
            options(entry, most, checker);
        };
    }

    private static void options(Statement entry, int most, Checker checker) {
        List<String> words = entry.arguments();
        if (words.isEmpty()) {
            return;
        }
        if (!words.getFirst().equals("weight")) {
            checker.wrong(entry, words.getFirst().startsWith("//")
                    ? Arguments.comment(words.getFirst())
                    : "'" + words.getFirst() + "' is no option; it is weight");
        } else if (words.size() == 1) {
            checker.wrong(entry, "weight needs a number");
        } else {
            checker.wrong(entry, Arguments.outside(words.get(1), -most, most));
            if (words.size() > 2) {
                checker.wrong(entry, Arguments.notOf(words.get(2), List.of("reverse", "noreverse", "no_reverse")));
            }
        }
    }

    /** Weight with the word that turns it round. */
    static Syntax weight(long most) {
        return Arguments.custom("NUMBER " + Arguments.range(-most, most) + " [reverse]", 1, 2,
                (statement, checker) -> {
                    String wrong = Arguments.outside(statement.argument(0), -most, most);
                    return wrong != null || statement.arguments().size() < 2
                            ? wrong
                            : Arguments.notOf(statement.argument(1), List.of("reverse"));
                }, List.of("0", "" + most, "-20 reverse"), List.of("", "x", "" + (most + 1), "3 x"));
    }

    static void unicastPeer(Statement entry, @Nullable Statement owner, Checker checker) {
        if (Arguments.ip(entry.name()) == null) {
            checker.wrong(entry, "'" + entry.name() + "' is no IP address of a peer");
            return;
        }
        List<String> words = entry.arguments();
        for (int i = 0; i < words.size(); i += 2) {
            if (i + 1 == words.size()) {
                checker.wrong(entry, words.get(i) + " needs a value");
            } else {
                String wrong = Arguments.notOf(words.get(i), List.of("min_ttl", "max_ttl"));
                checker.wrong(entry, wrong != null ? wrong : Arguments.outside(words.get(i + 1), 0, 255));
            }
        }
        int least = words.indexOf("min_ttl");
        int most = words.indexOf("max_ttl");
        if (least >= 0 && most >= 0 && least + 1 < words.size() && most + 1 < words.size()
                && Arguments.outside(words.get(least + 1), 0, 255) == null
                && Arguments.outside(words.get(most + 1), 0, 255) == null
                && Integer.parseInt(words.get(least + 1)) > Integer.parseInt(words.get(most + 1))) {
            checker.wrong(entry, "min_ttl is more than max_ttl, so no packet passes");
        }
    }

    static void garpInterface(Statement entry, @Nullable Statement owner, Checker checker) {
        entry.words().forEach(name -> checker.mustExist(name, entry.at()));
    }

    /** An address, a range or a prefix with its port, or fwmark NUMBER [inet|inet6]. */
    static void groupMember(Statement entry, @Nullable Statement owner, Checker checker) {
        if (entry.name().equals("fwmark")) {
            if (entry.arguments().isEmpty()) {
                checker.problems().add(Gravity.FATAL, entry.at(), "fwmark needs a number", null);
                return;
            }
            checker.wrong(entry, Arguments.outside(entry.argument(0), 0, MAX_UNSIGNED));
            if (entry.arguments().size() > 1) {
                checker.wrong(entry, Arguments.notOf(entry.argument(1), List.of("inet", "inet6")));
            }
            return;
        }
        if (!isRange(entry.name())) {
            checker.wrong(entry, "'" + entry.name() + "' is no IP address, range or prefix");
        } else if (entry.words().size() > 1) {
            checker.wrong(entry, Arguments.outside(entry.argument(0), 1, 65535));
        }
    }

    private static boolean isRange(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            return Arguments.prefixed(text) != null;
        }
        String end = text.substring(dash + 1);
        boolean six = text.contains(":");
        return Arguments.ip(text.substring(0, dash)) != null && (Arguments.ip(end) != null
                || end.matches(six ? "[0-9a-fA-F]{1,4}" : "[0-9]{1,3}") && (six || Integer.parseInt(end) < 256));
    }
}
