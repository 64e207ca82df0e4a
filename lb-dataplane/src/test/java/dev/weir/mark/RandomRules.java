package dev.weir.mark;

import dev.weir.mark.Match.PortSide;
import dev.weir.mark.Match.Side;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Rules and packets drawn so that they meet often, and at the ends of prefixes and ranges. */
final class RandomRules {
    static final List<String> INPUTS = List.of("eth0", "eth1", "vlan7");
    private static final int[] PROTOCOLS = {6, 6, 6, 17, 17, 132, 1, 58, 47};

    private final Random random;

    RandomRules(Random random) {
        this.random = random;
    }

    MarkRules rules(int count) {
        List<MarkRule> rules = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rules.add(rule(random.nextInt(3) != 0, count - i - 1));
        }
        return new MarkRules(rules);
    }

    private MarkRule rule(boolean v4, int left) {
        List<Match> matches = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            matches.add(match(v4));
        }
        return new MarkRule(v4, matches, target(left));
    }

    private Match match(boolean v4) {
        boolean negated = random.nextInt(5) == 0;
        return switch (random.nextInt(6)) {
            case 0, 1 -> new Match.Address(random.nextBoolean() ? Side.SOURCE : Side.DESTINATION, address(v4), mask(v4),
                    negated);
            case 2 -> new Match.Protocol(PROTOCOLS[random.nextInt(PROTOCOLS.length)], negated);
            case 3 -> new Match.Input(List.of("eth0", "eth1", "eth", "", "vlan7").get(random.nextInt(5)),
                    random.nextBoolean(), negated);
            default -> new Match.Ports(PortSide.values()[random.nextInt(3)], ranges(), negated);
        };
    }

    private IpAddress mask(boolean v4) {
        if (random.nextInt(10) == 0) {
            return v4 ? IpAddress.v4(random.nextInt()) : new IpAddress(random.nextLong() | 1, random.nextLong());
        }
        return Match.Address.mask(v4, v4 ? random.nextInt(33) : random.nextInt(129));
    }

    private List<PortRange> ranges() {
        List<PortRange> ranges = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int one = port();
            int other = random.nextBoolean() ? one : port();
            ranges.add(new PortRange(Math.min(one, other), Math.max(one, other)));
        }
        return ranges;
    }

    private Target target(int left) {
        int value = 1 << random.nextInt(32);
        return switch (random.nextInt(8)) {
            case 0 -> new Target.Skip(left == 0 ? 0 : random.nextInt(Math.min(left, 20) + 1));
            case 1 -> Target.SetMark.and(~value);
            case 2 -> Target.SetMark.or(value);
            case 3 -> Target.SetMark.xor(value);
            case 4 -> Target.SetMark.set(value, -1);
            default -> new Target.SetMark(value, random.nextInt());
        };
    }

    private int port() {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> 65535;
            default -> 80 + random.nextInt(8);
        };
    }

    private IpAddress address(boolean v4) {
        int end = switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> random.nextInt();
            default -> 0x0a000000 + random.nextInt(16) * 0x00010000 + random.nextInt(16);
        };
        long half = random.nextInt(4) == 0 ? 0xfd00_0000_0000_0000L : -1L << random.nextInt(64);
        return v4 ? IpAddress.v4(end) : new IpAddress(half | 1, random.nextBoolean() ? end : ~(long) end);
    }

    Packet packet() {
        boolean v4 = random.nextInt(3) != 0;
        return Packets.packet(address(v4), address(v4), PROTOCOLS[random.nextInt(PROTOCOLS.length)], port(), port());
    }
}
