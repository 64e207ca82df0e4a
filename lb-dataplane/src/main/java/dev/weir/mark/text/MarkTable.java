package dev.weir.mark.text;

import dev.weir.mark.MarkRule;
import dev.weir.mark.MarkRules;
import dev.weir.mark.Match;
import dev.weir.mark.Target;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The chains of one family's mangle table that say a packet's mark before IPVS sees it. Immutable. */
public final class MarkTable {
    /** The chains that are always there, in the order in which a packet meets them. */
    public static final List<String> BUILT_IN = List.of("PREROUTING", "INPUT");
    public static final MarkTable EMPTY_V4 = new MarkTable(true, Map.of());
    public static final MarkTable EMPTY_V6 = new MarkTable(false, Map.of());
    /** Rules at most, those of a chain counted once for each jump to it. */
    private static final int MOST_RULES = 65_536;

    private final boolean v4;
    private final Map<String, List<TextRule>> chains;

    private MarkTable(boolean v4, Map<String, List<TextRule>> chains) {
        this.v4 = v4;
        Map<String, List<TextRule>> copy = new LinkedHashMap<>();
        BUILT_IN.forEach(name -> copy.put(name, List.of()));
        chains.forEach((name, rules) -> copy.put(name, List.copyOf(rules)));
        this.chains = Collections.unmodifiableMap(copy);
    }

    public static MarkTable empty(boolean v4) {
        return v4 ? EMPTY_V4 : EMPTY_V6;
    }

    public boolean v4() {
        return v4;
    }

    /** Every chain with its rules; {@link #BUILT_IN} first. */
    public Map<String, List<TextRule>> chains() {
        return chains;
    }

    public boolean isEmpty() {
        return equals(empty(v4));
    }

    /** The table with this chain, new or instead of the one of its name. */
    public MarkTable with(String chain, List<TextRule> rules) {
        Map<String, List<TextRule>> changed = new LinkedHashMap<>(chains);
        changed.put(chain, rules);
        return new MarkTable(v4, changed);
    }

    public MarkTable without(String chain) {
        Map<String, List<TextRule>> changed = new LinkedHashMap<>(chains);
        changed.remove(chain);
        return new MarkTable(v4, changed);
    }

    /** Whether a rule of any chain leads to this one. */
    public boolean leadsTo(String chain) {
        return chains.values().stream().flatMap(List::stream)
                .anyMatch(rule -> rule.jump() instanceof Jump.Chain to && to.name().equals(chain));
    }

    /**
     * The rules that a packet meets, one after the other.
     *
     * @throws RuleException where a rule leads to a chain that is not there, or chains lead in a circle
     */
    public MarkRules rules() throws RuleException {
        List<MarkRule> rules = new ArrayList<>();
        for (String chain : BUILT_IN) {
            List<Integer> accepts = new ArrayList<>();
            walk(chain, List.of(), new ArrayDeque<>(), rules, accepts);
            skipToEnd(rules, accepts);
        }
        return new MarkRules(rules);
    }

    /** A chain's rules have the matches of the rule that led to it besides their own. */
    private void walk(String chain, List<Match> entry, Deque<String> way, List<MarkRule> rules, List<Integer> accepts)
            throws RuleException {
        List<TextRule> own = chains.get(chain);
        if (own == null) {
            throw new RuleException("'" + chain + "' is neither a chain of this table, nor a target that Weir has: "
                    + "MARK, ACCEPT and RETURN");
        }
        if (way.contains(chain)) {
            throw new RuleException("the chain " + chain + " leads back to itself");
        }
        way.push(chain);
        List<Integer> returns = new ArrayList<>();
        for (TextRule rule : own) {
            List<Match> matches = new ArrayList<>(entry);
            matches.addAll(rule.matches());
            switch (rule.jump()) {
                case Jump.Mark mark -> rules.add(new MarkRule(v4, matches, mark.set()));
                case Jump.Verdict verdict -> skip(rules, matches, verdict == Jump.Verdict.ACCEPT ? accepts : returns);
                case Jump.Chain to -> {
                    walk(to.name(), matches, way, rules, accepts);
                    if (to.forGood()) {
                        skip(rules, matches, returns);
                    }
                }
                case Jump.Nowhere _ -> {
                }
            }
            if (rules.size() > MOST_RULES) {
                throw new RuleException("the chains come to more than " + MOST_RULES + " rules, counted once for each"
                        + " jump to them");
            }
        }
        way.pop();
        skipToEnd(rules, returns);
    }

    /** How many it passes over is known when its chain ends. */
    private void skip(List<MarkRule> rules, List<Match> matches, List<Integer> waiting) {
        waiting.add(rules.size());
        rules.add(new MarkRule(v4, matches, new Target.Skip(0)));
    }

    private static void skipToEnd(List<MarkRule> rules, List<Integer> waiting) {
        for (int at : waiting) {
            MarkRule rule = rules.get(at);
            rules.set(at, new MarkRule(rule.v4(), rule.matches(), new Target.Skip(rules.size() - at - 1)));
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MarkTable table && table.v4 == v4 && table.chains.equals(chains);
    }

    @Override
    public int hashCode() {
        return chains.hashCode();
    }

    @Override
    public String toString() {
        return SaveFile.write(v4 ? this : EMPTY_V4, v4 ? EMPTY_V6 : this);
    }
}
