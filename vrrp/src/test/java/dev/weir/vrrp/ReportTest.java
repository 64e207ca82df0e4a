package dev.weir.vrrp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.VrrpInstance;
import dev.weir.vrrp.machine.Standing;
import dev.weir.vrrp.machine.State;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void aSplitBrainStandsInTheDump() {
        VrrpInstance instance = Configurations.instance("virtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1\n}");
        Standing standing = new Standing("VI_1", State.MASTER, 2_000_000_000L, 100, 100, null, 0, List.of(),
                List.of("10.0.0.2 is master, too, for 1.000 s: a firewall"));
        assertThat(Report.data(List.of(standing), Map.of("VI_1", instance), Set.of("VI_1"), ""))
                .contains("   State = MASTER\n", "   Split brain = 10.0.0.2 is master, too, for 1.000 s: a firewall\n");
    }
}
