package dev.weir.mark.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What iptables-save(8), ip6tables-save(8) and iptables -S print: the mangle table is read, others are passed over. A chain
 * to which nothing leads from {@link MarkTable#BUILT_IN} may hold what Weir cannot do. A rule may have -4 or -6 before its -A, as
 * iptables-restore(8) has it for files of both families.
 */
public final class SaveFile {
    private static final Set<String> OTHER_CHAINS = Set.of("FORWARD", "OUTPUT", "POSTROUTING");

    /**
     * A line that cannot be done.
     *
     * @param line from 1
     */
    public record Problem(int line, String text, String reason) {
        @Override
        public String toString() {
            return "line " + line + ": " + reason + " (" + text + ")";
        }
    }

    /** What was read; where there are problems, the tables hold the other rules. */
    public record Contents(MarkTable v4, MarkTable v6, List<Problem> problems) {
        public Contents {
            problems = List.copyOf(problems);
        }
    }

    private record Line(int number, String text, List<String> words) {
    }

    private final PortNames names;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<Boolean, Map<String, List<Line>>> lines = new HashMap<>();

    private SaveFile(PortNames names) {
        this.names = names;
        lines.put(true, new LinkedHashMap<>());
        lines.put(false, new LinkedHashMap<>());
    }

    /** @param v4 the family of lines that do not say theirs */
    public static Contents read(String text, boolean v4, PortNames names) {
        SaveFile file = new SaveFile(names);
        file.gather(text, v4);
        MarkTable ipv4 = file.table(true);
        MarkTable ipv6 = file.table(false);
        return new Contents(ipv4, ipv6, file.problems);
    }

    private void gather(String text, boolean v4) {
        boolean inMangle = true;
        int number = 0;
        for (String raw : text.lines().toList()) {
            number++;
            String line = raw.strip();
            if (line.startsWith("*")) {
                inMangle = line.equals("*mangle");
            } else if (inMangle && !line.isEmpty() && !line.startsWith("#") && !line.equals("COMMIT")) {
                try {
                    line(number, line, v4);
                } catch (RuleException e) {
                    problems.add(new Problem(number, line, e.getMessage()));
                }
            }
        }
    }

    private void line(int number, String text, boolean v4) throws RuleException {
        List<String> words = new ArrayList<>(Words.of(text));
        if (words.getFirst().startsWith("[")) {
            words.removeFirst();
        }
        boolean ownV4 = v4;
        if (!words.isEmpty() && (words.getFirst().equals("-4") || words.getFirst().equals("-6"))) {
            ownV4 = words.removeFirst().equals("-4");
        }
        String first = words.isEmpty() ? "" : words.getFirst();
        if (first.startsWith(":")) {
            declare(first.substring(1), words.size() > 1 ? words.get(1) : "-");
        } else if (words.size() > 1 && (first.equals("-A") || first.equals("--append"))) {
            rulesOf(words.get(1), ownV4).add(new Line(number, text, words.subList(2, words.size())));
        } else if (words.size() == 2 && first.equals("-N")) {
            declare(words.get(1), "-");
        } else if (words.size() == 3 && first.equals("-P")) {
            declare(words.get(1), words.get(2));
        } else {
            throw new RuleException("not a line of iptables-save: those begin with *, :, -A, COMMIT or #");
        }
    }

    private void declare(String chain, String policy) throws RuleException {
        if (!policy.equals("-") && !policy.equals("ACCEPT") && MarkTable.BUILT_IN.contains(chain)) {
            throw new RuleException("the policy " + policy + " of " + chain + " is not Weir's to keep; only ACCEPT is");
        }
        rulesOf(chain, true);
        rulesOf(chain, false);
    }

    private List<Line> rulesOf(String chain, boolean v4) {
        return lines.getOrDefault(v4, Map.of()).computeIfAbsent(chain, _ -> new ArrayList<>());
    }

    /** The chains that a packet meets, in the order in which it does first; then the others. */
    private MarkTable table(boolean v4) {
        Map<String, List<Line>> all = lines.getOrDefault(v4, Map.of());
        MarkTable table = MarkTable.empty(v4);
        Set<String> met = new LinkedHashSet<>(MarkTable.BUILT_IN);
        for (Deque<String> toRead = new ArrayDeque<>(met); !toRead.isEmpty();) {
            String chain = toRead.remove();
            List<TextRule> rules = new ArrayList<>();
            for (Line line : all.getOrDefault(chain, List.of())) {
                try {
                    List<TextRule> parsed = RuleParser.parse(line.words, v4, names);
                    if (parsed.getFirst().jump() instanceof Jump.Chain to) {
                        requireChain(to.name(), all);
                        if (met.add(to.name())) {
                            toRead.add(to.name());
                        }
                    }
                    rules.addAll(parsed);
                } catch (RuleException e) {
                    problems.add(new Problem(line.number, line.text, e.getMessage()));
                }
            }
            table = table.with(chain, rules);
        }
        return withOthers(table, all);
    }

    private static void requireChain(String name, Map<String, List<Line>> all) throws RuleException {
        if (!all.containsKey(name) || OTHER_CHAINS.contains(name)) {
            throw new RuleException("'" + name + "' is neither a chain, nor a target that Weir has: MARK, ACCEPT and"
                    + " RETURN");
        }
    }

    /** A chain that no packet meets is kept where it can be; what else it may be for is none of Weir's business. */
    private MarkTable withOthers(MarkTable met, Map<String, List<Line>> all) {
        MarkTable table = met;
        for (Map.Entry<String, List<Line>> chain : all.entrySet()) {
            if (!OTHER_CHAINS.contains(chain.getKey()) && !table.chains().containsKey(chain.getKey())) {
                try {
                    List<TextRule> rules = new ArrayList<>();
                    for (Line line : chain.getValue()) {
                        rules.addAll(RuleParser.parse(line.words, table.v4(), names));
                    }
                    table = table.with(chain.getKey(), rules);
                } catch (RuleException e) {
                    // Passed over, as it would be if it were another table's.
                }
            }
        }
        return table;
    }

    /** Both families in one text that {@link #read} and iptables-restore(8) read; IPv6 rules have -6 before them. */
    public static String write(MarkTable v4, MarkTable v6) {
        Set<String> chains = new LinkedHashSet<>(v4.chains().keySet());
        chains.addAll(v6.chains().keySet());
        StringBuilder text = new StringBuilder("*mangle\n");
        for (String chain : chains) {
            text.append(':').append(chain).append(MarkTable.BUILT_IN.contains(chain) ? " ACCEPT" : " -")
                    .append(" [0:0]\n");
        }
        for (String chain : chains) {
            text.append(rules(v4, chain)).append(rules(v6, chain));
        }
        return text.append("COMMIT\n").toString();
    }

    /** The rules of a chain, a line each, as {@link #write} has them; none where the table has no such chain. */
    public static String rules(MarkTable table, String chain) {
        StringBuilder text = new StringBuilder();
        for (TextRule rule : table.chains().getOrDefault(chain, List.of())) {
            text.append(table.v4() ? "" : "-6 ").append("-A ").append(chain).append(rule.text()).append('\n');
        }
        return text.toString();
    }
}
