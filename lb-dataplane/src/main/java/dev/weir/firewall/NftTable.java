package dev.weir.firewall;

import dev.weir.mark.MarkRule;
import dev.weir.mark.MarkRules;
import dev.weir.mark.Match;
import dev.weir.mark.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One table of nftables: what its base chains make of marks. Statements that concern no mark are passed over. */
final class NftTable {
    /** The kernel's own limit to how deep chains may jump. */
    private static final int DEPTH = 16;
    private static final int MOST_RULES = 1 << 16;
    private static final Set<String> WITHOUT_EFFECT = Set.of("counter", "log", "notrack", "meter");

    private final String family;
    private final String name;
    private final Map<String, List<?>> sets = new HashMap<>();
    private final Map<String, List<Object>> chains = new LinkedHashMap<>();
    private final Map<Long, String> texts;
    private final Set<Followed.NotFollowed> notFollowed = new LinkedHashSet<>();
    private final Set<String> followed = new LinkedHashSet<>();

    /**
     * @param json of {@code nft -j list table}
     * @param text of {@code nft -a list table}, to say which rule is meant
     */
    NftTable(String family, String name, Map<?, ?> json, String text) {
        this.family = family;
        this.name = name;
        texts = NftText.rules(text);
        for (Object item : Json.list(json.get("nftables"))) {
            Object set = Json.get(item, "set");
            if (set != null) {
                sets.put(Json.text(Json.get(set, "name")), Json.list(Json.get(set, "elem")));
            }
            Object rule = Json.get(item, "rule");
            if (rule != null) {
                chains.computeIfAbsent(Json.text(Json.get(rule, "chain")), _ -> new ArrayList<>()).add(rule);
            }
        }
    }

    /** What the base chain at prerouting does. */
    Followed follow(String chain) {
        followed.clear();
        notFollowed.clear();
        MarkRules rules = MarkRules.NONE;
        if (!family.equals("ip6")) {
            rules = rules.then(expand(chain, true));
        }
        if (!family.equals("ip")) {
            rules = rules.then(expand(chain, false));
        }
        boolean marks = rules.rules().stream().anyMatch(rule -> rule.target() instanceof Target.SetMark);
        // Where nothing sets a mark, nothing that ends the walk matters either.
        return new Followed(marks ? rules : MarkRules.NONE, marks ? List.copyOf(followed) : List.of(),
                List.copyOf(notFollowed));
    }

    /** What of a base chain elsewhere changes marks, none of which Weir follows. */
    Followed refuse(String chain, String reason) {
        notFollowed.clear();
        for (String any : reached(chain, new LinkedHashSet<>())) {
            for (Object rule : chains.getOrDefault(any, List.of())) {
                if (setsMark(rule)) {
                    notFollowed.add(new Followed.NotFollowed(text(rule), reason));
                }
            }
        }
        return new Followed(MarkRules.NONE, List.of(), List.copyOf(notFollowed));
    }

    /** A rule before it is known how many rules a verdict passes over. */
    private record Step(MarkRule rule, @Nullable Verdict verdict) {
    }

    private enum Verdict {
        ACCEPT, RETURN
    }

    private MarkRules expand(String chain, boolean v4) {
        List<Step> steps = new ArrayList<>();
        expand(chain, v4, List.of(), steps, 0);
        List<MarkRule> rules = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            rules.add(step.verdict != Verdict.ACCEPT
                    ? step.rule
                    : new MarkRule(v4, step.rule.matches(), new Target.Skip(steps.size() - i - 1)));
        }
        return new MarkRules(rules);
    }

    private void expand(String chain, boolean v4, List<Match> entered, List<Step> steps, int depth) {
        int from = steps.size();
        for (Object rule : chains.getOrDefault(chain, List.of())) {
            if (steps.size() > MOST_RULES || depth > DEPTH) {
                refuse(rule, "more rules, or deeper jumps, than are followed");
                return;
            }
            try {
                expand(rule, v4, entered, steps, depth);
            } catch (NftMatch.UnknownException e) {
                if (setsMark(rule) || leads(rule)) {
                    refuse(rule, e.getMessage() + " is not followed");
                }
            }
        }
        for (int i = from; i < steps.size(); i++) {
            if (steps.get(i).verdict == Verdict.RETURN) {
                steps.set(i, new Step(new MarkRule(v4, steps.get(i).rule.matches(),
                        new Target.Skip(steps.size() - i - 1)), null));
            }
        }
    }

    private void expand(Object rule, boolean v4, List<Match> entered, List<Step> steps, int depth)
            throws NftMatch.UnknownException {
        NftMatch conditions = new NftMatch(v4, sets);
        List<List<Match>> ways = List.of(entered);
        List<Step> made = new ArrayList<>();
        for (Object statement : Json.list(Json.get(rule, "expr"))) {
            for (Map.Entry<?, ?> entry : Json.object(statement).entrySet()) {
                String key = Json.text(entry.getKey());
                switch (key) {
                    case "match" -> ways = both(ways, conditions.ways(entry.getValue()));
                    case "mangle" -> {
                        if (isMark(Json.get(entry.getValue(), "key"))) {
                            Target.SetMark set = mark(Json.get(entry.getValue(), "value"));
                            for (List<Match> way : ways) {
                                made.add(new Step(new MarkRule(v4, way, set), null));
                            }
                        }
                    }
                    case "accept", "drop" -> verdict(v4, ways, Verdict.ACCEPT, made);
                    case "return" -> verdict(v4, ways, Verdict.RETURN, made);
                    case "jump", "goto" -> {
                        for (List<Match> way : ways) {
                            expand(Json.text(Json.get(entry.getValue(), "target")), v4, way, made, depth + 1);
                        }
                        if (key.equals("goto")) {
                            verdict(v4, ways, Verdict.RETURN, made);
                        }
                    }
                    default -> {
                        if (!WITHOUT_EFFECT.contains(key)) {
                            throw new NftMatch.UnknownException("\"" + key + "\"");
                        }
                    }
                }
            }
        }
        steps.addAll(made);
        if (setsMark(rule)) {
            followed.add(text(rule));
        }
    }

    private static void verdict(boolean v4, List<List<Match>> ways, Verdict verdict, List<Step> steps) {
        ways.forEach(way -> steps.add(new Step(new MarkRule(v4, way, new Target.Skip(0)), verdict)));
    }

    private static List<List<Match>> both(List<List<Match>> these, List<List<Match>> those) {
        List<List<Match>> both = new ArrayList<>();
        for (List<Match> one : these) {
            for (List<Match> other : those) {
                List<Match> all = new ArrayList<>(one);
                all.addAll(other);
                both.add(all);
            }
        }
        return both;
    }

    /** The mark itself is nothing changed; each operator changes what is left of it. */
    private static Target.SetMark mark(@Nullable Object value) throws NftMatch.UnknownException {
        if (value instanceof Long number) {
            return new Target.SetMark(number.intValue(), -1);
        }
        if (isMark(value)) {
            return new Target.SetMark(0, 0);
        }
        for (String operator : List.of("&", "|", "^")) {
            if (Json.get(value, operator) instanceof List<?> operands && operands.size() == 2
                    && operands.getLast() instanceof Long number) {
                Target.SetMark before = mark(operands.getFirst());
                int bits = number.intValue();
                return switch (operator) {
                    case "&" -> new Target.SetMark(before.value() & bits, before.mask() | ~bits);
                    case "|" -> new Target.SetMark(before.value() | bits, before.mask() | bits);
                    default -> new Target.SetMark(before.value() ^ bits, before.mask());
                };
            }
        }
        throw new NftMatch.UnknownException("a mark taken from elsewhere");
    }

    private static boolean isMark(@Nullable Object expression) {
        return Json.text(Json.get(Json.get(expression, "meta"), "key")).equals("mark");
    }

    private static boolean setsMark(Object rule) {
        return Json.list(Json.get(rule, "expr")).stream()
                .anyMatch(statement -> isMark(Json.get(Json.get(statement, "mangle"), "key"))
                        || Json.text(Json.get(Json.get(statement, "xt"), "name")).contains("MARK"));
    }

    /** Whether it decides which of the other rules a packet meets, and one of those changes marks. */
    private boolean leads(Object rule) {
        for (Object statement : Json.list(Json.get(rule, "expr"))) {
            for (String verdict : List.of("accept", "drop", "return", "vmap")) {
                if (Json.object(statement).containsKey(verdict)) {
                    return chains.values().stream().flatMap(List::stream).anyMatch(NftTable::setsMark);
                }
            }
            for (String verdict : List.of("jump", "goto")) {
                Object target = Json.get(statement, verdict);
                if (target != null && reached(Json.text(Json.get(target, "target")), new LinkedHashSet<>()).stream()
                        .flatMap(chain -> chains.getOrDefault(chain, List.of()).stream())
                        .anyMatch(NftTable::setsMark)) {
                    return true;
                }
            }
        }
        return false;
    }

    private Set<String> reached(String chain, Set<String> known) {
        if (known.add(chain)) {
            for (Object rule : chains.getOrDefault(chain, List.of())) {
                for (Object statement : Json.list(Json.get(rule, "expr"))) {
                    for (String verdict : List.of("jump", "goto")) {
                        Object target = Json.get(Json.get(statement, verdict), "target");
                        if (target != null) {
                            reached(Json.text(target), known);
                        }
                    }
                }
            }
        }
        return known;
    }

    private void refuse(Object rule, String reason) {
        notFollowed.add(new Followed.NotFollowed(text(rule), reason));
    }

    private String text(Object rule) {
        Object handle = Json.get(rule, "handle");
        String text = handle instanceof Long number ? texts.get(number) : null;
        return "nft " + family + " " + name + " " + Json.text(Json.get(rule, "chain")) + " "
                + (text == null ? "handle " + handle : text);
    }
}
