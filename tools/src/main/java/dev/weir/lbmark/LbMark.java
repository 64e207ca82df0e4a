package dev.weir.lbmark;

import dev.weir.mark.MarkRules;
import dev.weir.mark.text.MarkTable;
import dev.weir.mark.text.PortNames;
import dev.weir.mark.text.RuleException;
import dev.weir.mark.text.RuleParser;
import dev.weir.mark.text.SaveFile;
import dev.weir.mark.text.TextRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules that lb-mark made, and its commands on them. Each is done whole or not at all. One thread uses it, the control
 * thread of a director.
 */
public final class LbMark {
    private static final int WRONG_USE = 2;
    private static final int NOT_THERE = 1;
    private static final String HELP = """
            Usage: lb-mark [-4|-6] -A|-D|-C CHAIN RULE        append, delete, look for a rule
                   lb-mark [-4|-6] -I CHAIN [N] RULE          insert before the first, or before rule N
                   lb-mark [-4|-6] -R CHAIN N RULE            put in place of rule N
                   lb-mark [-4|-6] -D CHAIN N                 delete rule N
                   lb-mark [-4|-6] -F|-L|-S [CHAIN]           delete all rules, list them, list them for --restore
                   lb-mark [-4|-6] -N CHAIN, -X [CHAIN]       make a chain, delete chains that are empty
                   lb-mark [-4|-6] --restore < FILE           what iptables-save printed, in place of all rules
                   lb-mark --followed                         the host's own rules as they are followed, and those that
                                                              are not; they come before the rules of lb-mark
            RULE: [!] -s ADDRESS[/MASK]  [!] -d ADDRESS[/MASK]  [!] -i INTERFACE[+]  [!] -p PROTOCOL
                  [!] --sport PORT[:PORT]  [!] --dport PORT[:PORT]
                  -m multiport [!] --sports|--dports|--ports PORT[:PORT],...  -m comment --comment TEXT
                  -j MARK --set-mark N[/MASK] | --set-xmark N[/MASK] | --and-mark N | --or-mark N | --xor-mark N
                  -j ACCEPT | -j RETURN | -j CHAIN | -g CHAIN
            CHAIN: PREROUTING, INPUT, which a packet meets after it, or one made by -N. The rules are IPv4's unless
            an address or -6 says otherwise.
            """;

    private final PortNames names;
    private final Consumer<MarkRules> changed;
    private MarkTable v4 = MarkTable.EMPTY_V4;
    private MarkTable v6 = MarkTable.EMPTY_V6;

    /** A command that fails because what it names is not there. */
    private static final class NotThereException extends Exception {
        private static final long serialVersionUID = 1;

        NotThereException(String message) {
            super(message);
        }
    }

    /** @param changed told of the rules after each change */
    public LbMark(PortNames names, Consumer<MarkRules> changed) {
        this.names = names;
        this.changed = changed;
    }

    /** @param stdin for --restore */
    public Result run(List<String> arguments, String stdin) {
        try {
            Call call = Call.parse(arguments);
            return switch (call.command()) {
                case HELP -> new Result(0, HELP, "");
                case LIST -> new Result(0, listing(call), "");
                case LIST_RULES -> new Result(0, saved(call), "");
                case RESTORE -> restore(call, stdin);
                case CHECK -> check(call);
                default -> change(call);
            };
        } catch (RuleException e) {
            return new Result(WRONG_USE, "", "lb-mark: " + e.getMessage() + "\n");
        } catch (NotThereException e) {
            return new Result(NOT_THERE, "", "lb-mark: " + e.getMessage() + "\n");
        }
    }

    private Result change(Call call) throws RuleException, NotThereException {
        MarkTable newV4 = concerns(call, true) ? changed(v4, call) : v4;
        MarkTable newV6 = concerns(call, false) ? changed(v6, call) : v6;
        return take(newV4, newV6);
    }

    private Result take(MarkTable newV4, MarkTable newV6) throws RuleException {
        MarkRules rules = newV4.rules().then(newV6.rules());
        v4 = newV4;
        v6 = newV6;
        changed.accept(rules);
        return new Result(0, "", "");
    }

    /** A rule is of one family, IPv4's unless something says otherwise; other commands are for both. */
    private static boolean concerns(Call call, boolean family) {
        boolean fallback = !call.command().hasRule() || family;
        return call.v4() == null ? fallback : call.v4() == family;
    }

    private MarkTable changed(MarkTable table, Call call) throws RuleException, NotThereException {
        String chain = call.chain();
        return switch (call.command()) {
            case NEW -> made(table, Objects.requireNonNull(chain));
            case FLUSH -> flushed(table, chain);
            case DELETE_CHAIN -> without(table, chain);
            default -> table.with(Objects.requireNonNull(chain), edited(table, call));
        };
    }

    private List<TextRule> edited(MarkTable table, Call call) throws RuleException, NotThereException {
        String chain = Objects.requireNonNull(call.chain());
        List<TextRule> rules = new ArrayList<>(rules(table, chain));
        int place = call.number() - 1;
        if (call.command() == Call.Command.DELETE && call.number() != 0) {
            requirePlace(rules, place, chain);
            rules.remove(place);
            if (!call.rule().isEmpty()) {
                throw new RuleException("-D takes a number or a rule, not both");
            }
            return rules;
        }
        List<TextRule> given = RuleParser.parse(call.rule(), table.v4(), names);
        switch (call.command()) {
            case APPEND -> rules.addAll(given);
            case INSERT -> {
                if (place > rules.size()) {
                    throw noSuchPlace(rules, place, chain);
                }
                // As iptables does it: the second address' rule before the first one's.
                given.forEach(rule -> rules.add(Math.max(0, place), rule));
            }
            case REPLACE -> {
                requirePlace(rules, place, chain);
                if (given.size() != 1) {
                    throw new RuleException(
                            "-R puts one rule in place of one, but several addresses are several rules");
                }
                rules.set(place, given.getFirst());
            }
            default -> {
                for (TextRule rule : given) {
                    if (!rules.remove(rule)) {
                        throw noSuchRule(chain);
                    }
                }
            }
        }
        return rules;
    }

    private static List<TextRule> rules(MarkTable table, String chain) throws NotThereException {
        List<TextRule> rules = table.chains().get(chain);
        if (rules == null) {
            throw new NotThereException("there is no chain " + chain + " for " + family(table) + "; there are "
                    + String.join(", ", table.chains().keySet()) + ", and -N makes one");
        }
        return rules;
    }

    private static String family(MarkTable table) {
        return table.v4() ? "IPv4" : "IPv6";
    }

    private static void requirePlace(List<TextRule> rules, int place, String chain) throws NotThereException {
        if (place >= rules.size()) {
            throw noSuchPlace(rules, place, chain);
        }
    }

    private static NotThereException noSuchPlace(List<TextRule> rules, int place, String chain) {
        return new NotThereException("there is no rule " + (place + 1) + " in " + chain + ", which has " + rules.size()
                + " (lb-mark -L shows them with their numbers)");
    }

    private static NotThereException noSuchRule(String chain) {
        return new NotThereException("there is no such rule in " + chain + " (lb-mark -S shows those that there are)");
    }

    private Result check(Call call) throws RuleException, NotThereException {
        MarkTable table = concerns(call, true) ? v4 : v6;
        String chain = Objects.requireNonNull(call.chain());
        if (!rules(table, chain).containsAll(RuleParser.parse(call.rule(), table.v4(), names))) {
            throw noSuchRule(chain);
        }
        return new Result(0, "", "");
    }

    private static MarkTable made(MarkTable table, String chain) throws RuleException {
        if (table.chains().containsKey(chain)) {
            throw new RuleException("there is a chain " + chain + " already");
        }
        if (!chain.matches("[^\\s!-][^\\s]{0,27}") || List.of("MARK", "ACCEPT", "RETURN", "DROP").contains(chain)) {
            throw new RuleException(
                    "'" + chain + "' can be no chain's name: up to 28 characters, no blank, no target's name");
        }
        return table.with(chain, List.of());
    }

    private static MarkTable flushed(MarkTable table, @Nullable String chain)
            throws NotThereException {
        if (chain != null) {
            rules(table, chain);
            return table.with(chain, List.of());
        }
        MarkTable flushed = table;
        for (String name : table.chains().keySet()) {
            flushed = flushed.with(name, List.of());
        }
        return flushed;
    }

    private static MarkTable without(MarkTable table, @Nullable String chain)
            throws RuleException, NotThereException {
        MarkTable left = table;
        List<String> all = table.chains().keySet().stream().filter(name -> !MarkTable.BUILT_IN.contains(name)).toList();
        for (String name : chain == null ? all : List.of(chain)) {
            if (!rules(table, name).isEmpty() || MarkTable.BUILT_IN.contains(name)) {
                throw new RuleException(
                        "the chain " + name + " is not empty, or is one that stays; empty it with -F first");
            }
            left = left.without(name);
            if (left.leadsTo(name)) {
                throw new RuleException("a rule leads to the chain " + name + "; delete that rule first");
            }
        }
        return left;
    }

    private Result restore(Call call, String stdin) throws RuleException {
        boolean ofV6 = Boolean.FALSE.equals(call.v4());
        if (call.v4() == null && stdin.lines().anyMatch(line -> line.startsWith("# Generated by ip6tables"))) {
            throw new RuleException(
                    "this is what ip6tables-save printed; say lb-mark -6 --restore. Nothing was changed");
        }
        SaveFile.Contents read = SaveFile.read(stdin, !ofV6, names);
        if (!read.problems().isEmpty()) {
            String problems = read.problems().stream().map(problem -> "lb-mark: " + problem + "\n")
                    .collect(Collectors.joining());
            return new Result(WRONG_USE, "", problems + "lb-mark: nothing was changed\n");
        }
        return take(ofV6 ? v4 : read.v4(), Boolean.TRUE.equals(call.v4()) ? v6 : read.v6());
    }

    private String saved(Call call) throws NotThereException {
        MarkTable shownV4 = concerns(call, true) ? v4 : MarkTable.EMPTY_V4;
        MarkTable shownV6 = concerns(call, false) ? v6 : MarkTable.EMPTY_V6;
        String chain = call.chain();
        if (chain == null) {
            return SaveFile.write(shownV4, shownV6);
        }
        requireChain(call, chain);
        return SaveFile.rules(shownV4, chain) + SaveFile.rules(shownV6, chain);
    }

    private void requireChain(Call call, String chain) throws NotThereException {
        if (!(concerns(call, true) && v4.chains().containsKey(chain))
                && !(concerns(call, false) && v6.chains().containsKey(chain))) {
            rules(concerns(call, true) ? v4 : v6, chain);
        }
    }

    private String listing(Call call) throws NotThereException {
        String chain = call.chain();
        if (chain != null) {
            requireChain(call, chain);
        }
        StringBuilder text = new StringBuilder();
        for (MarkTable table : List.of(v4, v6)) {
            if (!concerns(call, table.v4())) {
                continue;
            }
            table.chains().forEach((name, rules) -> {
                if (chain == null || chain.equals(name)) {
                    text.append(text.isEmpty() ? "" : "\n").append("Chain ").append(name).append(" (")
                            .append(family(table))
                            .append(")\nnum  rule\n");
                    for (int i = 0; i < rules.size(); i++) {
                        text.append(String.format("%-4d %s\n", i + 1, rules.get(i)));
                    }
                }
            });
        }
        return text.toString();
    }
}
