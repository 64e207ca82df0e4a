package dev.weir.mark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.mark.Match.PortSide;
import dev.weir.mark.Match.Side;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MarkRulesTest {
    private static final Packet HTTP = Packets.packet("10.0.1.2", "172.25.254.100", Transport.TCP, 40000, 80);
    private static final Packet HTTP6 = Packets.packet("fd00::2", "fd00:1::100", Transport.TCP, 40000, 80);
    private static final Packet PING = Packets.packet("10.0.1.2", "172.25.254.100", Transport.ICMP, 0, 80);

    @Test
    void everyRuleThatMatchesChangesTheMarkThatTheLastOneLeft() {
        assertThat(mark(HTTP, rule(Target.SetMark.set(6, -1)), rule(Target.SetMark.or(1)),
                rule(Target.SetMark.and(0xd)), rule(Target.SetMark.xor(0xf0)), rule(Target.SetMark.set(3, 0xf))))
                .isEqualTo(0xf3);
        assertThat(mark(HTTP, rule(Target.SetMark.or(1)), rule(Target.SetMark.set(6, -1)))).isEqualTo(6);
        assertThat(mark(HTTP)).isZero();
    }

    @Test
    void setMarkClearsTheBitsOfItsMaskAndOfItsValue() {
        assertThat(Target.SetMark.set(0x10, 0x0f).apply(0xff)).isEqualTo(0xf0);
        assertThat(Target.SetMark.set(0x10, 0x0f).apply(0xef)).isEqualTo(0xf0);
        assertThat(new Target.SetMark(0x10, 0x0f).apply(0xff)).as("--set-xmark").isEqualTo(0xe0);
    }

    @Test
    void aRuleIsForOneFamily() {
        assertThat(matches(HTTP)).isTrue();
        assertThat(matches(HTTP6)).isFalse();
        assertThat(new MarkRule(false, List.of(), Target.SetMark.or(1)).matches(HTTP6, "eth0")).isTrue();
        assertThatThrownBy(() -> new MarkRule(false, List.of(source("10.0.0.0", 8, false)), Target.SetMark.or(1)))
                .hasMessage("10.0.0.0 in a rule for the other family");
    }

    @Test
    void addressesMatchUnderTheirMask() {
        assertThat(matches(HTTP, source("10.0.200.200", 16, false))).isTrue();
        assertThat(matches(HTTP, source("10.1.0.0", 16, false))).isFalse();
        assertThat(matches(HTTP, source("10.1.0.0", 16, true))).isTrue();
        assertThat(matches(HTTP, source("0.0.0.0", 0, false))).isTrue();
        assertThat(matches(HTTP, source("0.0.0.0", 0, true))).isFalse();
        assertThat(matches(HTTP, new Match.Address(Side.DESTINATION, IpAddress.parse("9.9.9.100"),
                IpAddress.parse("0.0.0.255"), false))).isTrue();
        assertThat(source("10.0.200.200", 16, false).address()).hasToString("10.0.0.0");
        for (int length : List.of(0, 1, 31, 32)) {
            assertThat(source("10.0.0.0", length, false).prefixLength()).isEqualTo(length);
        }
        for (int length : List.of(0, 1, 63, 64, 65, 127, 128)) {
            assertThat(source("fd00::", length, false).prefixLength()).isEqualTo(length);
        }
        assertThat(new Match.Address(Side.SOURCE, IpAddress.ANY_V4, IpAddress.parse("0.0.0.1"), false).prefixLength())
                .isEqualTo(-1);
    }

    @Test
    void anInterfaceMatchesByItsNameOrByHowItBegins() {
        assertThat(matches(HTTP, new Match.Input("eth0", false, false))).isTrue();
        assertThat(matches(HTTP, new Match.Input("eth", false, false))).isFalse();
        assertThat(matches(HTTP, new Match.Input("eth", true, false))).isTrue();
        assertThat(matches(HTTP, new Match.Input("eth0", true, true))).isFalse();
        assertThat(matches(HTTP, new Match.Input("eth01", true, true))).isTrue();
        assertThat(matches(HTTP, new Match.Input("", true, false))).isTrue();
    }

    @Test
    void portsAreThoseOfTcpUdpAndSctpOnlyAlsoWhenNegated() {
        assertThat(matches(HTTP, ports(PortSide.DESTINATION, false, 80, 80))).isTrue();
        assertThat(matches(HTTP, ports(PortSide.SOURCE, false, 80, 80))).isFalse();
        assertThat(matches(HTTP, ports(PortSide.EITHER, false, 80, 80))).isTrue();
        assertThat(matches(HTTP, ports(PortSide.EITHER, true, 40000, 65535))).isFalse();
        assertThat(matches(HTTP, ports(PortSide.DESTINATION, false, 1, 79, 81, 65535))).isFalse();
        assertThat(matches(HTTP, ports(PortSide.DESTINATION, true, 1, 79, 81, 65535))).isTrue();
        assertThat(matches(PING, ports(PortSide.DESTINATION, false, 80, 80))).isFalse();
        assertThat(matches(PING, ports(PortSide.DESTINATION, true, 81, 81))).isFalse();
        assertThat(matches(PING, new Match.Protocol(Transport.TCP, true))).isTrue();
    }

    @Test
    void returnAndAcceptPassOverRules() {
        MarkRule skipOne = new MarkRule(true, List.of(), new Target.Skip(1));
        assertThat(mark(HTTP, skipOne, rule(Target.SetMark.or(1)), rule(Target.SetMark.or(2)))).isEqualTo(2);
        assertThat(mark(HTTP6, skipOne, rule(Target.SetMark.or(1)))).isZero();
        MarkRules first = new MarkRules(List.of(skipOne, rule(Target.SetMark.or(1))));
        assertThat(first.then(new MarkRules(List.of(rule(Target.SetMark.or(8))))).markOf(HTTP, "eth0")).isEqualTo(8);
        assertThatThrownBy(() -> new MarkRules(List.of(skipOne))).hasMessage("rule 0 of 1 passes over 1");
    }

    private static int mark(Packet packet, MarkRule... rules) {
        return new MarkRules(List.of(rules)).markOf(packet, "eth0");
    }

    private static MarkRule rule(Target target) {
        return new MarkRule(true, List.of(), target);
    }

    private static boolean matches(Packet packet, Match... matches) {
        return new MarkRule(true, List.of(matches), Target.SetMark.or(1)).matches(packet, "eth0");
    }

    private static Match.Address source(String address, int length, boolean negated) {
        IpAddress parsed = IpAddress.parse(address);
        return new Match.Address(Side.SOURCE, parsed, Match.Address.mask(parsed.isV4(), length), negated);
    }

    private static Match.Ports ports(PortSide side, boolean negated, int... bounds) {
        List<PortRange> ranges = new ArrayList<>();
        for (int i = 0; i < bounds.length; i += 2) {
            ranges.add(new PortRange(bounds[i], bounds[i + 1]));
        }
        return new Match.Ports(side, ranges, negated);
    }
}
