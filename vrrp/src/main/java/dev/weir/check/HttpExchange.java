package dev.weir.check;

import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One request of HTTP, byte by byte as keepalived sends it, and its answer. */
final class HttpExchange {
    /** How many times the timeout of one step an answer may take, when something comes within each. */
    private static final int PATIENCE = 5;
    private static final int BUFFER = 8192;

    private HttpExchange() {
    }

    /**
     * @param version     1.0, 1.0C (or 1.0c) or 1.1
     * @param virtualHost null: the address and port asked
     */
    static byte[] request(String path, String version, @Nullable String virtualHost, IpAddress host, int port) {
        String named = virtualHost != null
                ? virtualHost
                : (host.isV4() ? host.toString() : "[" + host + "]") + ":" + port;
        return ("GET " + path + " HTTP/1." + (version.equals("1.1") ? 1 : 0) + "\r\n"
                + "User-Agent: KeepAliveClient\r\n"
                + (version.equals("1.0") ? "" : "Connection: close\r\n")
                + "Host: " + named + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Asks, and reads until the server ends its answer.
     *
     * @param timeout of each step: until the request is taken, until its answer begins, until more of it comes
     */
    static HttpAnswer ask(Duplex server, byte[] request, Duration timeout, HttpAnswer.Reader reader)
            throws IOException, InterruptedException {
        server.write(request, Deadline.in(timeout));
        Deadline whole = Deadline.in(timeout.multipliedBy(PATIENCE));
        HttpAnswer answer = new HttpAnswer(reader);
        byte[] buffer = new byte[BUFFER];
        boolean begun = false;
        while (true) {
            Deadline step = Deadline.in(timeout);
            int read;
            try {
                read = server.read(buffer, 0, buffer.length, step.at() - whole.at() < 0 ? step : whole);
            } catch (SocketTimeoutException e) {
                throw whole.left() <= 0
                        ? whole.missed("its answer does not end")
                        : begun ? step.missed("its answer stops; no more of it, and no end,") : e;
            }
            if (read < 0) {
                answer.end();
                return answer;
            }
            begun = true;
            answer.add(buffer, 0, read);
        }
    }
}
