package dev.weir.check;

import static dev.weir.check.HostileServer.hold;
import static dev.weir.check.HostileServer.pause;
import static dev.weir.check.HostileServer.reset;
import static dev.weir.check.HostileServer.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Configuration;
import dev.weir.conf.HealthCheck;
import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.sys.NetworkNamespace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HTTP_GET and keepalived 2.2.7, asked about the same servers with the same file: both say up, or both say down. */
@Tag("root")
@Timeout(120)
class HttpLikeKeepalivedTest {
    private static final String OK = "HTTP/1.0 200 OK\r\n\r\n";
    private static final String OK_11 = "HTTP/1.1 200 OK\r\n";
    private static final String CHUNKS = "5\r\nhello\r\n0\r\n\r\n";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /**
     * @param url  lines of the url's block, beside its path
     * @param differs "" where Weir agrees; else why it does not, on purpose
     */
    private record Case(String name, String url, String check, String differs, List<HostileServer.Step> answer) {
        static Case of(String name, String url, HostileServer.Step... answer) {
            return new Case(name, url, "", "", List.of(answer));
        }

        static Case of(String name, String url, String answer) {
            return of(name, url, send(answer));
        }

        Case but(String why) {
            return new Case(name, url, check, why, answer);
        }

        Case in(String check) {
            return new Case(name, url, check, differs, answer);
        }
    }

    private static String digest(String body) {
        MessageDigest md5 = HttpCheck.md5();
        return "digest " + HexFormat.of().formatHex(md5.digest(body.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static HostileServer.Step[] split(String... parts) {
        return Stream.of(parts).flatMap(part -> Stream.of(send(part), pause(Duration.ofMillis(250))))
                .toArray(HostileServer.Step[]::new);
    }

    private static String header(int length) {
        return (OK.substring(0, OK.length() - 2) + "X: " + "y".repeat(length)).substring(0, length - 4) + "\r\n\r\n";
    }

    private static List<Case> statuses() {
        return List.of(Case.of("200", "", OK + "hi"), Case.of("nothing behind the header", "", OK),
                Case.of("299", "", "HTTP/1.0 299 N\r\n\r\n"), Case.of("300", "", "HTTP/1.0 300 N\r\n\r\n"),
                Case.of("404", "", "HTTP/1.0 404 N\r\n\r\n"),
                Case.of("404 wanted", "status_code 200 400-499", "HTTP/1.0 404 N\r\n\r\n"),
                Case.of("500 beside 400-499", "status_code 200 400-499", "HTTP/1.0 500 N\r\n\r\n"),
                Case.of("no reason and no space", "", "HTTP/1.0 200\r\n\r\nhi"),
                Case.of("no reason", "", "HTTP/1.0 200 \r\n\r\nhi"), Case.of("20", "", "HTTP/1.0 20 OK\r\n\r\n"),
                Case.of("2000", "", "HTTP/1.0 2000 OK\r\n\r\n"), Case.of("200x", "", "HTTP/1.0 200x OK\r\n\r\n"),
                Case.of("two spaces", "", "HTTP/1.0  200 OK\r\n\r\n"), Case.of("tab", "", "HTTP/1.0\t200 OK\r\n\r\n"),
                Case.of("0200", "", "HTTP/1.0 0200 OK\r\n\r\n"), Case.of("+200", "", "HTTP/1.0 +200 OK\r\n\r\n"),
                Case.of("no version", "", "XYZ 200 OK\r\n\r\nhi"), Case.of("HTTP 0.9", "", "<html>hi</html>\n"),
                Case.of("HTTP 0.9 with an empty line", "", "<html>\r\n\r\n 200 hi</html>\n"),
                Case.of("line feeds alone", "", "HTTP/1.0 200 OK\n\nhi"),
                Case.of("line ends of both kinds", "", "HTTP/1.0 200 OK\r\n\nhi"),
                Case.of("status in the second line", "", "HTTP/1.0\r\nX: 200 OK\r\n\r\nhi"),
                Case.of("an empty line first", "", "\r\nHTTP/1.0 200 OK\r\n\r\nhi"),
                Case.of("100 first", "", "HTTP/1.1 100 Continue\r\n\r\n" + OK), Case.of("no byte", "", ""),
                Case.of("half a header", "", "HTTP/1.0 200 OK\r\nX: y\r\n"),
                Case.of("a header of 4095 bytes", "", header(4095) + "hi"),
                Case.of("a header of 6000 bytes", "", header(6000) + "hi")
                        .but("headers of today's servers are longer than keepalived's buffer"),
                Case.of("reset in the body", "", send(OK + "hel"), pause(Duration.ofMillis(100)), reset()),
                Case.of("reset at once", "", reset()), Case.of("nothing is said", "", hold()),
                Case.of("whole, and held open", "", send(OK_11 + "Content-Length: 5\r\n\r\nhello"), hold()),
                Case.of("slow, but not too slow", "", send(OK), pause(Duration.ofMillis(700)), send("x"),
                        pause(Duration.ofMillis(700)), send("x")),
                Case.of("less than announced", "", OK_11 + "Content-Length: 50\r\n\r\nhello"));
    }

    private static List<Case> digests() {
        String hello = digest("hello");
        return List.of(Case.of("digest", hello, OK + "hello"),
                Case.of("digest in upper case", hello.toUpperCase(java.util.Locale.ROOT).replace("DIGEST", "digest"),
                        OK + "hello"),
                Case.of("another body", hello, OK + "hellO"),
                Case.of("digest of a body in parts", hello, split(OK.substring(0, 5), OK.substring(5) + "he", "llo")),
                Case.of("digest of what is announced", hello, OK_11 + "Content-Length: 5\r\n\r\nhelloXX"),
                Case.of("no space before the length", hello, OK_11 + "Content-Length:5\r\n\r\nhelloXX"),
                Case.of("digest of less than announced", hello, OK_11 + "Content-Length: 50\r\n\r\nhello"),
                Case.of("a length that is none", hello, OK_11 + "Content-Length: 3x\r\n\r\nhello"),
                Case.of("a space behind the length", hello, OK_11 + "Content-Length: 5 \r\n\r\nhelloXX"),
                Case.of("a negative length", hello, OK_11 + "Content-Length: -1\r\n\r\nhello"),
                Case.of("length 0", digest(""), OK_11 + "Content-Length: 0\r\n\r\nhello"),
                Case.of("two lengths", hello, OK_11 + "Content-Length: 5\r\nContent-Length: 7\r\n\r\nhelloXX"),
                Case.of("a length in small letters", hello, OK_11 + "content-length: 5\r\n\r\nhelloXX")
                        .but("names of header fields have no case (RFC 9110 section 5.1)"),
                Case.of("a length in another field", hello, OK_11 + "X-Content-Length: 5\r\n\r\nhelloXX")
                        .but("keepalived takes any field that ends so for the length"),
                Case.of("chunks as they are", digest(CHUNKS), OK_11 + "Transfer-Encoding: chunked\r\n\r\n" + CHUNKS)
                        .in("http_protocol 1.1"),
                Case.of("chunks put together", hello, OK_11 + "Transfer-Encoding: chunked\r\n\r\n" + CHUNKS)
                        .in("http_protocol 1.1"),
                Case.of("a digest wins over a regex", "regex hell\n" + hello, OK + "hellO"));
    }

    private static Case regex(String name, String regex, String... parts) {
        List<String> all = new ArrayList<>(List.of(OK));
        all.addAll(List.of(parts));
        return Case.of(name, "regex " + regex, split(all.toArray(String[]::new)));
    }

    private static List<Case> regexes() {
        String end = "keepalived never looks at the last part as at an end";
        return List.of(regex("found", "hello", "say hello"), regex("not found", "hello", "say bye"),
                regex("not there as wanted", "hello\nregex_no_match", "say bye"),
                regex("there and not wanted", "hello\nregex_no_match", "say hello"),
                regex("across parts", "hello", "say hel", "lo to all"),
                regex("far behind", "hello", "x".repeat(9000), "hello."),
                regex("in no body", "x"), regex("anything in no body", "\".*\""),
                regex("not in no body", "x\nregex_no_match"), regex("beginning", "\"^hi\"", "hi."),
                regex("beginning of a line", "\"^ho\"", "hi\nho."),
                regex("beginning of a line, multiline", "\"^ho\"\nregex_options multiline", "hi\nho."),
                regex("end of a line, multiline", "\"hi$\"\nregex_options multiline", "hi\nho."),
                regex("end of a line in the middle", "\"hi$\"", "hi\nho\n"),
                regex("end", "\"hi$\"", "hi").but(end), regex("many up to the end", "\"(hi)+\"", "hihihi").but(end),
                regex("many before the end", "\"(hi)+\"", "hihihi."),
                regex("case", "hello\nregex_options caseless", "HELLO."),
                regex("an option that is none", "hello\nregex_options CASELESS", "HELLO."),
                regex("from 1 on", "hello\nregex_min_offset 1", "hello."),
                regex("from 0 on", "hello\nregex_min_offset 0", "hello."),
                regex("at 0", "hello\nregex_max_offset 0", "hello."),
                regex("at 0, but is at 1", "hello\nregex_max_offset 0", ".hello."),
                regex("at 1", "hello\nregex_max_offset 1", ".hello."),
                regex("nothing is between", "hello\nregex_min_offset 3\nregex_max_offset 1", "hello."),
                regex("POSIX classes", "\"[[:alpha:]]+[[:digit:]]{2}\"", "ab12."),
                regex("bracket in a class", "\"[[]x[]]\"", "[x]."),
                regex("dot and line feed", "\"a.b\"", "a\nb."), regex("dot and return", "\"a.b\"", "a\rb."),
                regex("dotall", "\"a.b\"\nregex_options dotall", "a\nb."),
                regex("bytes", "\"^..$\"\nregex_options multiline",
                        "\u00c3\u00a9\n."),
                regex("characters", "\"^.$\"\nregex_options multiline utf", "\u00c3\u00a9\n."),
                regex("first line", "hello\nregex_options firstline", "a hello."),
                regex("ungreedy", "\"a+b\"\nregex_options ungreedy", "aab."),
                regex("extended", "\"a a b\"\nregex_options extended", "aab."), regex("keep", "\"aa\\\\Kb\"", "aab."),
                regex("named group", "\"(?P<a_b>a+)-(?P=a_b)[.]\"", "aa-aa.."),
                regex("exponential", "\"(a+)+$\"", "a".repeat(40) + "!"),
                regex("recursion", "\"\\\\((?R)?\\\\)\"", "(()).").but("java.util.regex knows no recursion"),
                Case.of("in the header", "regex \"200 OK\"", OK + "hi")
                        .but("what keepalived finds there depends on how the answer came in parts"));
    }

    @BeforeAll
    static void hasKeepalived() {
        KeepalivedChecks.require();
    }

    private static String file(List<Case> cases, List<HostileServer> servers) {
        StringBuilder file = new StringBuilder("""
                virtual_server 10.9.9.9 80 {
                  delay_loop 60
                  lb_algo rr
                  lb_kind NAT
                  protocol TCP
                """);
        for (int i = 0; i < cases.size(); i++) {
            file.append("""
                      real_server 127.0.0.1 %d {
                        HTTP_GET {
                          url {
                            path /x
                            %s
                          }
                          %s
                          connect_timeout 1
                          warmup 0
                          delay_loop 60
                          retry 0
                          log_all_failures
                        }
                      }
                    """.formatted(servers.get(i).port(), cases.get(i).url(), cases.get(i).check()));
        }
        return file.append("}\n").toString();
    }

    private static List<HostileServer> serve(List<Case> cases) throws Exception {
        List<HostileServer> servers = new ArrayList<>();
        for (Case one : cases) {
            servers.add(new HostileServer(one.answer().toArray(HostileServer.Step[]::new)));
        }
        return servers;
    }

    @Test
    void bothCallTheSameAnswersGood() throws Exception {
        List<Case> cases = Stream.of(statuses(), digests(), regexes()).flatMap(List::stream).toList();
        try (NetworkNamespace namespace = NetworkNamespace.create("httpchecks")) {
            Map<String, String> theirs = new TreeMap<>();
            Map<String, String> ours = new TreeMap<>();
            List<HostileServer> servers = namespace.inside(() -> serve(cases));
            try {
                String file = file(cases, servers);
                List<String> log = KeepalivedChecks.log(namespace, folder, file, 30, lines -> lines.stream()
                        .filter(line -> line.matches("(Remote Web|HTTP_CHECK on).*")).distinct()
                        .count() >= cases.size());
                List<Outcome> outcomes = namespace.inside(() -> outcomes(file));
                for (int i = 0; i < cases.size(); i++) {
                    String name = cases.get(i).name();
                    String about = "[127.0.0.1]:tcp:" + servers.get(i).port();
                    String verdict = theirs(log, about);
                    theirs.put(name, cases.get(i).differs().isEmpty() ? verdict : "other than " + verdict);
                    String own = outcomes.get(i) instanceof Outcome.Success ? "up" : "down";
                    ours.put(name, cases.get(i).differs().isEmpty()
                            ? own
                            : own.equals(verdict) ? own : "other than " + verdict);
                    assertThat(servers.get(i).requests()).as("requests of both, " + name).isNotEmpty()
                            .containsOnly(servers.get(i).requests().getFirst());
                }
                assertThat(ours).as(outcomes.stream().map(Outcome::toString).collect(Collectors.joining("\n")))
                        .isEqualTo(theirs);
            } finally {
                for (HostileServer server : servers) {
                    server.close();
                }
            }
        }
    }

    private static String theirs(List<String> log, String about) {
        return log.contains("Remote Web server " + about + " succeed on service.")
                ? "up"
                : log.stream().anyMatch(line -> line.startsWith("HTTP_CHECK on service " + about + " failed"))
                        ? "down"
                        : "no verdict";
    }

    private static List<Outcome> outcomes(String file) throws Exception {
        Configuration configuration = KeepalivedConf.read(file, "test", Path.of("/"), LocalHost.surroundings())
                .configuration();
        List<Outcome> outcomes = new ArrayList<>();
        VirtualServer service = configuration.servers().getFirst();
        List<Thread> threads = new ArrayList<>();
        Outcome[] seen = new Outcome[service.servers().size()];
        for (int i = 0; i < seen.length; i++) {
            int number = i;
            RealServer server = service.servers().get(i);
            HealthCheck check = server.checks().getFirst();
            Wanted wanted = new Wanted(new CheckKey("", "", check.connection(), check.probe(), 0), check,
                    service.services().getFirst(), server);
            threads.add(Thread.ofPlatform().start(() -> {
                try (HttpCheck asked = new HttpCheck(new Target(check.connection(), wanted, null),
                        check.connection().timeout(), (Http) check.probe(), null)) {
                    seen[number] = asked.ask(true);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        outcomes.addAll(List.of(seen));
        return outcomes;
    }
}
