package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.check.VipPath;
import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.conf.SyncDaemon;
import dev.weir.lvs.Balancer;
import dev.weir.lvs.SyncDaemons;
import dev.weir.vrrp.machine.State;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the half that forwards is told of a change of masters, and in which order. */
class OwnershipTest {
    private static final IpAddress OUTSIDE = IpAddress.parse("10.0.1.1");
    private static final IpAddress INSIDE = IpAddress.parse("10.0.2.1");
    private static final Set<IpAddress> BOTH = Set.of(OUTSIDE, INSIDE);

    private final List<String> told = new ArrayList<>();
    private final Ownership ownership = new Ownership(new Told(), null);
    @TempDir
    Path folder;

    private final class Told implements Dataplane, SyncDaemons {
        @Override
        public Balancer balancer() {
            throw new AssertionError("nobody sets services");
        }

        @Override
        public VipPath vipPath() {
            throw new AssertionError("nobody checks");
        }

        @Override
        public SyncDaemons syncDaemons() {
            return this;
        }

        @Override
        public void configure(Configuration configuration) {
            throw new AssertionError("not asked for");
        }

        @Override
        public void takenOver(Duration quiet) {
            told.add("quiet for " + quiet.toSeconds());
        }

        @Override
        public void taking(Set<IpAddress> virtual, Set<IpAddress> owned) {
            told.add("taking " + owned.size() + " of " + virtual.size());
        }

        @Override
        public void changed(Set<IpAddress> virtual, Set<IpAddress> owned) {
            told.add("changed " + owned.size() + " of " + virtual.size());
        }

        @Override
        public void start(Role role, SyncDaemon settings) {
            told.add("start " + role);
        }

        @Override
        public void stop(Role role) {
            told.add("stop " + role);
        }
    }

    private Configuration configuration(String global) throws IOException {
        Path file = Files.writeString(folder.resolve("keepalived.conf"), "global_defs {\n" + global
                + "\n}\nvrrp_instance V {\ninterface lo\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.1.1\n}\n}\n");
        return KeepalivedConf.read(file, LocalHost.surroundings()).configuration();
    }

    private void becomesMaster() {
        ownership.taking(BOTH, BOTH);
        ownership.entered("V", State.MASTER);
        ownership.changed(BOTH, BOTH);
    }

    @Test
    void aDirectorThatSynchronisesIsQuietBeforeItTakesAddressesAndTellsOfItsConnectionsAfterwards() throws IOException {
        ownership.configure(configuration("lvs_sync_daemon lo V"));
        ownership.taking(BOTH, Set.of());
        ownership.entered("V", State.BACKUP);
        becomesMaster();
        assertThat(told).containsExactly("start BACKUP", "taking 0 of 2", "quiet for 30", "taking 2 of 2",
                "stop BACKUP", "start MASTER", "changed 2 of 2");
    }

    @Test
    void itIsQuietAgainAfterItHasLostThemAndNotAtAReload() throws IOException {
        ownership.configure(configuration("connection_sync {\npeer 10.0.0.2\nkey 0123456789abcdef\nquiet 7\n}"));
        becomesMaster();
        assertThat(told).containsExactly("quiet for 7", "taking 2 of 2", "changed 2 of 2");
        told.clear();
        ownership.taking(BOTH, BOTH);
        ownership.changed(BOTH, Set.of(INSIDE));
        becomesMaster();
        assertThat(told).containsExactly("taking 2 of 2", "changed 1 of 2", "quiet for 7", "taking 2 of 2",
                "changed 2 of 2");
    }

    @Test
    void whoDoesNotSynchroniseLeavesResetsToTheHostAsIpvsDoes() throws IOException {
        ownership.configure(configuration(""));
        becomesMaster();
        assertThat(told).containsExactly("taking 2 of 2", "changed 2 of 2");
    }
}
