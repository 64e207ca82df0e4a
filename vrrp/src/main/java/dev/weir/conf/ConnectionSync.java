package dev.weir.conf;

import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections that directors tell each other of, by Weir's own stream; a directive of Weir's own.
 *
 * @param peers  the other directors; at least one
 * @param source that this director listens at and connects from, or null: any
 * @param port   that this director listens at, TCP
 * @param key    that all of them have
 * @param patience a director that comes back takes over once it has heard of all connections, but waits no longer: "wait"
 * @param quiet  so long after taking over, what belongs to no connection is dropped and not answered by a reset
 */
public record ConnectionSync(List<Peer> peers, @Nullable IpAddress source, int port, KeySource key, Tell tell,
        Duration patience, Duration quiet) {
    /** Beside that of IPVS's protocol, 8848. */
    public static final int PORT = 8849;
    /** Bytes that a key has at least. */
    public static final int KEY_LENGTH = 16;
    public static final Duration PATIENCE = Duration.ofSeconds(10);
    public static final Duration QUIET = Duration.ofSeconds(30);

    public ConnectionSync {
        peers = List.copyOf(peers);
    }

    /** Where another director listens. */
    public record Peer(IpAddress address, int port) {
    }

    /** Where the key stands. */
    public sealed interface KeySource {
    }

    /** In a file of its own; blanks and ends of lines around it are no part of it. */
    public record KeyFile(String path) implements KeySource {
    }

    /** In the configuration. */
    public record KeyText(String text) implements KeySource {
        /** Logs are no place for it. */
        @Override
        public String toString() {
            return "KeyText";
        }
    }

    /** From when on a connection is worth telling of. */
    public enum Tell {
        /** Once both ends have shown that they are there. */
        ESTABLISHED,
        /** Once it has had as many packets as the first number of sync_threshold says. */
        THRESHOLD,
        /** From its first packet. */
        HALF_OPEN
    }
}
