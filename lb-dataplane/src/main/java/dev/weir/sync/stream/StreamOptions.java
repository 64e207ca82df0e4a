package dev.weir.sync.stream;

import dev.weir.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * With whom connections are synchronised, and how. Equal options need no new sessions.
 *
 * @param peers  the other directors; each has an address of its own
 * @param source that this director listens at and connects from, or null: any
 * @param port   that it listens at
 */
public record StreamOptions(List<Address> peers, @Nullable IpAddress source, int port, SharedKey key, Worth worth) {
    public static final int PORT = 8849;

    public StreamOptions {
        peers = List.copyOf(peers);
    }

    /** Where another director listens. */
    public record Address(IpAddress address, int port) {
        @Override
        public String toString() {
            return (address.isV4() ? address.toString() : "[" + address + "]") + ":" + port;
        }
    }
}
