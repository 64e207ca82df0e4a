package dev.weir.firewall;

import dev.weir.mark.Match;
import dev.weir.mark.Match.PortSide;
import dev.weir.mark.Match.Side;
import dev.weir.mark.PortRange;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A condition of an nftables rule, as libnftables-json(5) has it, in terms of {@link Match}: ways to fulfil it, of which
 * one is enough; each way is matches that must all hold. No way at all: no packet of that family fulfils it.
 */
final class NftMatch {
    private static final List<List<Match>> ALWAYS = List.of(List.of());
    private static final List<List<Match>> NEVER = List.of();
    private static final Map<String, Integer> PROTOCOLS = Map.ofEntries(Map.entry("icmp", 1), Map.entry("igmp", 2),
            Map.entry("tcp", 6), Map.entry("udp", 17), Map.entry("ipv6-icmp", 58), Map.entry("icmpv6", 58),
            Map.entry("gre", 47), Map.entry("esp", 50), Map.entry("ah", 51), Map.entry("dccp", 33),
            Map.entry("sctp", 132), Map.entry("udplite", 136));

    private final boolean v4;
    private final Map<String, List<?>> sets;

    /** A condition that has no counterpart, in words. */
    static final class UnknownException extends Exception {
        private static final long serialVersionUID = 1;

        UnknownException(String what) {
            super(what);
        }
    }

    /** @param sets the named sets of the table, by name: their elements */
    NftMatch(boolean v4, Map<String, List<?>> sets) {
        this.v4 = v4;
        this.sets = sets;
    }

    List<List<Match>> ways(@Nullable Object match) throws UnknownException {
        String operator = Json.text(Json.get(match, "op"));
        if (!operator.equals("==") && !operator.equals("!=")) {
            throw new UnknownException("the comparison " + operator + " of " + about(Json.get(match, "left")));
        }
        Object left = Json.get(match, "left");
        List<?> values = values(Json.get(match, "right"));
        boolean negated = operator.equals("!=");
        if (Json.get(left, "&") instanceof List<?> masked && masked.size() == 2) {
            return address(Json.get(masked.getFirst(), "payload"), Json.text(masked.getLast()), values, negated);
        }
        return Json.get(left, "payload") != null
                ? payload(Json.get(left, "payload"), values, negated)
                : meta(left, values, negated);
    }

    private List<?> values(@Nullable Object right) throws UnknownException {
        if (Json.get(right, "set") instanceof List<?> elements) {
            return elements.stream().map(NftMatch::element).toList();
        }
        if (right instanceof String name && name.startsWith("@")) {
            List<?> elements = sets.get(name.substring(1));
            if (elements == null) {
                throw new UnknownException("the set " + name);
            }
            return elements.stream().map(NftMatch::element).toList();
        }
        return List.of(right == null ? "" : right);
    }

    /** An element may carry a timeout, a counter or a comment. */
    private static Object element(Object element) {
        Object value = Json.get(Json.get(element, "elem"), "val");
        return value == null ? element : value;
    }

    private List<List<Match>> payload(@Nullable Object payload, List<?> values, boolean negated)
            throws UnknownException {
        String protocol = Json.text(Json.get(payload, "protocol"));
        String field = Json.text(Json.get(payload, "field"));
        return switch (protocol + " " + field) {
            case "ip saddr", "ip daddr", "ip6 saddr", "ip6 daddr" -> address(payload, "", values, negated);
            case "ip protocol" -> v4 ? protocols(values, negated) : NEVER;
            case "ip6 nexthdr" -> v4 ? NEVER : protocols(values, negated);
            case "tcp sport", "udp sport", "sctp sport" -> ports(protocol, PortSide.SOURCE, values, negated);
            case "tcp dport", "udp dport", "sctp dport" -> ports(protocol, PortSide.DESTINATION, values, negated);
            case "th sport" -> List.of(List.of(ports(PortSide.SOURCE, values, negated)));
            case "th dport" -> List.of(List.of(ports(PortSide.DESTINATION, values, negated)));
            default -> throw new UnknownException("a match on " + protocol + " " + field);
        };
    }

    private List<List<Match>> meta(@Nullable Object left, List<?> values, boolean negated) throws UnknownException {
        return switch (Json.text(Json.get(Json.get(left, "meta"), "key"))) {
            case "l4proto" -> protocols(values, negated);
            case "nfproto" -> values.contains(v4 ? "ipv4" : "ipv6") == negated ? NEVER : ALWAYS;
            case "protocol" -> values.contains(v4 ? "ip" : "ip6") == negated ? NEVER : ALWAYS;
            case "iif", "iifname" -> inputs(values, negated);
            default -> throw new UnknownException("a match on " + about(left));
        };
    }

    private static List<List<Match>> inputs(List<?> values, boolean negated) {
        List<Match> inputs = new ArrayList<>();
        for (Object value : values) {
            String name = Json.text(value);
            boolean wildcard = name.endsWith("*");
            inputs.add(new Match.Input(wildcard ? name.substring(0, name.length() - 1) : name, wildcard, negated));
        }
        return anyOrNone(inputs, negated);
    }

    /** @param maskText empty: none */
    private List<List<Match>> address(@Nullable Object payload, String maskText, List<?> values, boolean negated)
            throws UnknownException {
        String field = Json.text(Json.get(payload, "field"));
        String protocol = Json.text(Json.get(payload, "protocol"));
        if (!field.equals("saddr") && !field.equals("daddr") || !protocol.equals("ip") && !protocol.equals("ip6")) {
            throw new UnknownException("a match under a mask on " + protocol + " " + field);
        }
        if (protocol.equals("ip") != v4) {
            return NEVER;
        }
        List<Match> addresses = new ArrayList<>();
        for (Object value : values) {
            Object prefix = Json.get(value, "prefix");
            String text = Json.text(prefix == null ? value : Json.get(prefix, "addr"));
            int length = prefix == null ? v4 ? 32 : 128 : number(Json.get(prefix, "len"));
            try {
                addresses.add(new Match.Address(field.equals("saddr") ? Side.SOURCE : Side.DESTINATION,
                        IpAddress.parse(text), maskText.isEmpty()
                                ? Match.Address.mask(v4, length)
                                : IpAddress.parse(maskText),
                        negated));
            } catch (IllegalArgumentException e) {
                throw new UnknownException("the address " + text + "; name single addresses and prefixes");
            }
        }
        return anyOrNone(addresses, negated);
    }

    private static List<List<Match>> protocols(List<?> values, boolean negated) throws UnknownException {
        List<Match> protocols = new ArrayList<>();
        for (Object value : values) {
            Integer number = PROTOCOLS.get(Json.text(value));
            protocols.add(new Match.Protocol(number == null ? number(value) : number, negated));
        }
        return anyOrNone(protocols, negated);
    }

    private static List<List<Match>> ports(String protocol, PortSide side, List<?> values, boolean negated)
            throws UnknownException {
        return List.of(List.of(new Match.Protocol(PROTOCOLS.getOrDefault(protocol, 0), false),
                ports(side, values, negated)));
    }

    private static Match ports(PortSide side, List<?> values, boolean negated) throws UnknownException {
        List<PortRange> ranges = new ArrayList<>();
        for (Object value : values) {
            List<?> ends = Json.get(value, "range") instanceof List<?> list ? list : List.of(value, value);
            ranges.add(new PortRange(number(ends.getFirst()), number(ends.getLast())));
        }
        return new Match.Ports(side, ranges, negated);
    }

    /** Lengths, protocols and ports: none is larger than a port. */
    private static int number(@Nullable Object value) throws UnknownException {
        if (value instanceof Long number && number >= 0 && number <= PortRange.HIGHEST) {
            return number.intValue();
        }
        throw new UnknownException("the value " + value);
    }

    /** One of them, or not any of them. */
    private static List<List<Match>> anyOrNone(List<Match> matches, boolean negated) {
        return negated ? List.of(matches) : matches.stream().map(List::of).toList();
    }

    /** An expression as nft would say it: its key, and what is asked of that. */
    private static String about(@Nullable Object left) {
        return Json.object(left).entrySet().stream()
                .map(entry -> entry.getKey() + " " + Json.text(Json.get(entry.getValue(), "key"))).findFirst()
                .orElse("something").strip();
    }
}
