package dev.weir.lvs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.conf.Configuration;
import dev.weir.conf.SyncDaemon;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.sys.NetworkNamespace;
import dev.weir.vrrp.Configurations;
import dev.weir.vrrp.NoDataplane;
import dev.weir.vrrp.Vrrp;
import dev.weir.vrrp.address.UndoLog;
import dev.weir.vrrp.machine.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Debian's keepalived and Weir order the same of the synchronisation daemons, in the same states. no-ipvs.c writes down what. */
@Tag("root")
@Timeout(60)
class SyncDaemonLikeKeepalivedTest {
    private static final Path KEEPALIVED = Path.of("/usr/sbin/keepalived");
    private static final Path SHIM = Path.of("src/test/resources/keepalived/no-ipvs.c");
    private static final String CONFIGURATION = """
            global_defs {
                lvs_sync_daemon e0 VI_1 id 7 maxlen 1400 port 8850 ttl 3 group 224.0.0.83
            }
            vrrp_instance VI_1 {
                interface e0
                virtual_router_id 5
                priority 250
                version 3
                advert_int 0.3
                virtual_ipaddress {
                    10.0.1.1/24
                }
            }
            """;
    private static final String SETTINGS = " e0 id 7 maxlen 1400 port 8850 ttl 3 group 224.0.0.83";

    @TempDir
    Path folder;
    private NetworkNamespace host;

    @BeforeEach
    void begin() {
        NetworkNamespace.requireRoot();
        boolean there = Files.isExecutable(KEEPALIVED) && Files.isExecutable(Path.of("/usr/bin/cc"));
        if ("true".equals(System.getenv("CI"))) {
            assertThat(there).as("keepalived and a C compiler are installed").isTrue();
        }
        assumeTrue(there, "needs Debian's keepalived 2.2.7 and cc: apt-get install keepalived gcc libc6-dev");
        host = NetworkNamespace.create("synced");
        host.run("ip link add e0 type veth peer name e1; ip link set e0 up; ip link set e1 up; "
                + "ip addr add 10.0.0.1/24 dev e0");
    }

    @AfterEach
    void end() {
        if (host != null) {
            host.close();
        }
    }

    /** Until it is so long. */
    private static void await(Supplier<List<String>> orders, int length) throws InterruptedException {
        long end = System.nanoTime() + 10_000_000_000L;
        while (orders.get().size() < length && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(orders.get()).hasSizeGreaterThanOrEqualTo(length);
    }

    /** Master, without a link, master again. */
    private void course(Supplier<List<String>> orders) throws InterruptedException {
        await(orders, 3);
        host.run("ip link set e1 down");
        await(orders, 5);
        host.run("ip link set e1 up");
        await(orders, 7);
    }

    private List<String> keepalived() throws Exception {
        Path library = folder.resolve("no-ipvs.so");
        NetworkNamespace.shell("cc -shared -fPIC -O1 -o " + library + " " + SHIM);
        Path log = Files.createFile(folder.resolve("orders"));
        Path file = Files.writeString(folder.resolve("keepalived.conf"), CONFIGURATION);
        Process keepalived = host.start(List.of("env", "LD_PRELOAD=" + library, "SYNC_LOG=" + log,
                KEEPALIVED.toString(), "-n", "-l", "-P", "-f", file.toString(), "-p", folder + "/p", "-r",
                folder + "/r"));
        try {
            course(() -> lines(log));
        } finally {
            keepalived.destroy();
            keepalived.waitFor();
        }
        return lines(log);
    }

    /** The kernel does not look at the id of what it is to stop. */
    private static List<String> lines(Path log) {
        try {
            return Files.readAllLines(log).stream().map(line -> line.replaceFirst("^(stop [A-Z]+) .*", "$1"))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> weir() throws Exception {
        List<String> orders = new CopyOnWriteArrayList<>();
        SyncDuty duty = new SyncDuty(new SyncDaemons() {
            @Override
            public void start(Role role, SyncDaemon settings) {
                orders.add("start %s %s id %d maxlen %d port %d ttl %d group %s".formatted(role, settings.device(),
                        settings.id(), settings.maxLength(), settings.port(), settings.ttl(), settings.group()));
            }

            @Override
            public void stop(Role role) {
                orders.add("stop " + role);
            }
        });
        Configuration configuration = Configurations.read(CONFIGURATION);
        duty.configure(configuration.lvs().syncDaemon());
        try (ScriptRunner runner = new ScriptRunner(); Fifos fifos = new Fifos(runner)) {
            Vrrp.Surroundings surroundings = new Vrrp.Surroundings(runner, fifos, UndoLog.NOBODY, forwarding(duty),
                    died -> orders.add("died: " + died), false);
            try (Vrrp _ = host.inside(() -> Vrrp.start(configuration, surroundings))) {
                course(() -> orders);
            }
        }
        return orders;
    }

    private static Vrrp.Forwarding forwarding(SyncDuty duty) {
        return new NoDataplane() {
            @Override
            public void entered(String instance, State state) {
                duty.entered(instance, state);
            }
        };
    }

    @Test
    void theSameIsStartedAndStoppedAtTheStartInEachStateAndAtTheEnd() throws Exception {
        List<String> theirs = keepalived();
        assertThat(theirs).containsExactly("start BACKUP" + SETTINGS, "stop BACKUP", "start MASTER" + SETTINGS,
                "stop MASTER", "start BACKUP" + SETTINGS, "stop BACKUP", "start MASTER" + SETTINGS, "stop MASTER");
        assertThat(weir()).isEqualTo(theirs);
    }
}
