package dev.weir.lvs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.SyncDaemon;
import dev.weir.vrrp.machine.State;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which daemon runs when; beside keepalived's own orders in {@link SyncDaemonLikeKeepalivedTest}. */
class SyncDutyTest {
    private final List<String> orders = new ArrayList<>();
    private final SyncDuty duty = new SyncDuty(new SyncDaemons() {
        @Override
        public void start(Role role, SyncDaemon settings) {
            orders.add("start " + role + " " + settings.id());
        }

        @Override
        public void stop(Role role) {
            orders.add("stop " + role);
        }
    });

    private static SyncDaemon daemon(String instance, int id) {
        return new SyncDaemon("eth0", instance, id, 0, null, 0, 0);
    }

    private List<String> orders() {
        List<String> all = List.copyOf(orders);
        orders.clear();
        return all;
    }

    @Test
    void theBackupRunsFromTheBeginningAndTheMasterWhileTheInstanceIsMaster() {
        duty.configure(daemon("V", 7));
        assertThat(orders()).containsExactly("start BACKUP 7");
        duty.entered("V", State.BACKUP);
        duty.entered("W", State.MASTER);
        assertThat(orders()).isEmpty();
        duty.entered("V", State.MASTER);
        assertThat(orders()).containsExactly("stop BACKUP", "start MASTER 7");
        duty.entered("V", State.FAULT);
        assertThat(orders()).containsExactly("stop MASTER", "start BACKUP 7");
        duty.entered("V", State.BACKUP);
        assertThat(orders()).isEmpty();
        duty.entered("V", State.STOP);
        assertThat(orders()).containsExactly("stop BACKUP");
    }

    @Test
    void aReloadStartsAnewWhatChanged() {
        duty.configure(daemon("V", 7));
        duty.entered("V", State.MASTER);
        duty.entered("W", State.BACKUP);
        orders();
        duty.configure(daemon("V", 7));
        assertThat(orders()).isEmpty();
        duty.configure(daemon("V", 9));
        assertThat(orders()).containsExactly("stop MASTER", "start MASTER 9");
        duty.configure(daemon("W", 9));
        assertThat(orders()).containsExactly("stop MASTER", "start BACKUP 9");
        duty.configure(null);
        assertThat(orders()).containsExactly("stop BACKUP");
        duty.configure(daemon("V", 7));
        assertThat(orders()).containsExactly("start MASTER 7");
    }

    @Test
    void nothingRunsForAnInstanceThatIsGone() {
        duty.configure(daemon("V", 7));
        duty.entered("V", State.DELETED);
        assertThat(orders()).containsExactly("start BACKUP 7", "stop BACKUP");
    }
}
