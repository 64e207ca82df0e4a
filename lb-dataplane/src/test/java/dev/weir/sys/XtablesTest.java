package dev.weir.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("root")
class XtablesTest {
    private static final String NONE = "no such table";
    private NetworkNamespace host;

    @BeforeEach
    void begin() {
        host = NetworkNamespace.create("xtables");
    }

    @AfterEach
    void end() {
        host.close();
    }

    @ParameterizedTest
    @EnumSource
    void rules_that_change_are_other_bytes_and_counters_are_none(Xtables.Family family) throws Exception {
        boolean v4 = family == Xtables.Family.IPV4;
        String iptables = v4 ? "iptables-legacy -t mangle " : "ip6tables-legacy -t mangle ";
        assertThat(rules(family)).as("a table that was not there, and is not made by asking").isEqualTo(NONE);
        assertThat(rules(family)).isEqualTo(NONE);

        host.run(iptables + "-A PREROUTING -p udp --dport 9 -j MARK --set-mark 1");
        String one = rules(family);
        host.run("bash -c \"echo x > /dev/udp/" + (v4 ? "127.0.0.1" : "::1") + "/9\"");
        assertThat(host.run(iptables + "-vnxL PREROUTING")).doesNotContainPattern(" 0 +0 MARK");
        assertThat(rules(family)).as("after a packet").isEqualTo(one);

        host.run(iptables + "-A PREROUTING -p udp --dport 10 -j MARK --set-mark 1");
        assertThat(rules(family)).isNotEqualTo(one);
        host.run(iptables + "-D PREROUTING 2");
        assertThat(rules(family)).isEqualTo(one);
        host.run(iptables + "-R PREROUTING 1 -p udp --dport 9 -j MARK --set-mark 2");
        assertThat(rules(family)).isNotEqualTo(one);
    }

    private String rules(Xtables.Family family) throws Exception {
        return host.inside(() -> {
            byte[] rules = Xtables.rules(family, "mangle");
            return rules == null ? NONE : HexFormat.of().formatHex(rules);
        });
    }
}
