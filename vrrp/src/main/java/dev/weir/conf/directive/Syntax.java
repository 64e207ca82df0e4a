package dev.weir.conf.directive;

import dev.weir.conf.text.Problem.Gravity;
import dev.weir.conf.text.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a directive.
 *
 * @param text    as documents have it
 * @param needed  arguments at least
 * @param missing what fewer are to keepalived
 * @param most    arguments that have a meaning; keepalived passes over others in silence
 * @param check   what is wrong with those that are there
 * @param good    examples that pass in a configuration that is otherwise right
 * @param bad     examples that do not
 */
public record Syntax(String text, int needed, Gravity missing, int most, Check check, List<String> good,
        List<String> bad) {
    /** Says what is wrong with a statement's arguments, or null; at least {@link #needed} are there. */
    public interface Check {
        @Nullable
        String wrong(Statement statement, Checker checker);
    }

    /** To keepalived a missing argument is a mistake like others, not the end. */
    Syntax lenient() {
        return new Syntax(text, needed, Gravity.MISTAKE, most, check, good, bad);
    }

    Syntax titled(String newText) {
        return new Syntax(newText, needed, missing, most, check, good, bad);
    }

    Syntax examples(List<String> newGood, List<String> newBad) {
        return new Syntax(text, needed, missing, most, check, newGood, newBad);
    }

    /** In force whatever the arguments are: keepalived refuses to hear of it. */
    Syntax deprecated(String instead) {
        return new Syntax(text, needed, missing, most, (statement, checker) -> {
            String wrong = check.wrong(statement, checker);
            return wrong != null ? wrong : "is deprecated: " + instead;
        }, List.of(), good.isEmpty() ? bad : good);
    }
}
