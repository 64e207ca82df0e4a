package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A virtual_server, with what holds where nothing is said filled in.
 *
 * @param protocol    TCP, UDP or SCTP; "" under a firewall mark
 * @param scheduler   as ipvsadm has it
 * @param flags       of the scheduler, as in ipvsadm -b
 * @param persistence zero: none
 * @param granularity the netmask as it is written, or null
 * @param engine      persistence_engine, or null
 */
public record VirtualServer(Service service, String protocol, String scheduler, Set<String> flags, boolean onePacket,
        Duration persistence, @Nullable String granularity, @Nullable String engine, long quorum, long hysteresis,
        boolean alpha, boolean omega, @Nullable Command quorumUp, @Nullable Command quorumDown,
        @Nullable RealServer sorryServer, List<RealServer> servers) {

    /** What clients ask for. */
    public sealed interface Service {
    }

    /** @param port 0 to 65535; 0: all, with persistence */
    public record AtAddress(IpAddress address, int port) implements Service {
    }

    public record OfMark(long mark) implements Service {
    }

    /** The members of a virtual_server_group, in its words. */
    public record OfGroup(String name) implements Service {
    }

    /**
     * A real_server.
     *
     * @param port   0: that of the client's packet
     * @param method NAT, DR or TUN with its options
     */
    public record RealServer(IpAddress address, int port, int weight, List<String> method, long upperThreshold,
            long lowerThreshold, boolean inhibitOnFailure, @Nullable Command notifyUp, @Nullable Command notifyDown,
            List<HealthCheck> checks) {
    }

    /**
     * Any of the checkers.
     *
     * @param kind  as it is written: TCP_CHECK, HTTP_GET and so on
     * @param host  what it connects to, or null: the real server
     * @param port  0: that of the real server
     * @param retry times more before it is down
     */
    public record HealthCheck(String kind, @Nullable IpAddress host, int port, Duration connectTimeout,
            Duration interval, int retry, Duration delayBeforeRetry, Duration warmup, Probe probe) {
    }

    /** What is asked, beyond whether a connection can be made. */
    public sealed interface Probe {
    }

    public record Connect() implements Probe {
    }

    /** @param secure SSL_GET */
    public record Http(List<Url> urls, boolean secure, @Nullable String virtualHost, boolean serverName,
            String version) implements Probe {
    }

    /** @param digest MD5 of the body, or null */
    public record Url(String path, @Nullable String digest, List<String> statusCodes, @Nullable String virtualHost) {
    }

    public record Dns(String type, String name) implements Probe {
    }

    public record Smtp(@Nullable String helo) implements Probe {
    }

    /** @param dynamic its exit status sets the weight */
    public record Script(Command command, Duration timeout, boolean dynamic) implements Probe {
    }

    public record Udp(String payload, boolean requireReply, String reply, int leastLength, int mostLength)
            implements
                Probe {
    }

    /** BFD_CHECK and FILE_CHECK: what is watched elsewhere. */
    public record Watch(String name) implements Probe {
    }
}
