package dev.weir.mark;

import dev.weir.mark.Match.Address;
import dev.weir.mark.Match.Ports;
import dev.weir.mark.Match.PortSide;
import dev.weir.mark.Match.Side;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Some hundred rules of one family, which follow each other. For each of a packet's fields a table says in one look-up
 * which rules that field fulfils; the rules in all of these sets match (Lakshman and Stiliadis, SIGCOMM 1998). What no
 * field can say alone is asked of the few rules that are left.
 */
final class RuleBlock {
    /** A block's tables grow with the square of its rules. */
    static final int MOST = 1024;
    private static final int PROTOCOLS = 256;

    private final List<MarkRule> rules;
    private final String[] inputs;
    /** By input and protocol. */
    private final long[][] byOrigin;
    private final AddressSets sources;
    private final AddressSets destinations;
    private final PortSets sourcePorts;
    private final PortSets destinationPorts;
    /** --ports: one of the two is enough. */
    private final PortSets eitherSource;
    private final PortSets eitherDestination;
    private final boolean[] asked;
    private final int[] keep;
    private final int[] change;
    private final int[] skip;

    /** @param inputs the names of all interfaces; a packet's is told by its place among them */
    RuleBlock(List<MarkRule> rules, List<String> inputs) {
        this.rules = rules;
        this.inputs = inputs.toArray(String[]::new);
        RuleSets sets = new RuleSets(rules.size());
        byOrigin = new long[inputs.size() * PROTOCOLS][];
        for (int i = 0; i < byOrigin.length; i++) {
            String input = this.inputs[i / PROTOCOLS];
            int protocol = i % PROTOCOLS;
            byOrigin[i] = sets.where(rule -> mayCome(rules.get(rule), input, protocol));
        }
        sources = new AddressSets(addresses(Side.SOURCE), sets);
        destinations = new AddressSets(addresses(Side.DESTINATION), sets);
        sourcePorts = every(ports(match -> separable(match, PortSide.SOURCE)), sets);
        destinationPorts = every(ports(match -> separable(match, PortSide.DESTINATION)), sets);
        List<List<Ports>> either = ports(match -> match.side() == PortSide.EITHER && !match.negated());
        eitherSource = any(either, sets);
        eitherDestination = any(either, sets);
        asked = new boolean[rules.size()];
        keep = new int[rules.size()];
        change = new int[rules.size()];
        skip = new int[rules.size()];
        for (int i = 0; i < rules.size(); i++) {
            asked[i] = either.get(i).size() > 1
                    || addressesOf(rules.get(i)).anyMatch(match -> match.prefixLength() < 0);
            switch (rules.get(i).target()) {
                case Target.SetMark(int value, int mask) -> {
                    keep[i] = ~mask;
                    change[i] = value;
                }
                case Target.Skip(int count) -> {
                    keep[i] = -1;
                    skip[i] = count;
                }
            }
        }
    }

    private static boolean mayCome(MarkRule rule, String input, int protocol) {
        boolean hasPorts = protocol == Transport.TCP || protocol == Transport.UDP || protocol == Transport.SCTP;
        for (Match match : rule.matches()) {
            boolean may = switch (match) {
                case Match.Protocol(int number, boolean negated) -> (protocol == number) != negated;
                case Match.Input in -> in.matches(input);
                case Ports _ -> hasPorts;
                case Address _ -> true;
            };
            if (!may) {
                return false;
            }
        }
        return true;
    }

    /** Neither of two ports is among some: each by itself is not. */
    private static boolean separable(Ports match, PortSide side) {
        return match.side() == side || match.side() == PortSide.EITHER && match.negated();
    }

    private static Stream<Address> addressesOf(MarkRule rule) {
        return rule.matches().stream().filter(Address.class::isInstance).map(Address.class::cast);
    }

    private List<List<Address>> addresses(Side side) {
        return rules.stream().map(rule -> addressesOf(rule).filter(match -> match.side() == side).toList()).toList();
    }

    private List<List<Ports>> ports(Predicate<Ports> wanted) {
        return rules.stream().map(rule -> rule.matches().stream().filter(Ports.class::isInstance).map(Ports.class::cast)
                .filter(wanted).toList()).toList();
    }

    private static PortSets every(List<List<Ports>> conditions, RuleSets sets) {
        return new PortSets(conditions, (ofRule, port) -> ofRule.stream()
                .allMatch(match -> match.holds(port) != match.negated()), sets);
    }

    private static PortSets any(List<List<Ports>> conditions, RuleSets sets) {
        return new PortSets(conditions, (ofRule, port) -> ofRule.isEmpty()
                || ofRule.stream().anyMatch(match -> match.holds(port)), sets);
    }

    /** Rules to pass over in the blocks that follow, and the mark so far: what {@link #walk} is told and says. */
    static long state(int passOver, int mark) {
        return (long) passOver << 32 | mark & 0xffff_ffffL;
    }

    static int mark(long state) {
        return (int) state;
    }

    private static int passOver(long state) {
        return (int) (state >>> 32);
    }

    /** Takes a packet through the block. */
    long walk(Packet packet, int input, long state) {
        int mark = mark(state);
        int next = passOver(state);
        if (next >= keep.length) {
            return state(next - keep.length, mark);
        }
        long[] origin = byOrigin[input * PROTOCOLS + packet.protocol()];
        long[] source = sources.of(packet.sourceHigh(), packet.sourceLow());
        long[] destination = destinations.of(packet.destinationHigh(), packet.destinationLow());
        long[] sourcePort = sourcePorts.of(packet.sourcePort());
        long[] destinationPort = destinationPorts.of(packet.destinationPort());
        long[] fromEither = eitherSource.of(packet.sourcePort());
        long[] toEither = eitherDestination.of(packet.destinationPort());
        for (int word = next >>> 6; word < origin.length; word++) {
            long found = origin[word] & destination[word] & source[word] & destinationPort[word] & sourcePort[word]
                    & (fromEither[word] | toEither[word]);
            for (; found != 0; found &= found - 1) {
                int rule = (word << 6) + Long.numberOfTrailingZeros(found);
                if (rule >= next && (!asked[rule] || rules.get(rule).matches(packet, inputs[input]))) {
                    mark = mark & keep[rule] ^ change[rule];
                    next = skip[rule] == 0 ? next : rule + 1 + skip[rule];
                }
            }
        }
        return state(Math.max(0, next - keep.length), mark);
    }
}
