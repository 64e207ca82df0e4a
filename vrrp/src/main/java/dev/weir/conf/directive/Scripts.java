package dev.weir.conf.directive;

import dev.weir.conf.text.Problem.Gravity;
import dev.weir.conf.text.Statement;
import dev.weir.conf.text.Words;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands that a configuration has run, and whether keepalived would run them. */
final class Scripts {
    private static final String DEFAULT_USER = "keepalived_script";
    /** Where keepalived looks for a command without a slash. */
    private static final List<String> PATH = List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
            "/sbin", "/bin");

    private Scripts() {
    }

    /** COMMAND [USER [GROUP]]; the command in quotes where it has arguments. */
    static Syntax command() {
        return Arguments.custom("COMMAND [USER [GROUP]]", 1, 3, Scripts::wrong,
                List.of("/tmp/weir-conf-none", "\"/tmp/weir-conf-none 'a b' c\"", "weir-conf-none"),
                List.of("", "\"/tmp/weir-conf-none 'a\""));
    }

    /** The same, once in a block: keepalived takes the first, and wants no second. */
    static Syntax onlyCommand() {
        return Arguments.custom("COMMAND [USER [GROUP]]", 1, 3, Scripts::wrongOrSecond,
                List.of("/tmp/weir-conf-none", "\"/tmp/weir-conf-none 'a b' c\"", "weir-conf-none"),
                List.of("", "\"/tmp/weir-conf-none 'a\""));
    }

    private static @Nullable String wrongOrSecond(Statement statement, Checker checker) {
        return checker.isSecond(statement)
                ? "is set a second time in this block, and the first counts"
                : wrong(statement, checker);
    }

    static Syntax optionalCommand() {
        return Arguments.custom("[COMMAND [USER [GROUP]]]", 0, 3,
                (statement, checker) -> statement.arguments().isEmpty() ? null : wrongOrSecond(statement, checker),
                List.of("", "/tmp/weir-conf-none"), List.of("\"/tmp/weir-conf-none 'a\""));
    }

    private static @Nullable String wrong(Statement statement, Checker checker) {
        return wrong(statement, 1, checker);
    }

    /** @param at which of the words the command is */
    static @Nullable String wrong(Statement statement, int at, Checker checker) {
        try {
            List<String> words = Words.splitEscaped(statement.source());
            List<String> command = words.size() <= at ? List.of() : Words.splitEscaped(words.get(at));
            if (!command.isEmpty() && isThere(command.getFirst(), checker)) {
                run(statement, words.size() > at + 1 ? words.get(at + 1) : null, checker);
            }
            return null;
        } catch (IllegalArgumentException e) {
            return "a quote " + e.getMessage() + " is opened and not closed";
        }
    }

    static boolean isThere(String program, Checker checker) {
        if (program.contains("/")) {
            return checker.host().isFile(program);
        }
        return PATH.stream().anyMatch(folder -> checker.host().isFile(folder + "/" + program));
    }

    /** A script that is there: who runs it. */
    static void run(Statement statement, @Nullable String ownUser, Checker checker) {
        String user = ownUser != null ? ownUser : checker.scriptUser();
        if (user == null && checker.host().hasUser(DEFAULT_USER)) {
            user = DEFAULT_USER;
        }
        if (user == null && checker.scriptSecurity()) {
            checker.problems().mistake(statement.at(), "there is no user " + DEFAULT_USER + " to run "
                    + statement.name(), "add the user, or set script_user in global_defs");
        } else if ((user == null || user.equals("root")) && !checker.scriptSecurity()) {
            checker.problems().add(Gravity.SECURITY, statement.at(), statement.name() + " is run as root, and "
                    + "enable_script_security is not set", "set it in global_defs, or a script_user who is not root");
        }
    }

    /** USER [GROUP]. */
    static Syntax user() {
        return Arguments.custom("USER [GROUP]", 1, 2, (statement, checker) -> {
            if (!checker.host().hasUser(statement.argument(0))) {
                return "there is no user '" + statement.argument(0) + "' here";
            }
            return statement.arguments().size() > 1 && !checker.host().hasGroup(statement.argument(1))
                    ? "there is no group '" + statement.argument(1) + "' here"
                    : null;
        }, List.of("nobody", "nobody nogroup"), List.of("", "nosuchuser", "nobody nosuchgroup"));
    }
}
