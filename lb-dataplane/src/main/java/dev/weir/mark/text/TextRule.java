package dev.weir.mark.text;

import dev.weir.mark.Match;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One rule as it was written; two are equal where iptables -D takes one for the other. */
public record TextRule(Match.@Nullable Address source, Match.@Nullable Address destination, Match.@Nullable Input input,
        Match.@Nullable Protocol protocol, List<Extension> extensions, Jump jump) {
    public TextRule {
        extensions = List.copyOf(extensions);
    }

    List<Match> matches() {
        List<Match> matches = new ArrayList<>();
        for (Match match : new @Nullable Match[]{source, destination, input, protocol}) {
            if (match != null) {
                matches.add(match);
            }
        }
        extensions.forEach(extension -> matches.addAll(extension.matches()));
        return matches;
    }

    /** As iptables-save prints it behind "-A CHAIN"; begins with a blank, or is empty. */
    String text() {
        StringBuilder text = new StringBuilder();
        option(text, source, "-s", source == null ? "" : address(source));
        option(text, destination, "-d", destination == null ? "" : address(destination));
        option(text, input, "-i", input == null ? "" : input.name() + (input.wildcard() ? "+" : ""));
        option(text, protocol, "-p", protocol == null ? "" : Protocols.name(protocol.number()));
        extensions.forEach(extension -> text.append(' ').append(extension.text()));
        return text.append(jump.text()).toString();
    }

    /** As {@link #text}, without the blank. */
    @Override
    public String toString() {
        return text().stripLeading();
    }

    private static void option(StringBuilder text, @Nullable Match match, String name, String value) {
        if (match != null) {
            text.append(match.negated() ? " ! " : " ").append(name).append(' ').append(value);
        }
    }

    private static String address(Match.Address match) {
        int length = match.prefixLength();
        return match.address() + "/" + (length < 0 ? match.mask().toString() : Integer.toString(length));
    }
}
