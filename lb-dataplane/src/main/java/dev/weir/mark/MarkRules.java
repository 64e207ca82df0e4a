package dev.weir.mark;

import dev.weir.wire.Packet;
import java.util.ArrayList;
import java.util.List;

/**
 * Rules in their order. A packet begins with mark 0 and meets all of them: each that matches changes the mark, and the
 * next one changes what that left. Immutable.
 */
public record MarkRules(List<MarkRule> rules) {
    public static final MarkRules NONE = new MarkRules(List.of());

    public MarkRules {
        rules = List.copyOf(rules);
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i).target() instanceof Target.Skip(int count) && (count < 0 || count >= rules.size() - i)) {
                throw new IllegalArgumentException("rule " + i + " of " + rules.size() + " passes over " + count);
            }
        }
    }

    /** These rules, and after them the others, whatever these passed over. */
    public MarkRules then(MarkRules others) {
        List<MarkRule> both = new ArrayList<>(rules);
        both.addAll(others.rules);
        return new MarkRules(both);
    }

    /**
     * The mark of a packet, by asking every rule.
     *
     * @param input the name of the interface on which it came
     */
    public int markOf(Packet packet, String input) {
        int mark = 0;
        for (int i = 0; i < rules.size(); i++) {
            MarkRule rule = rules.get(i);
            if (rule.matches(packet, input)) {
                switch (rule.target()) {
                    case Target.SetMark set -> mark = set.apply(mark);
                    case Target.Skip(int count) -> i += count;
                }
            }
        }
        return mark;
    }
}
