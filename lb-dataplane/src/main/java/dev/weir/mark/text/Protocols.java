package dev.weir.mark.text;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Protocol names, as iptables prints them and reads them besides. */
final class Protocols {
    private static final Map<String, Integer> NUMBERS = Map.ofEntries(Map.entry("tcp", 6), Map.entry("sctp", 132),
            Map.entry("udp", 17), Map.entry("udplite", 136), Map.entry("icmp", 1), Map.entry("ipv6-icmp", 58),
            Map.entry("esp", 50), Map.entry("ah", 51), Map.entry("igmp", 2), Map.entry("ipencap", 4),
            Map.entry("dccp", 33), Map.entry("ipv6", 41), Map.entry("gre", 47), Map.entry("ospf", 89),
            Map.entry("vrrp", 112));
    private static final Map<Integer, String> NAMES = NUMBERS.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));

    private Protocols() {
    }

    static String name(int protocol) {
        return NAMES.getOrDefault(protocol, Integer.toString(protocol));
    }

    /** @return 0 for every protocol */
    static int number(String text) throws RuleException {
        String name = text.toLowerCase(Locale.ROOT);
        if (name.equals("all") || name.equals("ip")) {
            return 0;
        }
        if (name.equals("icmpv6")) {
            return 58;
        }
        Integer known = NUMBERS.get(name);
        long number = known != null ? known : Words.number(text);
        if (number < 0 || number > 255) {
            throw new RuleException("unknown protocol '" + text + "'; give a name such as tcp, or a number up to 255");
        }
        return (int) number;
    }
}
