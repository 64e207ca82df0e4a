package dev.weir.conf.directive;

import dev.weir.conf.text.Problem.Gravity;
import dev.weir.conf.text.Statement;
import dev.weir.conf.text.Words;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arguments with a rule of their own. */
final class Rules {
    /** What VRRP's authentication has room for (RFC 2338, 5.3.6.1). */
    private static final int PASSWORD_LENGTH = 8;

    private Rules() {
    }

    /** A block has one name, which no other of its kind has. */
    static Syntax oneName() {
        return Arguments.custom("NAME", 1, 1, (statement, checker) -> {
            if (statement.arguments().size() != 1) {
                return "it has one name";
            }
            return checker.isTaken(statement) ? "there is another of that name" : null;
        }, List.of("N"), List.of("", "N M"));
    }

    /** Only the first counts; keepalived wants no second, as which the example stands. */
    static Syntax once(String text, String good) {
        return Arguments.custom(text, 1, Integer.MAX_VALUE,
                (statement, checker) -> checker.isSecond(statement) ? "is set a second time in this block" : null,
                List.of(), List.of("", good));
    }

    static Syntax existingInterface() {
        return Arguments.custom("INTERFACE", 1, 1, (statement, checker) -> {
            checker.mustExist(statement.argument(0), statement.at());
            return null;
        }, List.of("eth0"), List.of("", "eth9"));
    }

    static Syntax password() {
        return Arguments.custom("PASSWORD", 1, 1,
                (statement, checker) -> statement.argument(0).length() <= PASSWORD_LENGTH
                        ? null
                        : "only the first " + PASSWORD_LENGTH + " characters count, and '" + statement.argument(0)
                                + "' has more",
                List.of("12345678", "x"), List.of("", "123456789"));
    }

    static Syntax initFile() {
        return Arguments.custom("[NUMBER] [overwrite]", 0, 2, (statement, checker) -> {
            for (String word : statement.arguments()) {
                String wrong = word.matches("[+-]?[0-9]+")
                        ? Arguments.outside(word, Integer.MIN_VALUE, Integer.MAX_VALUE)
                        : Arguments.notOf(word, List.of("overwrite"));
                if (wrong != null) {
                    return wrong;
                }
            }
            return null;
        }, List.of("", "0", "1 overwrite"), List.of("x", "4294967296"));
    }

    /** The command of a vrrp_script: quotes must be closed; whether it is there matters once an instance watches it. */
    static Syntax trackScript() {
        return Arguments.custom("COMMAND", 0, Integer.MAX_VALUE, (statement, checker) -> {
            try {
                List<String> words = Words.splitEscaped(statement.source());
                if (words.size() > 1) {
                    Words.splitEscaped(words.get(1));
                }
                return null;
            } catch (IllegalArgumentException e) {
                return "a quote " + e.getMessage() + " is opened and not closed";
            }
        }, List.of("/tmp/weir-conf-none", "\"/tmp/weir-conf-none 'a b'\""),
                List.of("\"/tmp/weir-conf-none 'a\""));
    }

    static @Nullable String vmac(Statement statement, Checker checker) {
        for (String word : statement.arguments()) {
            if (word.contains(":")) {
                if (!VrrpDirectives.isMac(word)) {
                    return "'" + word + "' is no MAC address";
                }
                if (word.startsWith("00:00:5e:00:0")) {
                    return "'" + word + "' is among the addresses of RFC 9568, which use_vmac has by itself";
                }
            } else if (checker.host().hasInterface(word)) {
                return "there is an interface '" + word + "' already, which is no VMAC";
            }
        }
        return null;
    }

    static void fatal(Statement statement, String what, Checker checker) {
        checker.problems().add(Gravity.FATAL, statement.at(), what, null);
    }
}
