package dev.weir.check;

import static dev.weir.check.HostileServer.forever;
import static dev.weir.check.HostileServer.hold;
import static dev.weir.check.HostileServer.pause;
import static dev.weir.check.HostileServer.reset;
import static dev.weir.check.HostileServer.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Definitions.Ssl;
import dev.weir.conf.HealthCheck;
import dev.weir.conf.HealthCheck.Connection;
import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.HealthCheck.Regex;
import dev.weir.conf.HealthCheck.Timing;
import dev.weir.conf.HealthCheck.Url;
import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What HTTP_GET and SSL_GET say of servers of every kind, also of those that mean harm. */
@Timeout(60)
class HttpCheckTest {
    private static final IpAddress HOME = IpAddress.parse("127.0.0.1");
    private static final String OK = "HTTP/1.0 200 OK\r\n\r\n";
    private static final Duration SHORT = Duration.ofMillis(300);
    static final Duration LONG = Duration.ofSeconds(10);

    static Url url(String path) {
        return new Url(path, null, List.of(), null, null);
    }

    static Http http(boolean secure, Url... urls) {
        return new Http(List.of(urls), secure, null, false, "1.0", false);
    }

    static HttpCheck check(int port, Duration timeout, Http http, @Nullable Tls tls) {
        return check(HealthCheck.Path.SERVER, port, timeout, http, tls, null);
    }

    private static HttpCheck check(HealthCheck.Path how, int port, Duration timeout, Http http, @Nullable Tls tls,
            @Nullable VipPath path) {
        return new HttpCheck(target(how, port, timeout, http, path), timeout, http, tls);
    }

    private static Target target(HealthCheck.Path how, int port, Duration timeout, HealthCheck.Probe probe,
            @Nullable VipPath path) {
        Connection connection = new Connection(HOME, port, null, 0, null, 0, timeout, how);
        HealthCheck check = new HealthCheck(connection,
                new Timing(Duration.ofSeconds(1), 0, Duration.ofSeconds(1), Duration.ZERO), false, false, probe);
        RealServer server = new RealServer(HOME, port, 1, List.of("DR"), 0, 0, false, false, Duration.ZERO, null, null,
                List.of(check));
        return new Target(connection, new Wanted(new CheckKey("v", "r", connection, probe, 0), check,
                new AtAddress("TCP", IpAddress.parse("127.0.0.9"), 80), server), path);
    }

    private static String detail(Outcome outcome, Class<? extends Outcome> kind) {
        assertThat(outcome).isInstanceOf(kind);
        return outcome.detail();
    }

    /** What is said of a server that does this, and how long that takes. */
    private static void fails(String why, boolean secure, HostileServer.Step... script) throws Exception {
        fails(SHORT, why, secure, script);
    }

    private static void fails(Duration timeout, String why, boolean secure, HostileServer.Step... script)
            throws Exception {
        try (HostileServer server = new HostileServer(script);
                HttpCheck check = check(server.port(), timeout, http(secure, url("/x")),
                        secure ? new Tls(new Ssl(null, null, null, null)) : null)) {
            long began = System.nanoTime();
            assertThat(detail(check.ask(true), Outcome.Failure.class)).contains(why).endsWith(" (/x)");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(timeout.multipliedBy(30));
        }
    }

    @Test
    void aServerThatMisbehavesIsDownInAFewTimesTheTimeout() throws Exception {
        fails("no answer within 0.3 s", false, hold());
        fails("its answer stops; no more of it, and no end, within 0.3 s", false, send(OK + "hi"), hold());
        fails("connection reset", false, send(OK), pause(Duration.ofMillis(50)), reset());
        fails("its header does not end within 32768 bytes", false, forever("X: y\r\n"));
        fails("its header does not end within 32768 bytes", false, forever("y"));
        fails("its answer does not end within 64 MiB", false, send(OK), forever("x"));
        fails("it closed the connection without an answer", false);
        fails("no HTTP: 'SSH-2.0-OpenSSH_9.2' has no end of a header", false, send("SSH-2.0-OpenSSH_9.2\r\n"));
    }

    @Test
    void anAnswerThatDripsEndsAfterFiveTimesTheTimeout() throws Exception {
        HostileServer.Step[] drops = new HostileServer.Step[40];
        for (int i = 0; i < drops.length; i++) {
            drops[i] = i % 2 == 0 ? send(i == 0 ? OK : "x") : pause(Duration.ofMillis(200));
        }
        fails("its answer does not end within 1.5 s", false, drops);
    }

    @Test
    void aServerThatSpeaksNoTlsIsDown() throws Exception {
        fails(LONG, "TLS handshake failed: Unrecognized SSL message", true, send("HTTP/1.0 400 No\r\n\r\n"));
        fails("no answer within 0.3 s", true, hold());
        fails(LONG, "TLS handshake failed: ", true, forever("\u0016\u0003\u0003\u0000\u0000"));
    }

    @Test
    void aCheckThatIsNotWantedEndsWhateverItWaitsFor() throws Exception {
        try (HostileServer server = new HostileServer(hold());
                HttpCheck check = check(server.port(), Duration.ofMinutes(1), http(false, url("/")), null)) {
            AtomicBoolean interrupted = new AtomicBoolean();
            Thread asking = Thread.ofVirtual().start(() -> {
                try {
                    check.ask(true);
                } catch (InterruptedException e) {
                    interrupted.set(true);
                }
            });
            while (server.requests().isEmpty()) {
                assertThat(asking.isAlive()).isTrue();
                Thread.sleep(5);
            }
            asking.interrupt();
            asking.join();
            assertThat(interrupted).isTrue();
        }
    }

    @Test
    void urlsAreAskedOneAfterTheOther() throws Exception {
        try (HostileServer server = new HostileServer(send(OK));
                HttpCheck check = check(server.port(), LONG, http(false, url("/a"), url("/b"), url("/c")), null)) {
            assertThat(List.of(check.ask(true), check.ask(true), check.ask(true), check.ask(true)))
                    .extracting(outcome -> outcome.getClass().getSimpleName())
                    .containsExactly("Next", "Next", "Success", "Next");
            assertThat(server.requests()).extracting(request -> request.substring(0, 6)).containsExactly("GET /a",
                    "GET /b",
                    "GET /c", "GET /a");
        }
    }

    /** keepalived: the URL that took the server down comes first, and after it all of them. */
    @Test
    void afterAFailureAllUrlsAreAskedAgain() throws Exception {
        AtomicBoolean well = new AtomicBoolean();
        HostileServer.Step answer = client -> send(well.get() ? OK : "HTTP/1.0 500 No\r\n\r\n").take(client);
        try (HostileServer server = new HostileServer(answer);
                HttpCheck check = check(server.port(), LONG, http(false, url("/a"), url("/b")), null)) {
            well.set(true);
            assertThat(check.ask(true)).isInstanceOf(Outcome.Next.class);
            well.set(false);
            assertThat(detail(check.ask(true), Outcome.Failure.class))
                    .isEqualTo("status 500, wanted 200-299 (/b)");
            assertThat(check.ask(false)).as("down by /b").isInstanceOf(Outcome.Failure.class);
            well.set(true);
            assertThat(check.ask(false)).as("/b is well").isInstanceOf(Outcome.Next.class);
            assertThat(check.ask(false)).as("/a again").isInstanceOf(Outcome.Next.class);
            assertThat(check.ask(false)).as("/b again").isInstanceOf(Outcome.Success.class);
            assertThat(server.requests()).extracting(request -> request.substring(0, 6)).containsExactly("GET /a",
                    "GET /b",
                    "GET /b", "GET /b", "GET /a", "GET /b");
        }
    }

    @Test
    void aRegexThatGoesBackForEverIsAFailureAndSoIsOneThatIsNone() throws Exception {
        try (HostileServer server = new HostileServer(send(OK + "a".repeat(60) + "!"))) {
            assertThat(regex(server, "(a|aa)+b\\1", false)).startsWith("the regex takes too long");
            assertThat(regex(server, "(a|aa)+b\\1", true)).startsWith("the regex takes too long");
            assertThat(regex(server, "(ab", false)).startsWith("the regex '(ab' cannot be used: Unclosed group");
            assertThat(regex(server, "a(?R)?", false))
                    .contains("cannot be used: recursion, a condition or an option, (?R)");
        }
    }

    private static String regex(HostileServer server, String pattern, boolean no) throws Exception {
        Url url = new Url("/", null, List.of(), null, new Regex(pattern, List.of(), no, 0, -1));
        try (HttpCheck check = check(server.port(), LONG, http(false, url), null)) {
            return detail(check.ask(true), Outcome.Failure.class);
        }
    }

    @Test
    void aRegexIsFoundAcrossTheWindowsOfALongBody() throws Exception {
        try (HostileServer server = new HostileServer(send(OK + "x".repeat(49_150) + "needle" + "y".repeat(200_000)),
                send("the end"))) {
            for (String pattern : List.of("needle", "(?<=x{9})needle", "the end$")) {
                Url url = new Url("/", null, List.of(), null, new Regex(pattern, List.of(), false, 0, -1));
                try (HttpCheck check = check(server.port(), LONG, http(false, url), null)) {
                    assertThat(check.ask(true)).as(pattern).isInstanceOf(Outcome.Success.class);
                }
            }
        }
    }

    /** A way whose virtual address nobody has. */
    private record Nowhere(int port) implements VipPath.Way {
        @Override
        public String device() {
            return "lo";
        }

        @Override
        public IpAddress source() {
            return HOME;
        }

        @Override
        public IpAddress destination() {
            return IpAddress.parse("127.0.0.9");
        }

        @Override
        public IpAddress virtual() {
            return destination();
        }

        @Override
        public String seen() {
            return "the server reset it";
        }

        @Override
        public void close() {
        }
    }

    @Test
    void aServerThatAnswersButNotAtTheVipIsToldFromOneThatIsDown() throws Exception {
        int closed;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[]{127, 0, 0, 9}))) {
            closed = free.getLocalPort();
        }
        HealthCheck.Connect probe = new HealthCheck.Connect();
        HostileServer server = new HostileServer(hold());
        Target target = target(HealthCheck.Path.VIP, server.port(), LONG, probe, (_, _) -> new Nowhere(closed));
        try (Checker check = target.explaining(new TcpCheck(target, LONG))) {
            assertThat(detail(check.ask(true), Outcome.Failure.class)).isEqualTo("connection refused; at VIP 127.0.0.9 "
                    + "by DR: the server reset it; it answers at its own address, 127.0.0.1 port " + server.port()
                    + ", but not at the VIP by DR: is the VIP on its lo (and arp_ignore set)?");
            server.close();
            assertThat(detail(check.ask(true), Outcome.Failure.class))
                    .endsWith("; nor does it answer at its own address, 127.0.0.1 port " + server.port()
                            + ": connection refused");
        }
    }

    @Test
    void theVipNeedsADataplane() throws IOException, InterruptedException {
        Http http = http(false, url("/"));
        try (HttpCheck check = check(HealthCheck.Path.VIP, 1, SHORT, http, null, null)) {
            assertThat(detail(check.ask(true), Outcome.Failure.class))
                    .startsWith("check_path vip needs the dataplane of lbd");
        }
    }
}
