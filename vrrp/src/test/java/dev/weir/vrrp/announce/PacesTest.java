package dev.weir.vrrp.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Network.Pace;
import dev.weir.vrrp.announce.Paces.Waiting;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacesTest {
    private static final Pace NONE = new Pace(List.of(), Duration.ZERO, Duration.ZERO);

    private static Pace pace(int garpMillis, int neighbourMillis, String... interfaces) {
        return new Pace(List.of(interfaces), Duration.ofMillis(garpMillis), Duration.ofMillis(neighbourMillis));
    }

    private static Waiting waiting(String instance, String address, String device) {
        return new Waiting(instance, IpAddress.parse(address), device);
    }

    private static List<String> due(Paces paces, long millis) {
        return paces.due(millis * 1_000_000).stream().map(each -> each.address().toString()).toList();
    }

    @Test
    void without_an_interval_all_leave_at_once() {
        Paces paces = new Paces(List.of(NONE));
        paces.add(waiting("A", "10.0.0.1", "e0"));
        paces.add(waiting("A", "10.0.0.2", "e0"));
        assertThat(paces.deadline(7)).isEqualTo(7);
        assertThat(due(paces, 0)).containsExactly("10.0.0.1", "10.0.0.2");
        assertThat(paces.deadline(7)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void an_interval_holds_on_each_interface_for_itself() {
        Paces paces = new Paces(List.of(pace(10, 20)));
        for (String address : List.of("10.0.0.1", "10.0.0.2", "10.0.0.3")) {
            paces.add(waiting("A", address, "e0"));
        }
        paces.add(waiting("A", "fe80::1", "e1"));
        paces.add(waiting("A", "fe80::2", "e1"));
        assertThat(due(paces, 0)).containsExactlyInAnyOrder("10.0.0.1", "fe80::1");
        assertThat(paces.deadline(0)).isEqualTo(10_000_000);
        assertThat(due(paces, 9)).isEmpty();
        assertThat(due(paces, 10)).containsExactly("10.0.0.2");
        assertThat(due(paces, 20)).containsExactlyInAnyOrder("10.0.0.3", "fe80::2");
    }

    @Test
    void interfaces_of_a_garp_group_share_their_interval() {
        Paces paces = new Paces(List.of(pace(10, 10, "e0", "e1"), NONE));
        paces.add(waiting("A", "10.0.0.1", "e0"));
        paces.add(waiting("B", "10.0.1.1", "e1"));
        paces.add(waiting("C", "10.0.2.1", "e2"));
        assertThat(due(paces, 0)).containsExactlyInAnyOrder("10.0.0.1", "10.0.2.1");
        assertThat(due(paces, 10)).containsExactly("10.0.1.1");
    }

    @Test
    void an_instance_that_is_not_master_any_more_announces_nothing() {
        Paces paces = new Paces(List.of(pace(10, 10)));
        paces.add(waiting("A", "10.0.0.1", "e0"));
        paces.add(waiting("A", "10.0.0.2", "e0"));
        paces.add(waiting("B", "10.0.0.3", "e0"));
        assertThat(due(paces, 0)).containsExactly("10.0.0.1");
        paces.forget("A");
        assertThat(due(paces, 10)).containsExactly("10.0.0.3");
    }

    @Test
    void what_waits_survives_a_reload() {
        Paces paces = new Paces(List.of(pace(10, 10)));
        paces.add(waiting("A", "10.0.0.1", "e0"));
        paces.configure(List.of(NONE));
        assertThat(due(paces, 0)).containsExactly("10.0.0.1");
    }
}
