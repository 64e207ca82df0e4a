package dev.weir.conf;

import dev.weir.conf.ConnectionSync.KeySource;
import dev.weir.conf.ConnectionSync.KeyFile;
import dev.weir.conf.ConnectionSync.KeyText;
import dev.weir.conf.ConnectionSync.Peer;
import dev.weir.conf.ConnectionSync.Tell;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the record of connection_sync. */
final class ConnectionSyncs {
    private ConnectionSyncs() {
    }

    static @Nullable ConnectionSync of(Settings global) {
        Statement block = global.block().last("connection_sync");
        if (block == null) {
            return null;
        }
        Settings sync = new Settings(block);
        int port = sync.number("port", 1, 65535, ConnectionSync.PORT);
        List<Peer> peers = block.all("peer").flatMap(peer -> peer(peer, port).stream()).distinct().toList();
        KeySource key = key(sync);
        return peers.isEmpty() || key == null
                ? null
                : new ConnectionSync(peers, sync.text("source").map(Instances::ip).orElse(null), port, key,
                        tell(sync.text("tell").orElse("")), sync.seconds("wait", ConnectionSync.PATIENCE),
                        sync.seconds("quiet", ConnectionSync.QUIET));
    }

    private static Optional<Peer> peer(Statement peer, int port) {
        IpAddress address = Instances.ip(peer.argument(0));
        return address == null
                ? Optional.empty()
                : Optional.of(new Peer(address, Settings.whole(peer.argument(1), 1, 65535).orElse(port)));
    }

    private static @Nullable KeySource key(Settings sync) {
        Optional<KeySource> file = sync.text("key_file").map(KeyFile::new);
        Optional<KeySource> text = sync.text("key").filter(key -> key.length() >= ConnectionSync.KEY_LENGTH)
                .map(KeyText::new);
        return file.or(() -> text).orElse(null);
    }

    private static Tell tell(String word) {
        return switch (word) {
            case "threshold" -> Tell.THRESHOLD;
            case "half_open" -> Tell.HALF_OPEN;
            default -> Tell.ESTABLISHED;
        };
    }
}
