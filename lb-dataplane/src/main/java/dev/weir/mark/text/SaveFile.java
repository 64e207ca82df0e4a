package dev.weir.mark.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What iptables-save(8), ip6tables-save(8) and iptables -S print: the mangle table is read, others are passed over, and so
 * are chains to which nothing leads from {@link MarkTable#BUILT_IN}. A rule may have -4 or -6 before its -A, as
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
        lines.put(true, new HashMap<>());
        lines.put(false, new HashMap<>());
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

    /** The chains that are met, in the order in which they are met first. */
    private MarkTable table(boolean v4) {
        Map<String, List<Line>> all = lines.getOrDefault(v4, Map.of());
        Map<String, List<TextRule>> read = new LinkedHashMap<>();
        List<String> toRead = new ArrayList<>(MarkTable.BUILT_IN);
        for (int i = 0; i < toRead.size(); i++) {
            String chain = toRead.get(i);
            List<TextRule> rules = new ArrayList<>();
            for (Line line : all.getOrDefault(chain, List.of())) {
                try {
                    List<TextRule> parsed = RuleParser.parse(line.words, v4, names);
                    if (parsed.getFirst().jump() instanceof Jump.Chain to && !toRead.contains(to.name())) {
                        if (!all.containsKey(to.name()) || OTHER_CHAINS.contains(to.name())) {
                            throw new RuleException("'" + to.name()
                                    + "' is neither a chain, nor a target that Weir has: MARK, ACCEPT and RETURN");
                        }
                        toRead.add(to.name());
                    }
                    rules.addAll(parsed);
                } catch (RuleException e) {
                    problems.add(new Problem(line.number, line.text, e.getMessage()));
                }
            }
            read.put(chain, rules);
        }
        MarkTable table = MarkTable.empty(v4);
        for (Map.Entry<String, List<TextRule>> chain : read.entrySet()) {
            table = table.with(chain.getKey(), chain.getValue());
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
            append(text, v4, chain);
            append(text, v6, chain);
        }
        return text.append("COMMIT\n").toString();
    }

    /** The rules of a chain as iptables -S prints them. */
    static void append(StringBuilder text, MarkTable table, String chain) {
        for (TextRule rule : table.chains().getOrDefault(chain, List.of())) {
            text.append(table.v4() ? "" : "-6 ").append("-A ").append(chain).append(rule.text()).append('\n');
        }
    }
}
