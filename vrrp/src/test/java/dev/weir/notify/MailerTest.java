package dev.weir.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.conf.Definitions.Mail;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mail, to Python's SMTP server, and to servers that misbehave. */
@Timeout(30)
class MailerTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private final Message message = new Message("lb@example.org", List.of("a@example.org", "b@example.org"),
            "[lb01] VRRP Instance VI_1 - Entering MASTER state", ".hidden\n=> VRRP Instance is now owning VRRP VIPs <=",
            ZonedDateTime.of(2026, 11, 1, 9, 5, 6, 0, ZoneOffset.ofHours(1)));
    private @Nullable Process server;

    @AfterEach
    void end() {
        if (server != null) {
            server.destroyForcibly();
        }
    }

    /** Python's own: it prints each mail between two lines. */
    private BufferedReader smtpd(int port) throws IOException, InterruptedException {
        boolean there = new ProcessBuilder("/usr/bin/python3", "-W", "ignore", "-c", "import smtpd").start()
                .waitFor() == 0;
        if ("true".equals(System.getenv("CI"))) {
            assertThat(there).as("/usr/bin/python3 has the module smtpd").isTrue();
        }
        assumeTrue(there, "needs Python's smtpd, as Debian 12's python3 has it");
        Process process = new ProcessBuilder("/usr/bin/python3", "-u", "-W", "ignore", "-m", "smtpd", "-n", "-c",
                "DebuggingServer", "127.0.0.1:" + port).redirectErrorStream(true).start();
        server = process;
        for (int i = 0; i < 500; i++) {
            try (java.net.Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                break;
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
        return process.inputReader(StandardCharsets.UTF_8);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static List<String> mail(BufferedReader from) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = from.readLine(); line != null && !line.contains("END MESSAGE"); line = from.readLine()) {
            if (!line.contains("MESSAGE FOLLOWS")) {
                lines.add(line);
            }
        }
        return lines;
    }

    @Test
    void aMailArrivesAsItWasWritten() throws Exception {
        int port = freePort();
        BufferedReader received = smtpd(port);
        Smtp.send("127.0.0.1", port, SECOND, "lb01", message);
        assertThat(mail(received)).filteredOn(line -> !line.contains("X-Peer")).containsSubsequence(
                "b'Date: Sun, 01 Nov 2026 09:05:06 +0100'", "b'From: lb@example.org'",
                "b'Subject: [lb01] VRRP Instance VI_1 - Entering MASTER state'", "b'X-Mailer: Weir'",
                "b'To: a@example.org, b@example.org'", "b''", "b'.hidden'",
                "b'=> VRRP Instance is now owning VRRP VIPs <='");
    }

    @Test
    void whatHappensReachesAllOfNotificationEmailUnderTheNameOfTheRouter() throws Exception {
        int port = freePort();
        BufferedReader received = smtpd(port);
        Mailer mailer = new Mailer();
        mailer.configure(new Mail(List.of("a@example.org"), null, "localhost", port, null, SECOND, true), "lb01");
        mailer.send("VRRP Instance VI_1 - Stopping", "one");
        mailer.send("VRRP Instance VI_2 - Stopping", "two");
        mailer.close();
        assertThat(mail(received)).contains("b'Subject: [lb01] VRRP Instance VI_1 - Stopping'", "b'one'");
        assertThat(mail(received)).contains("b'Subject: [lb01] VRRP Instance VI_2 - Stopping'", "b'two'")
                .anyMatch(line -> line.startsWith("b'From: root@"));
    }

    @Test
    void aServerThatIsDownSilentOrUnwillingIsToldOfAsSuch() throws Exception {
        int port = freePort();
        assertThatThrownBy(() -> Smtp.send("127.0.0.1", port, SECOND, "lb01", message)).hasMessageContaining("refused");
        assertThatThrownBy(() -> Smtp.send("nosuchhost.invalid", 25, SECOND, "lb01", message))
                .hasMessage("there is no host nosuchhost.invalid");
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(
                    () -> Smtp.send("127.0.0.1", silent.getLocalPort(), SECOND, "lb01", message))
                    .hasMessage("no answer within 1 s");
        }
        assertThat(saidTo("220 hello\r\n250 ok\r\n550 go away\r\n"))
                .isEqualTo("to MAIL FROM:<lb@example.org> it answered: 550 go away");
        assertThat(saidTo("220 hello\r\n250 ok\r\n250 ok\r\n550 no a\r\n550 no b\r\n"))
                .isEqualTo("it takes no mail for a@example.org (550 no a), b@example.org (550 no b)");
        assertThat(saidTo("220-hello\r\n220 x\r\n250 ok\r\n250 ok\r\n550 no a\r\n250 ok\r\n354 go\r\n250 ok\r\n"))
                .isEqualTo("all but a@example.org (550 no a) got it");
        assertThat(saidTo("220 hello\r\n")).isEqualTo("it closed the connection");
        assertThat(saidTo("220-" + "x".repeat(10_000))).isEqualTo("its answer does not end");
    }

    /** What becomes of a mail to a server that says just this. */
    private String saidTo(String replies) throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread thread = Thread.ofPlatform().start(() -> {
                try (Socket client = socket.accept()) {
                    client.getOutputStream().write(replies.getBytes(StandardCharsets.US_ASCII));
                    client.shutdownOutput();
                    BufferedReader said = new BufferedReader(
                            new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                    while (said.readLine() != null) {
                        // until the client has enough
                    }
                } catch (IOException e) {
                    // the client went away first
                }
            });
            try {
                Smtp.send("127.0.0.1", socket.getLocalPort(), SECOND, "lb01", message);
                return "sent";
            } catch (IOException e) {
                return String.valueOf(e.getMessage());
            } finally {
                thread.join();
            }
        }
    }

    @Test
    void whoSendsMailWaitsForNoServer() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Mailer mailer = new Mailer();
            mailer.configure(new Mail(List.of("a@example.org"), null, "127.0.0.1", silent.getLocalPort(), null,
                    Duration.ofSeconds(60), true), null);
            long begun = System.nanoTime();
            for (int i = 0; i < 500; i++) {
                mailer.send("x", "y");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(SECOND);
            mailer.close(Duration.ofMillis(100));
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
        }
    }
}
