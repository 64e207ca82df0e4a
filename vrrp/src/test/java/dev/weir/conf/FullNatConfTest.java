package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.VirtualServer.FullNat;
import dev.weir.wire.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** FULLNAT in keepalived.conf, as DPVS writes it. */
class FullNatConfTest {
    private static final String OF_DPVS = """
            local_address_group laddr_g1 {
                10.1.0.1 dpdk0
                2001:db8::a-c
            }

            virtual_server_group web {
                10.0.0.1 80
            }

            virtual_server group web {
                lb_algo rr
                lb_kind FNAT
                protocol TCP
                laddr_group_name laddr_g1
                proxy_protocol v2
                real_server 10.0.1.2 8080 {
                    weight 1
                }
                real_server 2001:db8:1::2 8080 {
                    weight 1
                }
            }
            """;

    private static List<IpAddress> addresses(String... texts) {
        return List.of(texts).stream().map(IpAddress::parse).toList();
    }

    private static FullNat fullNat(String text) {
        return TestHost.read(text).configuration().servers().getFirst().fullNat();
    }

    private static List<String> messages(String text) {
        return TestHost.read(text).problems().stream().map(Object::toString).toList();
    }

    private static String vip(String address, String... excluded) {
        return "vrrp_instance V {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n" + address
                + "\n}\nvirtual_ipaddress_excluded {\n" + String.join("\n", excluded) + "\n}\n}\n";
    }

    @Test
    void whatDpvsReadsIsTakenAsItStands() {
        String whole = vip("10.0.0.1", "2001:db8::a/64", "2001:db8::b/64", "2001:db8::c/64") + OF_DPVS;
        KeepalivedConf conf = TestHost.read(whole);
        assertThat(conf.problems().stream().map(Object::toString)).isEmpty();
        assertThat(fullNat(whole)).isEqualTo(
                new FullNat(addresses("10.1.0.1", "2001:db8::a", "2001:db8::b", "2001:db8::c"), "proxy-v2"));
        assertThat(conf.canonical()).endsWith(OF_DPVS);
        assertThat(TestHost.read(conf.canonical()).configuration()).isEqualTo(conf.configuration());
        assertThat(conf.configuration().servers().getFirst().servers())
                .allSatisfy(server -> assertThat(server.method()).containsExactly("FNAT"));
    }

    @ParameterizedTest
    @CsvSource({"proxy_protocol v1, proxy-v1", "proxy_protocol disable, toa", "client_address none, none",
            "client_address proxy-v1, proxy-v1", "quorum 1, toa"})
    void howTheClientIsToldHasDpvsWordsAndWeirs(String line, String told) {
        assertThat(fullNat(OF_DPVS.replace("proxy_protocol v2", line)).clientAddress()).isEqualTo(told);
    }

    @Test
    void ofBothSpellingsTheLastCounts() {
        String both = OF_DPVS.replace("proxy_protocol v2", "client_address none\nproxy_protocol v1");
        assertThat(fullNat(both).clientAddress()).isEqualTo("proxy-v1");
        assertThat(messages(both)).anySatisfy(message -> assertThat(message).contains("warning",
                "has both proxy_protocol and client_address; the last counts"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "laddr_group_name laddr_g1 | laddr_group_name laddr_g2 | there is no local_address_group 'laddr_g2'; did you"
                    + " mean 'laddr_g1'?",
            "laddr_group_name laddr_g1 | laddr_group_name x | defined are laddr_g1",
            "laddr_group_name laddr_g1 | quorum 1 | warning: virtual_server group web has lb_kind FNAT and no"
                    + " laddr_group_name",
            "lb_kind FNAT | lb_kind FULLNAT | lb_kind: 'FULLNAT' is not one of NAT, FNAT, DR, TUN",
            "lb_kind FNAT | lb_kind TUN | warning: virtual_server group web has no server under FNAT",
            "protocol TCP | protocol UDP | the PROXY protocol is only for virtual servers of TCP",
            "proxy_protocol v2 | proxy_protocol v2-insecure | a PROXY header that a client sends is never believed",
            "10.1.0.1 dpdk0 | 10.1.0.1-x | '10.1.0.1-x' is no IP address, and no range such as 10.1.0.1-20",
            "10.1.0.1 dpdk0 | 10.1.0.9-2 | '10.1.0.9-2' is no IP address, and no range such as 10.1.0.1-20",
            "10.1.0.1 dpdk0 | 10.0.0.1 | 10.0.0.1 is the address of a virtual_server, which no local address can be",
            "10.1.0.1 dpdk0 | 224.0.0.1 | 224.0.0.1 is no unicast address",
            "10.1.0.1 dpdk0 | 2001:db8::b | 2001:db8::b is there twice in one local_address_group",
            "10.1.0.1 dpdk0 | 2001:db8::1 | has no address of the family of real_server 10.0.1.2",
            "10.1.0.1 dpdk0 | 10.1.0.2 | warning: this host does not have 10.1.0.2 now"})
    void aSlipIsNamed(String right, String slip, String message) {
        assertThat(messages(OF_DPVS.replace(right, slip)))
                .anySatisfy(said -> assertThat(said).startsWith("keepalived.conf:").contains(message));
    }
}
