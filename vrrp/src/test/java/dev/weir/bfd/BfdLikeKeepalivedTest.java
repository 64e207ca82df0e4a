package dev.weir.bfd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.check.Checked;
import dev.weir.check.Checks;
import dev.weir.check.CheckKey;
import dev.weir.check.Wanted;
import dev.weir.conf.Configuration;
import dev.weir.conf.VirtualServer;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.sys.NetworkNamespace;
import dev.weir.vrrp.Configurations;
import dev.weir.vrrp.NoDataplane;
import dev.weir.vrrp.Vrrp;
import dev.weir.vrrp.address.UndoLog;
import dev.weir.vrrp.machine.Standing;
import dev.weir.vrrp.machine.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

/**
 * Debian's keepalived and Weir are each other's neighbours, in two namespaces, over IPv4 and IPv6. The Detection Times are long enough for
 * keepalived on a busy machine: it calls a session expired whose packets it has yet to read.
 */
@Tag("root")
@Timeout(90)
class BfdLikeKeepalivedTest {
    private static final Path KEEPALIVED = Path.of("/usr/sbin/keepalived");
    private static final long PATIENCE_SECONDS = 20;
    /** More than the Detection Time, on a machine that is busy with other tests. */
    private static final long SLACK_MILLIS = 500;

    private final SessionStates states = new SessionStates();
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private NetworkNamespace ours;
    private NetworkNamespace theirs;
    private @Nullable Process keepalived;
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private record Told(String session, boolean up, long at) {
    }

    @BeforeEach
    void begin() {
        NetworkNamespace.requireRoot();
        boolean installed = Files.isExecutable(KEEPALIVED);
        if ("true".equals(System.getenv("CI"))) {
            assertThat(installed).as("keepalived is installed").isTrue();
        }
        Assumptions.assumeTrue(installed, "needs Debian's keepalived 2.2.7: apt-get install keepalived");
        ours = NetworkNamespace.create("bfd-ours");
        open.add(ours);
        theirs = NetworkNamespace.create("bfd-theirs");
        open.add(theirs);
        NetworkNamespace.shell("ip -n " + ours.name() + " link add e0 type veth peer name e0 netns " + theirs.name());
        address(ours, 1);
        address(theirs, 2);
        states.follow((session, up) -> told.add(new Told(session, up, System.nanoTime())));
    }

    private static void address(NetworkNamespace host, int number) {
        host.run("ip link set e0 up; ip addr add 10.0.0." + number + "/24 dev e0; ip addr add fd00::" + number
                + "/64 dev e0 nodad");
    }

    @AfterEach
    void end() throws Exception {
        killKeepalived();
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private static String sessions(int own, int other, String minRx, String minTx) {
        return """
                bfd_instance four {
                    neighbor_ip 10.0.0.%d
                    source_ip 10.0.0.%d
                    min_rx %s
                    min_tx %s
                    multiplier 40
                }
                bfd_instance six {
                    neighbor_ip fd00::%d
                    min_rx %s
                    min_tx %s
                    multiplier 50
                }
                """.formatted(other, own, minRx, minTx, other, minRx, minTx);
    }

    private Bfd weir(String file) throws Exception {
        Bfd bfd = ours.inside(() -> new Bfd(states));
        bfd.configure(Configurations.read(file).bfds());
        return bfd;
    }

    private Path log() {
        return folder.resolve("log");
    }

    private Process startKeepalived(String file) throws IOException {
        Files.deleteIfExists(log());
        Path conf = Files.writeString(folder.resolve("keepalived.conf"), "global_defs {\nrouter_id k\n}\n" + file);
        String run = "mount -t tmpfs none /run && exec " + KEEPALIVED + " -n -l -D -f " + conf;
        Process started = new ProcessBuilder("ip", "netns", "exec", theirs.name(), "unshare", "-m", "sh", "-c", run)
                .redirectErrorStream(true).redirectOutput(log().toFile()).start();
        keepalived = started;
        return started;
    }

    /**
     * All at once: a parent that sees its child die starts another, and children that see their parent gone end in order. So
     * none may see anything.
     */
    private void killKeepalived() throws Exception {
        Process running = keepalived;
        if (running == null || !running.isAlive()) {
            return;
        }
        List<ProcessHandle> all = Stream.concat(Stream.of(running.toHandle()), running.descendants()).toList();
        List<String> stop = Stream
                .concat(Stream.of("kill", "-STOP"), all.stream().map(each -> Long.toString(each.pid())))
                .toList();
        new ProcessBuilder(stop).inheritIO().start().waitFor();
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : all) {
            each.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("in time: " + what).isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private void awaitLog(String text) throws Exception {
        await("keepalived says: " + text,
                () -> Files.readString(log(), StandardCharsets.ISO_8859_1).contains(text));
    }

    private Told next(String session, boolean up) throws InterruptedException {
        Told next = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        while (next != null && !(next.session().equals(session) && next.up() == up)) {
            next = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(next).as("%s %s", session, up ? "up" : "down").isNotNull();
        return next;
    }

    private void bothUp() throws Exception {
        for (String session : List.of("four", "six")) {
            awaitLog("(" + session + ") Entering Up state");
        }
    }

    @Test
    void sessionsComeUpAtBothEndsWithTheTimesThatBothMayHave() throws Exception {
        Process _ = startKeepalived(sessions(2, 1, "80", "50"));
        try (Bfd bfd = weir(sessions(1, 2, "40", "60"))) {
            bothUp();
            awaitLog("Detection time is 3200000 us");
            awaitLog("Detection time is 4000000 us");
            await("the poll is over", () -> bfd.data().contains("Detection time = 2000.0 ms")
                    && bfd.data().contains("Detection time = 2500.0 ms"));
            assertThat(bfd.data()).contains("State = Up, neighbor Up", "Transmit interval = 80.0 ms")
                    .doesNotContain("Packets dropped");
            Thread.sleep(2000);
            assertThat(Files.readString(log())).doesNotContain("Expired");
        }
    }

    @Test
    void aNeighbourThatDiesIsMissedInTimeAndComesBack() throws Exception {
        Process _ = startKeepalived(sessions(2, 1, "50", "50"));
        try (Bfd bfd = weir(sessions(1, 2, "50", "50"))) {
            bothUp();
            await("the polls are over", () -> bfd.data().contains("Detection time = 2000.0 ms")
                    && bfd.data().contains("Detection time = 2500.0 ms"));
            told.clear();
            long killed = System.nanoTime();
            killKeepalived();
            for (String session : List.of("four", "six")) {
                long millis = TimeUnit.NANOSECONDS.toMillis(nextDown(session) - killed);
                assertThat(millis).isLessThan((session.equals("four") ? 2000 : 2500) + SLACK_MILLIS);
            }
            Process _ = startKeepalived(sessions(2, 1, "50", "50"));
            bothUp();
        }
    }

    private long nextDown(String session) throws InterruptedException {
        List<Told> others = new ArrayList<>();
        Told down = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        while (down != null && !(down.session().equals(session) && !down.up())) {
            others.add(down);
            down = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        told.addAll(others);
        assertThat(down).as(session).isNotNull();
        return down.at();
    }

    @Test
    void keepalivedMissesWeirInTimeAndHearsOfItsEnd() throws Exception {
        Process _ = startKeepalived(sessions(2, 1, "50", "50"));
        Bfd bfd = weir(sessions(1, 2, "50", "50"));
        try (bfd) {
            bothUp();
            awaitLog("Detection time is 2000000 us");
            ours.run("nft add table ip t; nft add chain ip t c { type filter hook output priority 0 \\; }; "
                    + "nft add rule ip t c udp dport 3784 drop");
            awaitLog("(four) Entering Down state (Local diagnostic - Control Detection Time Expired");
            next("four", false);
            ours.run("nft delete table ip t");
            next("four", true);
            assertThat(Files.readString(log())).doesNotContain("(six) Expired");
        }
        awaitLog("(six) Entering Down state (Local diagnostic - Neighbor Signaled Session Down,"
                + " Remote diagnostic - Path Down)");
    }

    @Test
    void aReloadAtEitherEndBreaksNoSession() throws Exception {
        Process running = startKeepalived(sessions(2, 1, "50", "50"));
        try (Bfd bfd = weir(sessions(1, 2, "50", "50"))) {
            bothUp();
            await("the polls are over", () -> bfd.data().contains("Detection time = 2000.0 ms")
                    && bfd.data().contains("Detection time = 2500.0 ms"));
            told.clear();
            bfd.configure(Configurations.read(sessions(1, 2, "100", "70")).bfds());
            awaitLog("Detection time is 2800000 us");
            Files.writeString(folder.resolve("keepalived.conf"), sessions(2, 1, "200", "150"));
            theirs.run("kill -HUP " + running.pid());
            await("keepalived's poll is over", () -> bfd.data().contains("Detection time = 6000.0 ms"));
            await("Weir sends as seldom as is asked", () -> bfd.data().contains("Transmit interval = 200.0 ms"));
            assertThat(told).isEmpty();
        }
    }

    @Test
    void virtualRoutersFollowTheirSessions() throws Exception {
        String routers = """
                vrrp_instance A {
                    interface e0
                    virtual_router_id 51
                    advert_int 0.1
                    version 3
                    virtual_ipaddress {
                        10.0.0.101/24
                    }
                    track_bfd {
                        four
                    }
                }
                vrrp_instance B {
                    interface e0
                    virtual_router_id 52
                    version 3
                    advert_int 0.1
                    virtual_ipaddress {
                        10.0.0.102/24
                    }
                    track_bfd {
                        six weight -20
                    }
                }
                """;
        Configuration configuration = Configurations.read(sessions(1, 2, "50", "50") + routers);
        ScriptRunner runner = new ScriptRunner();
        open.add(runner);
        Fifos fifos = new Fifos(runner);
        open.add(fifos);
        Vrrp vrrp = ours.inside(() -> Vrrp.start(configuration, new Vrrp.Surroundings(runner, fifos, UndoLog.NOBODY,
                new NoDataplane(), died -> told.add(new Told("died " + died, false, 0)), false)));
        open.add(vrrp);
        states.follow(vrrp::session);
        open.add(weir(sessions(1, 2, "50", "50")));
        await("B is master with less", () -> standing(vrrp, "B").state() == State.MASTER);
        assertThat(standing(vrrp, "B").priority()).isEqualTo(80);
        assertThat(standing(vrrp, "A").state()).isEqualTo(State.FAULT);

        Process _ = startKeepalived(sessions(2, 1, "50", "50"));
        await("A is master", () -> standing(vrrp, "A").state() == State.MASTER);
        await("B has its priority", () -> standing(vrrp, "B").priority() == 100);

        killKeepalived();
        await("A is in FAULT", () -> standing(vrrp, "A").state() == State.FAULT);
        await("B has less", () -> standing(vrrp, "B").priority() == 80);
        assertThat(standing(vrrp, "A").faults()).containsExactly("BFD session four is down");
    }

    private static Standing standing(Vrrp vrrp, String instance) throws IOException {
        return vrrp.standings().stream().filter(standing -> standing.instance().equals(instance)).findFirst()
                .orElseThrow();
    }

    @Test
    void aServerGoesAndReturnsWithItsSession() throws Exception {
        Configuration configuration = Configurations.read(sessions(1, 2, "50", "50") + """
                virtual_server 10.0.0.100 80 {
                    lb_algo rr
                    lb_kind NAT
                    protocol TCP
                    real_server 10.0.0.2 80 {
                        BFD_CHECK {
                            name four
                        }
                    }
                }
                """);
        BlockingQueue<Checked> checked = new LinkedBlockingQueue<>();
        ScriptRunner runner = new ScriptRunner();
        open.add(runner);
        Bfd bfd = weir(sessions(1, 2, "50", "50"));
        open.add(bfd);
        Checks checks = new Checks(new Checks.Surroundings(runner, null, states, new Random(1)), checked::add);
        open.add(checks);
        VirtualServer server = configuration.servers().getFirst();
        VirtualServer.RealServer real = server.servers().getFirst();
        checks.configure(real.checks().stream().map(check -> new Wanted(
                new CheckKey(server.name(), real.name(server), check.connection(), check.probe(), 0), check,
                server.services().getFirst(), real)).toList(), configuration);
        assertThat(next(checked).up()).isFalse();
        Process _ = startKeepalived(sessions(2, 1, "50", "50"));
        assertThat(next(checked).up()).isTrue();
        await("the poll is over", () -> bfd.data().contains("Detection time = 2000.0 ms"));
        killKeepalived();
        long killed = System.nanoTime();
        assertThat(next(checked).outcome().detail()).isEqualTo("BFD session four is down");
        assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofMillis(2000 + SLACK_MILLIS));
        Process _ = startKeepalived(sessions(2, 1, "50", "50"));
        assertThat(next(checked).up()).isTrue();
    }

    private static Checked next(BlockingQueue<Checked> checked) throws InterruptedException {
        Checked next = checked.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }
}
