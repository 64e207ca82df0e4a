package dev.weir.mark;

import dev.weir.wire.Packet;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link MarkRules} made ready for packets: gives the marks that {@link MarkRules#markOf} gives, in a few look-ups, however
 * many rules there are. Immutable; allocates nothing for a packet.
 */
public final class MarkClassifier {
    private final MarkRules rules;
    private final RuleBlock[] v4;
    private final RuleBlock[] v6;

    /** @param inputs the names of the interfaces on which packets come */
    public MarkClassifier(MarkRules rules, List<String> inputs) {
        this.rules = rules;
        v4 = blocks(ofFamily(rules.rules(), true), inputs);
        v6 = blocks(ofFamily(rules.rules(), false), inputs);
    }

    public MarkRules rules() {
        return rules;
    }

    /** What a rule passes over is counted anew, without the other family's. */
    private static List<MarkRule> ofFamily(List<MarkRule> rules, boolean v4) {
        List<MarkRule> own = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            MarkRule rule = rules.get(i);
            if (rule.v4() != v4) {
                continue;
            }
            if (rule.target() instanceof Target.Skip(int count)) {
                int skipped = (int) rules.subList(i + 1, i + 1 + count).stream().filter(other -> other.v4() == v4)
                        .count();
                own.add(new MarkRule(v4, rule.matches(), new Target.Skip(skipped)));
            } else {
                own.add(rule);
            }
        }
        return own;
    }

    private static RuleBlock[] blocks(List<MarkRule> rules, List<String> inputs) {
        List<RuleBlock> blocks = new ArrayList<>();
        for (int from = 0; from < rules.size(); from += RuleBlock.MOST) {
            blocks.add(new RuleBlock(rules.subList(from, Math.min(rules.size(), from + RuleBlock.MOST)), inputs));
        }
        return blocks.toArray(RuleBlock[]::new);
    }

    /**
     * The mark of a packet.
     *
     * @param input the place of its interface among those that this was made with
     */
    public int markOf(Packet packet, int input) {
        long state = 0;
        for (RuleBlock block : packet.v4() ? v4 : v6) {
            state = block.walk(packet, input, state);
        }
        return RuleBlock.mark(state);
    }
}
