package dev.weir.firewall;

import dev.weir.mark.MarkRules;
import java.util.ArrayList;
import java.util.List;

/**
 * What the host's rules make of marks, and where Weir cannot say.
 *
 * @param text        the rules followed, in their order, as the host's own tools print them
 * @param notFollowed the rules that would change marks and are not among {@code rules}
 */
public record Followed(MarkRules rules, List<String> text, List<NotFollowed> notFollowed) {
    public static final Followed NOTHING = new Followed(MarkRules.NONE, List.of(), List.of());

    /**
     * @param rule   as the host's own tools print it, or where such rules may stand
     * @param reason what cannot be followed about it, and what to do instead
     */
    public record NotFollowed(String rule, String reason) {
        @Override
        public String toString() {
            return rule + ": " + reason;
        }
    }

    public Followed {
        text = List.copyOf(text);
        notFollowed = List.copyOf(notFollowed);
    }

    static Followed not(String rule, String reason) {
        return new Followed(MarkRules.NONE, List.of(), List.of(new NotFollowed(rule, reason)));
    }

    /** These, and after them the others. */
    Followed then(Followed others) {
        List<String> bothTexts = new ArrayList<>(text);
        bothTexts.addAll(others.text);
        List<NotFollowed> bothNot = new ArrayList<>(notFollowed);
        bothNot.addAll(others.notFollowed);
        return new Followed(rules.then(others.rules), bothTexts, bothNot);
    }
}
