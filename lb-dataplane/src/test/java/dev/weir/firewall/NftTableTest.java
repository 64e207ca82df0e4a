package dev.weir.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.mark.MarkRule;
import dev.weir.mark.MarkRules;
import dev.weir.mark.Match;
import dev.weir.mark.Match.PortSide;
import dev.weir.mark.Match.Side;
import dev.weir.mark.PortRange;
import dev.weir.mark.Target;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What nft 1.0.6 prints for rules typed by hand. */
class NftTableTest {
    private static final Match TCP = new Match.Protocol(6, false);
    private static final String MARK_66 = "{\"mangle\":{\"key\":{\"meta\":{\"key\":\"mark\"}},\"value\":66}}";
    private final List<String> rules = new ArrayList<>();

    @Test
    void destination_protocol_and_ports_as_a_set() throws Exception {
        rule("pre", eq(payload("ip", "daddr"), "\"192.168.0.100\""), eq(payload("tcp", "dport"), "{\"set\":[80,443]}"),
                "{\"counter\":{\"packets\":0,\"bytes\":0}}", MARK_66);
        Followed followed = table("ip").follow("pre");
        assertThat(followed.rules()).isEqualTo(marks(set(66), to("192.168.0.100", 32), TCP, ports(80, 80, 443, 443)));
        assertThat(followed.text()).containsExactly("nft ip t pre rule 1");
        assertThat(followed.notFollowed()).isEmpty();
    }

    @Test
    void any_of_several_addresses_is_a_rule_each_and_none_of_them_is_one() throws Exception {
        rule("pre",
                eq(payload("ip", "saddr"), "{\"set\":[\"10.0.0.1\",{\"prefix\":{\"addr\":\"10.1.0.0\",\"len\":16}}]}"),
                ne(payload("ip", "daddr"), "{\"set\":[\"10.2.0.1\",\"10.2.0.2\"]}"), MARK_66);
        Match one = new Match.Address(Side.DESTINATION, ip("10.2.0.1"), ip("255.255.255.255"), true);
        Match other = new Match.Address(Side.DESTINATION, ip("10.2.0.2"), ip("255.255.255.255"), true);
        assertThat(table("ip").follow("pre").rules().rules()).containsExactly(
                new MarkRule(true, List.of(from("10.0.0.1", 32), one, other), set(66)),
                new MarkRule(true, List.of(from("10.1.0.0", 16), one, other), set(66)));
    }

    @Test
    void a_named_set_with_timeouts_interfaces_and_any_transport() throws Exception {
        rules.add("{\"set\":{\"family\":\"ip\",\"name\":\"web\",\"table\":\"t\",\"elem\":"
                + "[80,{\"elem\":{\"val\":443,\"timeout\":60}},{\"range\":[8000,8100]}]}}");
        rule("pre", eq("{\"meta\":{\"key\":\"iifname\"}}", "\"eth*\""), ne(payload("th", "sport"), "53"),
                eq(payload("udp", "dport"), "\"@web\""), MARK_66);
        assertThat(table("ip").follow("pre").rules()).isEqualTo(marks(set(66), new Match.Input("eth", true, false),
                new Match.Ports(PortSide.SOURCE, List.of(new PortRange(53, 53)), true), new Match.Protocol(17, false),
                ports(80, 80, 443, 443, 8000, 8100)));
    }

    @Test
    void an_inet_table_has_rules_for_each_family() throws Exception {
        rule("pre", eq("{\"meta\":{\"key\":\"l4proto\"}}", "{\"set\":[\"tcp\",17]}"), MARK_66);
        rule("pre", eq(payload("ip6", "daddr"), "\"2001:db8::1\""), MARK_66);
        rule("pre", eq("{\"meta\":{\"key\":\"nfproto\"}}", "\"ipv4\""), MARK_66);
        assertThat(table("inet").follow("pre").rules().rules()).containsExactly(
                new MarkRule(true, List.of(TCP), set(66)),
                new MarkRule(true, List.of(new Match.Protocol(17, false)), set(66)),
                new MarkRule(true, List.of(), set(66)),
                new MarkRule(false, List.of(TCP), set(66)),
                new MarkRule(false, List.of(new Match.Protocol(17, false)), set(66)),
                new MarkRule(false, List.of(to("2001:db8::1", 128)), set(66)));
    }

    @Test
    void parts_of_a_mark() throws Exception {
        String mark = "{\"meta\":{\"key\":\"mark\"}}";
        rule("pre", mangle("{\"|\":[{\"&\":[" + mark + ",255]},256]}"));
        rule("pre", mangle("{\"^\":[" + mark + ",3]}"));
        List<MarkRule> found = table("ip").follow("pre").rules().rules();
        for (int before : new int[]{0, 0xfff, -1, 0x12345678}) {
            assertThat(((Target.SetMark) found.get(0).target()).apply(before)).isEqualTo(before & 255 | 256);
            assertThat(((Target.SetMark) found.get(1).target()).apply(before)).isEqualTo(before ^ 3);
        }
    }

    @Test
    void verdicts_pass_over_what_is_left_of_their_chain_or_of_all() throws Exception {
        rule("pre", eq(payload("tcp", "dport"), "1"), "{\"jump\":{\"target\":\"other\"}}");
        rule("pre", eq(payload("tcp", "dport"), "2"), "{\"accept\":null}");
        rule("pre", MARK_66);
        rule("other", eq(payload("ip", "saddr"), "\"10.0.0.1\""), "{\"return\":null}");
        rule("other", mangle("5"), "{\"accept\":null}");
        MarkRules all = table("ip").follow("pre").rules();
        assertThat(all.rules()).extracting(MarkRule::target).containsExactly(new Target.Skip(2),
                new Target.SetMark(5, -1), new Target.Skip(2), new Target.Skip(1), set(66));
        assertThat(all.rules().get(1).matches()).containsExactly(TCP, ports(1, 1));
    }

    @Test
    void what_cannot_be_followed_is_named_and_the_rest_holds() throws Exception {
        rule("pre", "{\"match\":{\"op\":\"in\",\"left\":{\"ct\":{\"key\":\"state\"}},\"right\":\"established\"}}",
                "{\"accept\":null}");
        rule("pre", mangle("{\"ct\":{\"key\":\"mark\"}}"));
        rule("pre", eq("{\"meta\":{\"key\":\"mark\"}}", "7"), MARK_66);
        rule("pre", eq(payload("ip", "daddr"), "{\"range\":[\"10.0.0.1\",\"10.0.0.9\"]}"), MARK_66);
        rule("pre", "{\"limit\":{\"rate\":1,\"per\":\"second\"}}", MARK_66);
        rule("pre", "{\"limit\":{\"rate\":1,\"per\":\"second\"}}", "{\"counter\":null}");
        rule("pre", eq(payload("tcp", "dport"), "80"), MARK_66);
        Followed followed = table("ip").follow("pre");
        assertThat(followed.rules()).isEqualTo(marks(set(66), TCP, ports(80, 80)));
        assertThat(followed.notFollowed()).extracting(Followed.NotFollowed::toString).satisfiesExactly(
                text -> assertThat(text).startsWith("nft ip t pre rule 1: ").contains("ct state"),
                text -> assertThat(text).startsWith("nft ip t pre rule 2: ").contains("elsewhere"),
                text -> assertThat(text).contains("rule 3").contains("meta mark"),
                text -> assertThat(text).contains("rule 4").contains("range"),
                text -> assertThat(text).contains("rule 5").contains("limit"));
    }

    @Test
    void a_table_that_sets_no_mark_is_nothing() throws Exception {
        rule("pre", "{\"match\":{\"op\":\"in\",\"left\":{\"ct\":{\"key\":\"state\"}},\"right\":\"invalid\"}}",
                "{\"drop\":null}");
        rule("pre", eq(payload("tcp", "dport"), "80"), "{\"accept\":null}");
        assertThat(table("ip").follow("pre")).isEqualTo(Followed.NOTHING);
    }

    @Test
    void a_chain_that_jumps_to_itself_ends() throws Exception {
        rule("pre", "{\"jump\":{\"target\":\"pre\"}}");
        rule("pre", MARK_66);
        assertThat(table("ip").follow("pre").notFollowed()).isNotEmpty();
    }

    private NftTable table(String family) throws Exception {
        StringBuilder text = new StringBuilder("table " + family + " t { # handle 1\n");
        for (int i = 1; i <= rules.size(); i++) {
            text.append("\t\trule ").append(i).append(" counter packets 5 bytes 7 # handle ").append(i).append('\n');
        }
        return new NftTable(family, "t", Json.parse("{\"nftables\":[" + String.join(",", rules) + "]}"),
                text.toString());
    }

    private void rule(String chain, String... statements) {
        rules.add("{\"rule\":{\"family\":\"ip\",\"table\":\"t\",\"chain\":\"" + chain + "\",\"handle\":"
                + (rules.size() + 1) + ",\"expr\":[" + String.join(",", statements) + "]}}");
    }

    private static String payload(String protocol, String field) {
        return "{\"payload\":{\"protocol\":\"" + protocol + "\",\"field\":\"" + field + "\"}}";
    }

    private static String eq(String left, String right) {
        return "{\"match\":{\"op\":\"==\",\"left\":" + left + ",\"right\":" + right + "}}";
    }

    private static String ne(String left, String right) {
        return eq(left, right).replace("==", "!=");
    }

    private static String mangle(String value) {
        return "{\"mangle\":{\"key\":{\"meta\":{\"key\":\"mark\"}},\"value\":" + value + "}}";
    }

    private static MarkRules marks(Target target, Match... matches) {
        return new MarkRules(List.of(new MarkRule(true, List.of(matches), target)));
    }

    private static Target.SetMark set(int mark) {
        return new Target.SetMark(mark, -1);
    }

    private static Match to(String address, int length) {
        return new Match.Address(Side.DESTINATION, ip(address), Match.Address.mask(ip(address).isV4(), length), false);
    }

    private static Match from(String address, int length) {
        return new Match.Address(Side.SOURCE, ip(address), Match.Address.mask(true, length), false);
    }

    private static Match ports(int... firstAndLast) {
        List<PortRange> ranges = new ArrayList<>();
        for (int i = 0; i < firstAndLast.length; i += 2) {
            ranges.add(new PortRange(firstAndLast[i], firstAndLast[i + 1]));
        }
        return new Match.Ports(PortSide.DESTINATION, ranges, false);
    }

    private static IpAddress ip(String text) {
        return IpAddress.parse(text);
    }
}
