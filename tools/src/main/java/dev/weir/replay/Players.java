package dev.weir.replay;

import dev.weir.testbed.DirectorHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Recordings being played, their results in the order of the files: over real interfaces several at once. */
final class Players implements AutoCloseable {
    private static final int AT_ONCE = 4;
    private final ExecutorService pool;
    private final Queue<Future<Played>> results = new ArrayDeque<>();

    /** @param golden what the file holds */
    record Played(Recording golden, Recording actual) {
    }

    /** @param port as {@code lbd --port} has it; null: no interfaces, the engine alone */
    Players(List<Path> files, @Nullable String port) throws IOException {
        if (port != null) {
            DirectorHost.removeLeftOvers();
        }
        pool = Executors.newFixedThreadPool(port == null ? 1 : AT_ONCE);
        files.forEach(file -> results.add(pool.submit(() -> {
            Recording golden = RecordingReader.read(file);
            return new Played(golden, port == null ? Replay.play(golden) : WireReplay.play(golden, port));
        })));
    }

    Played next() throws IOException {
        try {
            return results.remove().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** What has not begun is not played; what is being played ends, so that nothing of it stays. */
    @Override
    public void close() {
        results.forEach(result -> result.cancel(false));
        pool.close();
    }
}
