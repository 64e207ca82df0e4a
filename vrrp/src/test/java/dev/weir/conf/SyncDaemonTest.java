package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.wire.IpAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What keepalived 2.2.7 was seen to order of IPVS for each of these lines, right and wrong. */
class SyncDaemonTest {
    private static @Nullable SyncDaemon daemon(String global, String inInstance) {
        return TestHost
                .read("global_defs {\n" + global + "\n}\nvrrp_instance V {\ninterface eth0\nvirtual_router_id 5\n"
                        + "virtual_ipaddress {\n10.0.0.1\n}\n" + inInstance + "\n}\n")
                .configuration().lvs().syncDaemon();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"eth0 V | 5", "eth0 V 12 | 12", "eth0 V 300 | 5", "eth0 inst V | 5",
            "eth0 inst V id 6 | 6", "eth0 inst V 6 | 5", "eth0 id 6 inst V | 6", "eth0 V id 300 | 5", "eth0 V id | 5",
            "eth0 V foo 3 | 5", "eth0 V 7 id 8 | 8", "eth0 V inst W | 5", "eth0 V inst | 5", "eth0 V id 3 id 4 | 4"})
    void theIdIsTheVirtualRoutersUnlessALineSaysAnother(String words, int id) {
        assertThat(daemon("lvs_sync_daemon " + words, "")).isEqualTo(new SyncDaemon("eth0", "V", id, 0, null, 0, 0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"eth0", "eth0 id 5", "eth0 W", "eth0 12", "eth0 inst W inst V", "eth0 12 V"})
    void withoutAnInstanceThatThereIsNothingRuns(String words) {
        assertThat(daemon("lvs_sync_daemon " + words, "")).isNull();
    }

    @Test
    void whatIsNotSaidIsIpvssOwn() {
        assertThat(daemon("lvs_sync_daemon eth0 V id 5 maxlen 1000 port 8849 ttl 3 group ff02::99", ""))
                .isEqualTo(new SyncDaemon("eth0", "V", 5, 1000, IpAddress.parse("ff02::99"), 8849, 3));
        assertThat(daemon("lvs_sync_daemon eth0 V maxlen 0 port 0 ttl 0 group 10.0.0.1", ""))
                .isEqualTo(new SyncDaemon("eth0", "V", 5, 0, null, 0, 0));
    }

    @Test
    void theFirstLineCountsAndTheOldOneHasTheIdNought() {
        assertThat(daemon("lvs_sync_daemon eth0 V id 3\nlvs_sync_daemon eth1 V id 4", "lvs_sync_daemon_interface eth1"))
                .isEqualTo(new SyncDaemon("eth0", "V", 3, 0, null, 0, 0));
        assertThat(daemon("", "lvs_sync_daemon_interface eth1"))
                .isEqualTo(new SyncDaemon("eth1", "V", 0, 0, null, 0, 0));
    }
}
