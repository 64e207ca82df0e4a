package dev.weir.vrrp.tell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import dev.weir.vrrp.machine.Action.Notify;
import dev.weir.vrrp.machine.Action.Subject;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.State;
import dev.weir.vrrp.track.Trackers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Scripts, FIFOs and mail get from Weir what they get from Debian's keepalived, which runs in namespaces of its own, through the
 * same states with the same file.
 */
@Tag("root")
@Timeout(60)
class LikeKeepalivedTest {
    private static final Path KEEPALIVED = Path.of("/usr/sbin/keepalived");
    /** Each call leaves a file named by its first argument. */
    private static final String DUMP = """
            #!/bin/sh
            {
                echo "$# arguments"
                for argument; do echo "<$argument>"; done
                id; umask; readlink /proc/$$/fd/0
                test "$(ps -o pgid= -p $$)" -eq $$ && echo leads a process group
                env | grep -v '^_=\\|^OLDPWD=\\|^PWD=' | sort
            } >>"$(dirname "$0")/out/${1:-none}" 2>&1
            """;
    /** Until it is master, and its scripts have told so. */
    private static final String KEEPALIVED_RUN = """
            cd "$1" || exit 1
            ip link set lo up && ip link add eth0 type veth peer name eth1 && ip addr add 10.99.0.1/24 dev eth0
            ip link set eth0 up && ip link set eth1 up || exit 1
            mkfifo -m 600 fifo
            cat fifo >lines &
            /usr/bin/python3 -u -W ignore -m smtpd -n -c DebuggingServer 127.0.0.1:2525 >mail 2>&1 & smtpd=$!
            until grep -q ':09DD ' /proc/net/tcp; do sleep 0.1; done
            /usr/sbin/keepalived -n -l -D -f keepalived.conf -p "$1/p" -r "$1/r" -c "$1/c" >log 2>&1 & keepalived=$!
            for i in $(seq 200); do test -s out/master && test -s out/check && break; sleep 0.1; done
            sleep 0.5
            kill $keepalived
            wait $keepalived
            sleep 0.5
            kill $smtpd
            exit 0
            """;
    /** Of the system's, so that nobody may enter it. */
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @BeforeEach
    void hasKeepalived() throws Exception {
        boolean installed = Files.isExecutable(KEEPALIVED)
                && new ProcessBuilder("/usr/bin/python3", "-W", "ignore", "-c", "import smtpd").start().waitFor() == 0;
        if ("true".equals(System.getenv("CI"))) {
            assertThat(installed).as("keepalived and Debian 12's python3 are installed").isTrue();
        }
        assumeTrue(installed, "needs Debian's keepalived 2.2.7 and python3: apt-get install keepalived python3");
        Process id = new ProcessBuilder("id", "-u").start();
        assumeTrue(new String(id.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip().equals("0"),
                "needs root: keepalived gets namespaces of its own");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path director(String name, int port) throws IOException {
        Path own = Files.createDirectory(folder.resolve(name));
        Path dump = Files.writeString(own.resolve("dump"), DUMP);
        Files.setPosixFilePermissions(dump, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(Files.createDirectory(own.resolve("out")),
                PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.writeString(own.resolve("keepalived.conf"),
                Files.readString(Path.of("src/test/resources/keepalived/told.conf"))
                        .replace("FOLDER", own.toString()).replace("PORT", Integer.toString(port)));
        return own;
    }

    /** What scripts were given, by the names of their files. */
    private static Map<String, String> calls(Path director) throws IOException {
        Map<String, String> calls = new TreeMap<>();
        try (Stream<Path> files = Files.list(director.resolve("out"))) {
            for (Path file : files.toList()) {
                calls.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return calls;
    }

    /** What people read, each line once: keepalived ends before its mail about that is sent. */
    private static List<String> mail(Path director) throws IOException {
        return Files.readAllLines(director.resolve("mail")).stream()
                .filter(line -> line.matches("b'(Subject:|From:|To:|=>).*") && !line.contains("topping"))
                .distinct().sorted().toList();
    }

    @Test
    void whatScriptsFifosAndPeopleAreToldIsTheSame() throws Exception {
        Path theirs = director("keepalived", 2525);
        Process keepalived = new ProcessBuilder("unshare", "-n", "-m", "--pid", "--fork", "--mount-proc", "sh", "-c",
                KEEPALIVED_RUN, "sh", theirs.toString()).redirectErrorStream(true)
                .redirectOutput(theirs.resolve("run").toFile()).start();
        assertThat(keepalived.waitFor()).as(Files.readString(theirs.resolve("run"))).isZero();

        Path ours = director("weir", freePort());
        run(ours);

        assertThat(calls(theirs)).as(Files.readString(theirs.resolve("log"))).containsKeys("any", "backup", "check",
                "group", "master", "none");
        assertThat(calls(ours)).isEqualTo(calls(theirs));
        assertThat(Files.readAllLines(ours.resolve("lines")))
                .containsExactlyInAnyOrderElementsOf(Files.readAllLines(theirs.resolve("lines")));
        assertThat(mail(theirs)).isNotEmpty();
        assertThat(mail(ours)).isEqualTo(mail(theirs));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void run(Path own) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", own + "/fifo").start().waitFor()).isZero();
        Process lines = new ProcessBuilder("cat", own + "/fifo").redirectOutput(own.resolve("lines").toFile()).start();
        Configuration configuration = KeepalivedConf.read(own.resolve("keepalived.conf"), LocalHost.surroundings())
                .configuration();
        int port = configuration.globals().mail().port();
        Process smtpd = new ProcessBuilder("/usr/bin/python3", "-u", "-W", "ignore", "-m", "smtpd", "-n", "-c",
                "DebuggingServer", "127.0.0.1:" + port).redirectOutput(own.resolve("mail").toFile()).start();
        awaitPort(port);
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        try (ScriptRunner runner = new ScriptRunner();
                Fifos fifos = new Fifos(runner);
                Notifier notifier = new Notifier(runner, fifos);
                Trackers trackers = new Trackers(runner, events::add)) {
            Configuration usable = trackers.configure(configuration);
            notifier.configure(usable);
            assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo(new Event.ScriptChanged("check", true));
            for (State state : List.of(State.BACKUP, State.MASTER, State.STOP)) {
                notifier.tell(new Notify(Subject.INSTANCE, "VI_1", state, 100));
                notifier.tell(new Notify(Subject.GROUP, "G1", state, 0));
            }
        }
        assertThat(lines.waitFor()).isZero();
        smtpd.destroy();
        smtpd.waitFor();
    }

    private static void awaitPort(int port) throws InterruptedException {
        for (int i = 0; i < 500; i++) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
    }
}
