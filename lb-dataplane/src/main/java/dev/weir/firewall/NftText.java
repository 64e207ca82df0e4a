package dev.weir.firewall;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code nft -a list table} prints, to name a rule in its own words. */
final class NftText {
    private static final Pattern RULE = Pattern.compile("^\\t\\t(.*) # handle (\\d+)$");
    private static final Pattern COUNTER = Pattern.compile(" ?counter packets \\d+ bytes \\d+");

    private NftText() {
    }

    /** The rules by their handles, which are unique in a table; without what counters say. */
    static Map<Long, String> rules(String text) {
        Map<Long, String> rules = new HashMap<>();
        text.lines().map(RULE::matcher).filter(Matcher::matches).forEach(matcher -> rules
                .put(Long.parseLong(matcher.group(2)), COUNTER.matcher(matcher.group(1)).replaceAll("").strip()));
        return rules;
    }
}
