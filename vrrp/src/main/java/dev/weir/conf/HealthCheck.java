package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Any of the checkers of a real server.
 *
 * @param connection     where to and where from; of MISC_CHECK, FILE_CHECK and BFD_CHECK nothing of it counts
 * @param alpha          it counts as failed until it has succeeded
 * @param logAllFailures also those that a retry follows
 */
public record HealthCheck(Connection connection, Timing timing, boolean alpha, boolean logAllFailures, Probe probe) {
    /** As it is written: TCP_CHECK, HTTP_GET and so on. */
    public String kind() {
        return switch (probe) {
            case Connect _ -> "TCP_CHECK";
            case Http http -> http.secure() ? "SSL_GET" : "HTTP_GET";
            case Dns _ -> "DNS_CHECK";
            case Smtp _ -> "SMTP_CHECK";
            case Script _ -> "MISC_CHECK";
            case Udp _ -> "UDP_CHECK";
            case Ping _ -> "PING_CHECK";
            case BfdWatch _ -> "BFD_CHECK";
            case FileWatch _ -> "FILE_CHECK";
        };
    }

    /**
     * Where to and where from.
     *
     * @param host          connect_ip, or the real server's address
     * @param port          connect_port, or the real server's, or the virtual server's; 0 where none has one
     * @param bindTo        null: as routing has it
     * @param bindPort      0: any
     * @param bindInterface bind_if: the interface that frames leave by, or null
     * @param mark          fwmark of what is sent; 0: none
     * @param timeout       connect_timeout
     * @param path          what the check is sent through
     */
    public record Connection(IpAddress host, int port, @Nullable IpAddress bindTo, int bindPort,
            @Nullable String bindInterface, long mark, Duration timeout, Path path) {
    }

    /** check_path: a real server is asked at its own address, or as clients reach it. */
    public enum Path {
        /** As keepalived does it: to the real server's address. */
        SERVER,
        /** To the virtual address, through the forwarding method, to that one server. */
        VIP
    }

    /**
     * When it is asked again.
     *
     * @param interval         delay_loop
     * @param retry            times more before it is down
     * @param delayBeforeRetry after a failure of what was up
     * @param warmup           the first check comes after a random part of this
     */
    public record Timing(Duration interval, int retry, Duration delayBeforeRetry, Duration warmup) {
    }

    /** What is asked, beyond whether a connection can be made. */
    public sealed interface Probe {
    }

    /** TCP_CHECK. */
    public record Connect() implements Probe {
    }

    /** PING_CHECK. */
    public record Ping() implements Probe {
    }

    /**
     * HTTP_GET and SSL_GET.
     *
     * @param secure       SSL_GET
     * @param version      1.0, 1.0C or 1.1: what the request says
     * @param serverName   enable_sni
     * @param fastRecovery a server that was down is up with the first URL that succeeds
     * @param virtualHost  the nearest that is set: of the checker, the real server, the virtual server
     */
    public record Http(List<Url> urls, boolean secure, @Nullable String virtualHost, boolean serverName,
            String version, boolean fastRecovery) implements Probe {
    }

    /**
     * A url of HTTP_GET.
     *
     * @param digest      MD5 of the body in hexadecimal digits of either case, or null
     * @param statusCodes such as 200 and 300-399; empty: 200 to 299
     * @param regex       null: the body is not looked at
     */
    public record Url(String path, @Nullable String digest, List<String> statusCodes, @Nullable String virtualHost,
            @Nullable Regex regex) {
    }

    /**
     * What is looked for in a body.
     *
     * @param options   regex_options, in PCRE's words: caseless, multiline and so on
     * @param noMatch   it must not be found
     * @param minOffset where it begins at the earliest, in bytes
     * @param maxOffset where it begins at the latest; -1: anywhere
     */
    public record Regex(String pattern, List<String> options, boolean noMatch, int minOffset, int maxOffset) {
    }

    public record Dns(String type, String name) implements Probe {
    }

    /**
     * SMTP_CHECK; as in keepalived, one with several hosts is a check of each.
     *
     * @param helo null: the host's name
     */
    public record Smtp(@Nullable String helo) implements Probe {
    }

    /**
     * MISC_CHECK.
     *
     * @param timeout zero: as long as the interval
     * @param dynamic its exit status sets the weight
     */
    public record Script(Command command, Duration timeout, boolean dynamic) implements Probe {
    }

    /**
     * UDP_CHECK.
     *
     * @param payload      hexadecimal digits, two a byte, of which a space or the end may spare the first; "": some random bytes
     * @param requireReply whether silence is a failure
     * @param reply        the same, X for any digit; "": anything
     * @param leastLength  of a reply, in bytes
     */
    public record Udp(String payload, boolean requireReply, String reply, int leastLength, int mostLength)
            implements
                Probe {
    }

    /**
     * FILE_CHECK.
     *
     * @param name   of the track_file
     * @param weight 0: any number but 0 is a failure, or 0 itself in reverse; null: that of the track_file, with its reverse
     */
    public record FileWatch(String name, @Nullable Integer weight, boolean reverse) implements Probe {
    }

    /**
     * BFD_CHECK.
     *
     * @param name of the bfd_instance
     */
    public record BfdWatch(String name) implements Probe {
    }
}
