package dev.weir.lbmark;

import dev.weir.mark.text.RuleException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of one call, with what belongs to the rule set apart.
 *
 * @param v4     by -4 and -6, or the addresses of the rule; null where nothing says it
 * @param chain  null where none was given
 * @param number of a rule, from 1; 0 where none was given
 * @param rule   for {@link dev.weir.mark.text.RuleParser}
 */
record Call(Command command, @Nullable Boolean v4, @Nullable String chain, int number, List<String> rule) {
    enum Command {
        APPEND("-A", "--append"), DELETE("-D", "--delete"), INSERT("-I", "--insert"), REPLACE("-R", "--replace"), CHECK(
                "-C", "--check"), FLUSH("-F", "--flush"), LIST("-L", "--list"), LIST_RULES("-S", "--list-rules"), NEW(
                        "-N", "--new-chain"), DELETE_CHAIN("-X", "--delete-chain"), RESTORE("--restore",
                                "--restore"), HELP("-h", "--help");

        private final String letter;
        private final String word;

        Command(String letter, String word) {
            this.letter = letter;
            this.word = word;
        }

        private static @Nullable Command of(String argument) {
            for (Command command : values()) {
                if (argument.equals(command.letter) || argument.equals(command.word)) {
                    return command;
                }
            }
            return null;
        }

        boolean hasRule() {
            return this == APPEND || this == DELETE || this == INSERT || this == REPLACE || this == CHECK;
        }

        @Override
        public String toString() {
            return letter;
        }
    }

    /** What users of iptables write besides, and what changes nothing here. */
    private static final Map<String, String> WITHOUT_MEANING = Map.of("-n", "--numeric", "-v", "--verbose", "-x",
            "--exact", "-w", "--wait", "--line-numbers", "--line-numbers");

    static Call parse(List<String> arguments) throws RuleException {
        return new Reader(arguments).read();
    }

    private static final class Reader {
        private final List<String> words;
        private int next;
        private @Nullable Command command;
        private @Nullable Boolean v4;
        private boolean v6Address;
        private @Nullable String chain;
        private int number;
        private final List<String> rule = new ArrayList<>();

        Reader(List<String> words) {
            this.words = words;
        }

        Call read() throws RuleException {
            while (next < words.size()) {
                word(words.get(next++));
            }
            Command given = command;
            if (given == null) {
                throw new RuleException("no command: one of -A, -D, -I, -R, -C, -F, -L, -S, -N, -X, --restore is"
                        + " needed; lb-mark --help says more");
            }
            if (!given.hasRule() && !rule.isEmpty()) {
                throw new RuleException(given + " takes no rule, but here is " + String.join(" ", rule));
            }
            return new Call(given, v4 == null && v6Address ? Boolean.FALSE : v4, chain, number, rule);
        }

        private void word(String word) throws RuleException {
            Command named = Command.of(word);
            if (named != null) {
                command(named);
                return;
            }
            switch (word) {
                case "-t", "--table" -> table(following(word));
                case "-4", "--ipv4" -> family(true);
                case "-6", "--ipv6" -> family(false);
                case "-w", "--wait" -> {
                    if (isNumberNext()) {
                        next++;
                    }
                }
                case "!" -> rule.add(word);
                default -> ofRule(word);
            }
        }

        private void ofRule(String word) throws RuleException {
            if (WITHOUT_MEANING.containsKey(word) || WITHOUT_MEANING.containsValue(word)) {
                return;
            }
            if (word.startsWith("--table=")) {
                table(word.substring(8));
                return;
            }
            rule.add(word);
            boolean hasValue = word.indexOf('=') > 0 || word.length() > 2 && !word.startsWith("--");
            if (word.startsWith("-") && !hasValue && next < words.size()) {
                String value = words.get(next++);
                rule.add(value);
                v6Address |= List.of("-s", "--source", "--src", "-d", "--destination", "--dst").contains(word)
                        && value.indexOf(':') >= 0;
            } else {
                v6Address |= word.matches("(-[sd]|--(source|src|destination|dst)=).*:.*");
            }
        }

        private void command(Command named) throws RuleException {
            if (command != null) {
                throw new RuleException(command + " and " + named + " are two commands; give one at a time");
            }
            command = named;
            boolean wantsChain = named.hasRule() || named == Command.NEW;
            if (wantsChain || next < words.size() && isName(words.get(next)) && named != Command.RESTORE) {
                chain = following(named + " (a chain, such as PREROUTING)");
            }
            if ((named == Command.DELETE || named == Command.INSERT || named == Command.REPLACE) && isNumberNext()) {
                number = number(words.get(next++));
            }
            if (named == Command.REPLACE && number == 0) {
                throw new RuleException("-R needs the number of the rule to replace: -R PREROUTING 1 ...");
            }
        }

        private static boolean isName(String word) {
            return !word.startsWith("-") && !word.equals("!");
        }

        private boolean isNumberNext() {
            return next < words.size() && words.get(next).matches("[0-9]+");
        }

        private static int number(String text) throws RuleException {
            if (text.length() > 9 || Integer.parseInt(text) == 0) {
                throw new RuleException("'" + text + "' is no number of a rule; they count from 1");
            }
            return Integer.parseInt(text);
        }

        private String following(String option) throws RuleException {
            if (next == words.size()) {
                throw new RuleException(option + " needs a value behind it");
            }
            return words.get(next++);
        }

        private static void table(String name) throws RuleException {
            if (!name.equals("mangle")) {
                throw new RuleException("there is no table " + name + " here; marks are set in mangle");
            }
        }

        private void family(boolean given) throws RuleException {
            if (v4 != null && v4 != given) {
                throw new RuleException("-4 and -6 exclude each other; give two commands");
            }
            v4 = given;
        }
    }
}
