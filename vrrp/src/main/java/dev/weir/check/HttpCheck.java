package dev.weir.check;

import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.HealthCheck.Regex;
import dev.weir.conf.HealthCheck.Url;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * HTTP_GET and SSL_GET: asks for one URL a time, and goes on to the next when its answer is as it should be. A URL whose failure
 * took the server down is asked until it is well; then all are, from the first on.
 */
final class HttpCheck implements Checker {
    private static final List<String> STANDARD = List.of("200-299");

    private final Target target;
    private final Http http;
    private final Duration timeout;
    private final @Nullable Tls tls;
    private final Map<Regex, Pattern> patterns = new HashMap<>();
    private int next;
    /** A failure has just been told of: if the server is down when it is asked again, it is down by that. */
    private boolean failedNow;
    private boolean failed;
    private boolean hasRun;

    /** @param tls of SSL_GET, else null */
    HttpCheck(Target target, Duration timeout, Http http, @Nullable Tls tls) {
        this.target = target;
        this.http = http;
        this.timeout = timeout;
        this.tls = tls;
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        failed |= failedNow && !isUp;
        failedNow = false;
        if (http.urls().isEmpty()) {
            return new Outcome.Success("no url to ask for");
        }
        Url url = http.urls().get(next);
        String detail;
        try {
            detail = fetch(url);
        } catch (IOException e) {
            failedNow = isUp || !hasRun;
            hasRun = true;
            return new Outcome.Failure(e.getMessage() + " (" + url.path() + ")");
        }
        if (failed) {
            failed = false;
            next = 0;
            return new Outcome.Next(detail + "; now all of them from the first on");
        }
        next++;
        if (next < http.urls().size()) {
            return new Outcome.Next(detail);
        }
        next = 0;
        hasRun = true;
        return new Outcome.Success(detail);
    }

    private String fetch(Url url) throws IOException, InterruptedException {
        String named = url.virtualHost() != null ? url.virtualHost() : http.virtualHost();
        Pattern pattern = pattern(url.regex());
        Route route = target.route();
        byte[] request = HttpExchange.request(url.path(), http.version(), named, target.asked(), route.port());
        Deadline connecting = Deadline.in(timeout);
        try (Duplex server = connect(connecting, named)) {
            Body body = new Body(url, pattern);
            HttpAnswer answer = HttpExchange.ask(server, request, timeout, body);
            return judge(url, answer, body);
        }
    }

    private Duplex connect(Deadline deadline, @Nullable String named) throws IOException, InterruptedException {
        CheckSocket socket = target.connectTcp(deadline);
        return tls == null ? socket : TlsSocket.over(socket, tls, http.serverName() ? named : null, deadline);
    }

    private @Nullable Pattern pattern(@Nullable Regex regex) throws IOException {
        if (regex == null) {
            return null;
        }
        try {
            return patterns.computeIfAbsent(regex, BodySearch::compile);
        } catch (PatternSyntaxException e) {
            throw new IOException("the regex '" + regex.pattern() + "' cannot be used: " + e.getDescription(), e);
        }
    }

    /** @throws IOException what is wrong with the answer */
    private static String judge(Url url, HttpAnswer answer, Body body) throws IOException {
        List<String> wanted = url.statusCodes().isEmpty() ? STANDARD : url.statusCodes();
        if (answer.status() == 0) {
            throw new IOException("its answer has no status line");
        }
        if (wanted.stream().noneMatch(range -> contains(range, answer.status()))) {
            throw new IOException("status " + answer.status() + ", wanted " + String.join(" ", wanted));
        }
        if (url.digest() != null) {
            String digest = body.digest();
            if (!digest.equals(url.digest().toLowerCase(Locale.ROOT))) {
                throw new IOException("digest " + digest + ", wanted " + url.digest());
            }
        }
        if (url.regex() != null && body.found() == url.regex().noMatch()) {
            throw new IOException("the regex '" + url.regex().pattern() + "' is "
                    + (url.regex().noMatch() ? "found" : "not found"));
        }
        return "status " + answer.status() + " for " + url.path();
    }

    private static boolean contains(String range, int status) {
        String[] ends = range.split("-", 2);
        return status >= Integer.parseInt(ends[0]) && status <= Integer.parseInt(ends[ends.length - 1]);
    }

    @Override
    public void close() {
        target.close();
    }

    /** What of a body is looked at. */
    private static final class Body implements HttpAnswer.Reader {
        private final @Nullable MessageDigest md5;
        private final @Nullable BodySearch search;
        private BodySearch.@Nullable TooLongException tooLong;

        private Body(Url url, @Nullable Pattern pattern) {
            md5 = url.digest() == null ? null : md5();
            search = pattern == null || url.regex() == null ? null : new BodySearch(pattern, url.regex());
        }

        @Override
        public void body(byte[] bytes, int offset, int length, int counted) {
            if (md5 != null) {
                md5.update(bytes, offset, counted);
            }
            if (search != null && tooLong == null) {
                try {
                    search.add(bytes, offset, length);
                } catch (BodySearch.TooLongException e) {
                    tooLong = e;
                }
            }
        }

        private String digest() {
            return md5 == null ? "" : HexFormat.of().formatHex(md5.digest());
        }

        private boolean found() throws IOException {
            if (tooLong != null) {
                throw tooLong;
            }
            return search != null && search.found();
        }
    }

    static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
