package dev.weir.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.bfd.SessionStates;
import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import dev.weir.conf.Configuration;
import dev.weir.notify.ScriptRunner;
import dev.weir.vrrp.Configurations;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** DNS_CHECK, UDP_CHECK, PING_CHECK and SMTP_CHECK ask servers of their kind, and some that misbehave. */
@Timeout(30)
class AskingTest {
    private static final InetAddress HOME = InetAddress.getLoopbackAddress();
    private final ScriptRunner runner = new ScriptRunner();
    private final List<AutoCloseable> servers = new ArrayList<>();

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable server : servers) {
            server.close();
        }
        runner.close();
    }

    /** Who behaves in one way to each who connects. */
    private interface Talk {
        void with(Socket client) throws IOException, InterruptedException;
    }

    /** What comes back to a datagram; null: nothing. */
    private interface Reply {
        byte @Nullable [] to(byte[] datagram);
    }

    private int tcp(Talk talk) throws IOException {
        ServerSocket server = new ServerSocket(0, 10, HOME);
        servers.add(server);
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try (Socket client = server.accept()) {
                    talk.with(client);
                } catch (IOException | InterruptedException e) {
                    // The client has gone, or the test is over.
                }
            }
        });
        return server.getLocalPort();
    }

    private int udp(Reply... replies) throws IOException {
        DatagramSocket server = new DatagramSocket(new InetSocketAddress(HOME, 0));
        servers.add(server);
        Thread.ofVirtual().start(() -> {
            byte[] bytes = new byte[70_000];
            while (!server.isClosed()) {
                try {
                    DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
                    server.receive(packet);
                    byte[] question = Arrays.copyOf(bytes, packet.getLength());
                    for (Reply reply : replies) {
                        byte[] answer = reply.to(question);
                        if (answer != null) {
                            server.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                        }
                    }
                } catch (IOException e) {
                    // The test is over.
                }
            }
        });
        return server.getLocalPort();
    }

    private static void say(Socket to, String text) throws IOException {
        to.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String heard(Socket from) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = from.getInputStream().read(); next >= 0 && next != '\n'; next = from.getInputStream().read()) {
            line.append((char) next);
        }
        return line.toString().strip();
    }

    /** What a check of that kind, with these settings, says of a server at that port of this machine. */
    private Outcome ask(String kind, int port, String... settings) throws Exception {
        Configuration configuration = Configurations.read("""
                virtual_server 10.0.0.1 %d {
                    protocol TCP
                    real_server 127.0.0.1 %d {
                        %s {
                            connect_timeout 1
                            %s
                        }
                    }
                }
                """.formatted(port, port, kind, String.join("\n", settings)));
        Wanted wanted = ChecksTest.wanted(configuration).getFirst();
        long began = System.nanoTime();
        try (Factory factory = new Factory(new Checks.Surroundings(runner, null, new SessionStates(), new Random(1)));
                Checker checker = factory.make(wanted, configuration)) {
            return checker.ask(true);
        } finally {
            assertThat(System.nanoTime() - began).as("how long it took").isLessThan(TimeUnit.SECONDS.toNanos(8));
        }
    }

    private static void failed(Outcome outcome, String detail) {
        assertThat(outcome).isEqualTo(new Failure(detail));
    }

    private static void succeeded(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Success.class);
    }

    // DNS_CHECK

    private int dnsmasq(String... options) throws Exception {
        Path program = Path.of("/usr/sbin/dnsmasq");
        if ("true".equals(System.getenv("CI"))) {
            assertThat(program).exists();
        }
        assumeTrue(Files.exists(program), "needs dnsmasq: apt install dnsmasq-base");
        int port;
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress(HOME, 0))) {
            port = free.getLocalPort();
        }
        List<String> command = new ArrayList<>(List.of(program.toString(), "--keep-in-foreground",
                "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--listen-address=127.0.0.1",
                "--bind-interfaces", "--pid-file=", "--user=" + System.getProperty("user.name"), "--port=" + port));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        servers.add(process::destroyForcibly);
        for (int i = 0; i < 200 && process.isAlive() && ask("UDP_CHECK", port) instanceof Failure; i++) {
            Thread.sleep(20);
        }
        return port;
    }

    @Test
    void aNameServerThatAnswersIsUpAndOneThatRefusesIsNot() throws Exception {
        int port = dnsmasq("--address=/example.org/10.1.2.3", "--local=/nothing.org/");
        assertThat(ask("DNS_CHECK", port, "type A", "name www.example.org"))
                .isEqualTo(new Success("no error for www.example.org A"));
        failed(ask("DNS_CHECK", port, "type MX", "name nothing.org"), "NXDOMAIN for nothing.org MX");
        failed(ask("DNS_CHECK", port), "REFUSED for . SOA");
    }

    @Test
    void aQuestionIsAsResolversSendIt() throws Exception {
        List<String> questions = new ArrayList<>();
        ask("DNS_CHECK", udp(question -> {
            questions.add(HexFormat.of().formatHex(question, 2, question.length));
            return null;
        }), "type AAAA", "name a.bc");
        assertThat(questions).containsExactly("01000001000000000000" + "016102626300" + "001c0001");
    }

    @Test
    void onlyTheAnswerToTheQuestionCounts() throws Exception {
        Reply other = question -> {
            byte[] answer = question.clone();
            answer[0] ^= 1;
            answer[2] |= (byte) 0x80;
            return answer;
        };
        Reply good = question -> {
            byte[] answer = question.clone();
            answer[2] |= (byte) 0x80;
            return answer;
        };
        succeeded(ask("DNS_CHECK", udp(other, question -> question, question -> new byte[3], good)));
        failed(ask("DNS_CHECK", udp(other, question -> question, question -> new byte[3])), "no answer within 1 s");
    }

    @Test
    void aNameServerThatIsNotThereOrSilentIsDown() throws Exception {
        int port;
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress(HOME, 0))) {
            port = free.getLocalPort();
        }
        failed(ask("DNS_CHECK", port), "port unreachable");
        failed(ask("DNS_CHECK", udp(_ -> null)), "no answer within 1 s");
    }

    // UDP_CHECK

    @Test
    void silenceIsFineUnlessAReplyIsRequired() throws Exception {
        int silent = udp(_ -> null);
        succeeded(ask("UDP_CHECK", silent));
        failed(ask("UDP_CHECK", silent, "require_reply"), "no answer within 1 s");
        succeeded(ask("UDP_CHECK", udp(datagram -> datagram), "require_reply"));
    }

    @Test
    void aPortWithoutAServerIsDown() throws Exception {
        int port;
        try (DatagramSocket free = new DatagramSocket(new InetSocketAddress(HOME, 0))) {
            port = free.getLocalPort();
        }
        failed(ask("UDP_CHECK", port), "port unreachable");
    }

    @Test
    void payloadAndReplyAreHexadecimalAndXIsAnyDigit() throws Exception {
        int echo = udp(datagram -> datagram);
        succeeded(ask("UDP_CHECK", echo, "payload Ab12f 3 456", "require_reply ab 12 0f 03 45 06"));
        succeeded(ask("UDP_CHECK", echo, "payload 0102", "require_reply xX 02 03"));
        succeeded(ask("UDP_CHECK", echo, "payload 0102", "require_reply 0x 2"));
        failed(ask("UDP_CHECK", echo, "payload 0102", "require_reply 01 x3"),
                "the reply begins with 0102, which is not as wanted");
    }

    @Test
    void aReplyHasALength() throws Exception {
        int echo = udp(datagram -> datagram);
        failed(ask("UDP_CHECK", echo, "payload 010203", "require_reply 01", "min_reply_length 4"),
                "a reply of 3 bytes, wanted 4 or more");
        failed(ask("UDP_CHECK", echo, "payload 010203", "require_reply 01", "max_reply_length 2"),
                "a reply of more than 2 bytes");
        failed(ask("UDP_CHECK", udp(_ -> new byte[60_000]), "require_reply 00"), "a reply of more than 255 bytes");
    }

    // PING_CHECK

    @Test
    void aHostThatIsThereAnswersEchoes() throws Exception {
        assertThat(ask("PING_CHECK", 80)).isEqualTo(new Success("it answers"));
    }

    // SMTP_CHECK

    @Test
    void pythonsMailServerIsUp() throws Exception {
        boolean there = new ProcessBuilder("/usr/bin/python3", "-W", "ignore", "-c", "import smtpd").start()
                .waitFor() == 0;
        assumeTrue(there, "needs Python's smtpd, as Debian 12's python3 has it");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, HOME)) {
            port = free.getLocalPort();
        }
        Process process = new ProcessBuilder("/usr/bin/python3", "-u", "-W", "ignore", "-m", "smtpd", "-n", "-c",
                "DebuggingServer", "127.0.0.1:" + port).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        servers.add(process::destroyForcibly);
        for (int i = 0; i < 300 && ask("TCP_CHECK", port) instanceof Failure; i++) {
            Thread.sleep(20);
        }
        Outcome outcome = ask("SMTP_CHECK", port, "helo_name lb.example.org");
        succeeded(outcome);
        assertThat(outcome.detail()).startsWith("220 ");
    }

    @Test
    void aDialogueHasGreetingHeloAndQuit() throws Exception {
        List<String> heard = new ArrayList<>();
        succeeded(ask("SMTP_CHECK", tcp(client -> {
            say(client, "220-mail.example.org\r\n220 at your service\r\n");
            heard.add(heard(client));
            say(client, "250 hello\r\n");
            heard.add(heard(client));
            say(client, "221 bye\r\n");
        }), "helo_name \"lb one\""));
        assertThat(heard).containsExactly("HELO lb one", "QUIT");
    }

    @Test
    void aMailServerThatIsNotReadyIsDown() throws Exception {
        failed(ask("SMTP_CHECK", tcp(client -> say(client, "554 no\u0007 service\r\n"))),
                "it greets with '554 no? service', wanted 220");
        failed(ask("SMTP_CHECK", tcp(client -> {
            say(client, "220 hello\r\n");
            heard(client);
            say(client, "421 too busy\r\n");
            heard(client);
        })), "its answer to HELO is '421 too busy', wanted 250");
        failed(ask("SMTP_CHECK", tcp(client -> {
        })), "the server closed the connection");
    }

    @Test
    void aMailServerThatIsSilentSlowOrEndlessIsDownInItsTime() throws Exception {
        failed(ask("SMTP_CHECK", tcp(client -> heard(client))), "no answer within 1 s");
        failed(ask("SMTP_CHECK", tcp(client -> {
            for (int i = 0; i < 100; i++) {
                say(client, "2");
                Thread.sleep(100);
            }
        })), "no answer within 1 s");
        failed(ask("SMTP_CHECK", tcp(client -> {
            while (true) {
                say(client, "220 ".repeat(1000));
            }
        })), "a line of more than 8192 bytes");
        failed(ask("SMTP_CHECK", tcp(client -> {
            while (true) {
                say(client, "220-and more\r\n".repeat(100));
            }
        })), "a reply of more than 8192 bytes");
    }

    @Test
    void severalHostsOfAnSmtpCheckAreChecksOfTheirOwn() {
        Configuration configuration = Configurations.read("""
                virtual_server 10.0.0.1 25 {
                    protocol TCP
                    real_server 10.0.1.1 25 {
                        SMTP_CHECK {
                            connect_timeout 2
                            host {
                                connect_ip 10.0.1.2
                            }
                            host {
                                connect_port 2525
                            }
                        }
                    }
                }
                """);
        assertThat(ChecksTest.wanted(configuration)).extracting(one -> one.check().connection().host() + " "
                + one.check().connection().port() + " " + one.check().connection().timeout().toSeconds())
                .containsExactly("10.0.1.2 25 2", "10.0.1.1 2525 2");
    }
}
