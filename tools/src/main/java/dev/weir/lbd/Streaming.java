package dev.weir.lbd;

import dev.weir.conf.Configuration;
import dev.weir.conf.ConnectionSync;
import dev.weir.engine.Engines;
import dev.weir.sync.stream.Progress;
import dev.weir.sync.stream.SharedKey;
import dev.weir.sync.stream.StreamOptions;
import dev.weir.sync.stream.StreamThread;
import dev.weir.sync.stream.Worth;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Weir's own synchronisation of connections in a running daemon: as the command line says, or as connection_sync of a
 * keepalived.conf says, which a reload may change. Any thread.
 */
final class Streaming implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Streaming.class);

    private final EngineTables tables;
    private final Worth.Threshold threshold;
    private volatile @Nullable StreamThread running;
    /** Held by who tells of steps: another lock than this object's, which is held while the stream's thread ends. */
    private final Object stepping = new Object();
    private Consumer<Boolean> listener = _ -> {
    };
    private boolean inStep;

    Streaming(Engines engines) {
        tables = new EngineTables(engines.synchronisation());
        threshold = new Worth.Threshold(() -> engines.settings().syncThreshold());
    }

    /** Told from now on whether this director knows the connections of the others, and at once; must not wait. */
    void onStep(Consumer<Boolean> told) {
        synchronized (stepping) {
            listener = told;
            told.accept(inStep);
        }
    }

    private void stepped(boolean now) {
        synchronized (stepping) {
            inStep = now;
            listener.accept(now);
        }
    }

    /** Synchronises so from now on; null: not at all. Sessions end only where something is different. */
    synchronized void become(@Nullable StreamOptions options) {
        StreamThread before = running;
        if (before == null ? options == null : before.options().equals(options)) {
            return;
        }
        close();
        if (options != null) {
            try {
                running = StreamThread.start(tables, options, this::stepped, System::nanoTime,
                        InstantSource.system(), new SecureRandom());
            } catch (IOException e) {
                LOG.error("connections are not synchronised: {}", e.toString());
            }
        }
    }

    /** What a keepalived.conf asks for. Where its key cannot be had, all stays as it is. */
    void become(Configuration configuration) {
        ConnectionSync sync = configuration.sync();
        if (sync == null) {
            become((StreamOptions) null);
            return;
        }
        try {
            SharedKey key = key(sync);
            Worth worth = switch (sync.tell()) {
                case ESTABLISHED -> new Worth.Established();
                case THRESHOLD -> threshold;
                case HALF_OPEN -> new Worth.HalfOpen();
            };
            become(new StreamOptions(sync.peers().stream()
                    .map(peer -> new StreamOptions.Address(peer.address(), peer.port())).toList(), sync.source(),
                    sync.port(), key, worth));
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("connection_sync: the key cannot be had ({}); connections are synchronised as before: {}",
                    e.toString(), running == null ? "not at all" : "with the key of before");
        }
    }

    /**
     * The key that a keepalived.conf names.
     *
     * @throws IOException              where its file cannot be read
     * @throws IllegalArgumentException where it is too short
     */
    static SharedKey key(ConnectionSync sync) throws IOException {
        return switch (sync.key()) {
            case ConnectionSync.KeyFile file -> SharedKey.read(Path.of(file.path()));
            case ConnectionSync.KeyText text -> SharedKey.of(text.text());
        };
    }

    /** How far it has come with each other director; nothing where none is configured. */
    List<Progress> progress() {
        StreamThread stream = running;
        return stream == null ? List.of() : stream.progress();
    }

    /** Connections from addresses that are no peer's. */
    long strangers() {
        StreamThread stream = running;
        return stream == null ? 0 : stream.strangers();
    }

    @Override
    public synchronized void close() {
        StreamThread stream = running;
        running = null;
        if (stream != null) {
            stepped(false);
            try {
                stream.close();
            } catch (IOException e) {
                LOG.warn("the synchronisation of connections could not be ended", e);
            }
        }
    }
}
