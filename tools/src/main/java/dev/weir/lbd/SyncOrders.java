package dev.weir.lbd;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.conf.SyncDaemon;
import dev.weir.lvs.SyncDaemons;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts and stops the daemons of synchronisation as ipvsadm would, on the control thread, in the order in which it is told to. */
final class SyncOrders implements SyncDaemons {
    private static final Logger LOG = LoggerFactory.getLogger(SyncOrders.class);

    private final ControlThread control;
    private final ControlThread.Tool ipvsadm;

    SyncOrders(ControlThread control, ControlThread.Tool ipvsadm) {
        this.control = control;
        this.ipvsadm = ipvsadm;
    }

    @Override
    public void start(Role role, SyncDaemon settings) {
        List<String> words = new ArrayList<>(List.of("--start-daemon", name(role), "--mcast-interface",
                settings.device(), "--syncid", String.valueOf(settings.id())));
        add(words, "--sync-maxlen", settings.maxLength());
        if (settings.group() != null) {
            words.addAll(List.of("--mcast-group", settings.group().toString()));
        }
        add(words, "--mcast-port", settings.port());
        add(words, "--mcast-ttl", settings.ttl());
        order(words);
    }

    private static void add(List<String> words, String option, int value) {
        if (value != 0) {
            words.addAll(List.of(option, String.valueOf(value)));
        }
    }

    @Override
    public void stop(Role role) {
        order(List.of("--stop-daemon", name(role)));
    }

    private void order(List<String> words) {
        control.soon(() -> {
            Answer answer = ipvsadm.run(words, "");
            if (answer.exit() == 0) {
                LOG.info("lvs_sync_daemon: {}", String.join(" ", words));
            } else {
                LOG.warn("lvs_sync_daemon: {} failed: {}; see ipvsadm -L --daemon", String.join(" ", words),
                        answer.stderr().strip());
            }
        });
    }

    private static String name(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }
}
