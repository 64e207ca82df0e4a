package dev.weir.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.sys.NetworkNamespace;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the kernel of this machine and the tools as Debian has them. */
@Tag("root")
class HostRulesTest {
    private static final String RULE = " -t mangle -A PREROUTING -d 192.168.0.100 -p tcp -m multiport --dports 80,443 "
            + "-j MARK --set-mark 66";
    private final LinkedBlockingQueue<Followed> told = new LinkedBlockingQueue<>();
    private NetworkNamespace host;
    private @Nullable HostRules rules;

    @BeforeEach
    void begin() {
        host = NetworkNamespace.create("firewall");
    }

    @AfterEach
    void end() {
        if (rules != null) {
            rules.close();
        }
        host.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables-legacy", "iptables-nft"})
    void what_iptables_has_is_read_at_the_start_and_when_it_changes(String iptables) throws Exception {
        host.run(iptables + RULE);
        open();
        Followed first = next();
        assertThat(first.text()).containsExactly("iptables -A PREROUTING -d 192.168.0.100/32 -p tcp -m multiport "
                + "--dports 80,443 -j MARK --set-xmark 0x42/0xffffffff");
        assertThat(first.rules().rules()).hasSize(1);
        assertThat(rules().current()).isEqualTo(first);

        host.run("ip6" + iptables.substring(2) + " -t mangle -A PREROUTING -d 2001:db8::1 -p udp --dport 53 "
                + "-j MARK --set-mark 5");
        assertThat(next().rules().rules()).extracting(rule -> rule.v4()).containsExactly(true, false);
        host.run(iptables + " -t mangle -F");
        assertThat(next().rules().rules()).extracting(rule -> rule.v4()).containsExactly(false);
        assertThat(told).isEmpty();
    }

    @Test
    void rules_of_both_kinds_and_of_nft_itself_stand_in_the_order_of_priorities() throws Exception {
        host.run("iptables-nft -t mangle -A PREROUTING -p tcp -j MARK --set-mark 3");
        host.run("iptables-legacy -t mangle -A PREROUTING -p tcp -j MARK --set-mark 2");
        host.run(
                "nft add table ip early; nft add chain ip early pre \"{ type filter hook prerouting priority -160; }\"; "
                        + "nft add rule ip early pre tcp dport 80 meta mark set 1");
        host.run("nft add table inet late; nft add chain inet late in \"{ type filter hook input priority 0; }\"; "
                + "nft add rule inet late in tcp dport 80 meta mark set 4; "
                + "nft add chain inet late last \"{ type filter hook input priority 200; }\"; "
                + "nft add rule inet late last meta mark set 5");
        open();
        assertThat(next().text()).containsExactly("nft ip early pre tcp dport 80 meta mark set 0x00000001",
                "iptables -A PREROUTING -p tcp -j MARK --set-xmark 0x2/0xffffffff",
                "iptables -A PREROUTING -p tcp -j MARK --set-xmark 0x3/0xffffffff",
                "nft inet late in tcp dport 80 meta mark set 0x00000004");
    }

    @Test
    void rules_that_cannot_be_followed_are_named_with_their_reason() throws Exception {
        host.run("iptables-nft -t mangle -A PREROUTING -j CONNMARK --restore-mark");
        host.run("iptables-nft -t mangle -A PREROUTING -j TTL --ttl-set 9");
        host.run("nft add table ip nat; nft add chain ip nat pre \"{ type nat hook prerouting priority -100; }\"; "
                + "nft add rule ip nat pre meta mark set 5");
        open();
        Followed followed = next();
        assertThat(followed.rules().rules()).isEmpty();
        assertThat(followed.notFollowed()).extracting(Followed.NotFollowed::rule).containsExactly(
                "iptables -A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
                "nft ip nat pre meta mark set 0x00000005");
        assertThat(followed.notFollowed()).extracting(Followed.NotFollowed::reason).allSatisfy(
                reason -> assertThat(reason).isNotBlank());
    }

    @Test
    void named_sets_are_followed_as_they_change() throws Exception {
        host.run("nft add table ip t; nft add set ip t web \"{ type inet_service; elements = { 80 }; }\"; "
                + "nft add chain ip t pre \"{ type filter hook prerouting priority mangle; }\"; "
                + "nft add rule ip t pre tcp dport @web meta mark set 1");
        open();
        assertThat(next().rules().toString()).contains("first=80").doesNotContain("443");
        host.run("nft add element ip t web \"{ 443 }\"");
        assertThat(next().rules().toString()).contains("first=80").contains("first=443");
        host.run("nft delete table ip t");
        assertThat(next()).isEqualTo(Followed.NOTHING);
    }

    @Test
    void tables_that_go_while_they_are_read_delay_nothing() throws Exception {
        open();
        host.run("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "
                + "nft add table ip t; nft add chain ip t pre \"{ type filter hook prerouting priority mangle; }\"; "
                + "nft add rule ip t pre tcp dport $i meta mark set 1; sleep 0.1; nft delete table ip t; done; "
                + "nft add table ip t; nft add chain ip t pre \"{ type filter hook prerouting priority mangle; }\"; "
                + "nft add rule ip t pre tcp dport 99 meta mark set 1");
        long began = System.nanoTime();
        while (!rules().current().rules().toString().contains("first=99")) {
            assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(3));
            Thread.sleep(20);
        }
    }

    @Test
    void a_host_without_rules_gets_no_tables_by_being_looked_at() throws Exception {
        open();
        assertThat(rules().current()).isEqualTo(Followed.NOTHING);
        assertThat(told).isEmpty();
        assertThat(host.run("nft list ruleset; cat /proc/net/ip_tables_names /proc/net/ip6_tables_names")).isEmpty();
    }

    private void open() throws Exception {
        rules = host.inside(() -> HostRules.open(told::add));
    }

    private HostRules rules() {
        return Objects.requireNonNull(rules);
    }

    private Followed next() throws Exception {
        return Objects.requireNonNull(told.poll(10, TimeUnit.SECONDS),
                () -> "no change seen; " + List.of(rules().current()));
    }
}
