package dev.weir.lbd;

import dev.weir.engine.Director;
import dev.weir.engine.Sysctl;
import dev.weir.proc.ProcText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code --proc-dir}: keeps the files that programs read under /proc in a folder of the director's, on a thread of its own.
 * Each second the services and statistics are written anew, so a reader costs the director nothing; a file is replaced
 * whole, so none is ever seen half. Connections are listed as often as that takes one hundredth of the time, and not at
 * all while there are more than {@link #MOST_CONNECTIONS}. Who writes to a sysctl's file sets it, within a second.
 */
final class ProcFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProcFiles.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    /** A listing of these is 8 MB; ipvsadm -Lc lists more. */
    private static final int MOST_CONNECTIONS = 100_000;
    private static final int CONNECTIONS_SHARE = 100;
    /** Longer is no value of a sysctl. */
    private static final int LONGEST_VALUE = 256;
    static final String LOCK = ".lock";

    private final Path folder;
    private final Director director;
    private final ControlThread control;
    private final Guard guard;
    private final InstanceLock lock;
    private final Thread thread;
    /** What stands in each sysctl's file, as far as this director wrote it. */
    private final Map<Sysctl, String> written = new HashMap<>();
    private final Set<Path> files = new LinkedHashSet<>();
    private long nextListing = System.nanoTime();
    private boolean failing;
    private volatile boolean closed;

    /** Told of each file before it is made, so that it goes should the daemon be killed. */
    interface Guard {
        void made(Path file) throws IOException;
    }

    private ProcFiles(Path folder, Director director, ControlThread control, Guard guard, InstanceLock lock) {
        this.folder = folder;
        this.director = director;
        this.control = control;
        this.guard = guard;
        this.lock = lock;
        thread = Thread.ofPlatform().name("proc-files").daemon().unstarted(this::keep);
    }

    /**
     * The files are there when it returns.
     *
     * @param control by whose thread sysctls are set
     */
    static ProcFiles open(Path folder, Director director, ControlThread control, Guard guard) throws RefusalException {
        try {
            if (folder.toRealPath().startsWith("/proc")) {
                throw new IOException("/proc is the kernel's own");
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} is made", folder, e);
        } catch (IOException e) {
            throw refused(folder, e);
        }
        InstanceLock lock;
        try {
            Files.createDirectories(folder.resolve("net"));
            Files.createDirectories(folder.resolve(ProcText.SYSCTL));
            lock = InstanceLock.take(folder.resolve(LOCK), folder.toString(), "--proc-dir");
        } catch (IOException e) {
            throw refused(folder, e);
        }
        ProcFiles opened = new ProcFiles(folder, director, control, guard, lock);
        try {
            opened.writeAll();
        } catch (IOException e) {
            opened.remove();
            throw refused(folder, e);
        }
        opened.thread.start();
        return opened;
    }

    private static RefusalException refused(Path folder, IOException problem) {
        return new RefusalException(RefusalException.ENVIRONMENT, "the files that monitoring reads cannot be kept in "
                + folder + " (" + problem + "); give --proc-dir a folder that root may write to");
    }

    private void keep() {
        while (!closed) {
            try {
                Thread.sleep(INTERVAL);
                writeAll();
                failing = false;
            } catch (InterruptedException e) {
                return;
            } catch (IOException | RuntimeException e) {
                if (!failing) {
                    LOG.error("the files in {} are not kept up to date", folder, e);
                }
                failing = true;
            }
        }
    }

    private void writeAll() throws IOException {
        for (String file : ProcText.SMALL) {
            write(file, ProcText.of(file, director));
        }
        for (Sysctl key : Sysctl.all()) {
            heed(key);
        }
        long begun = System.nanoTime();
        if (begun - nextListing >= 0) {
            listConnections();
            long end = System.nanoTime();
            nextListing = end + (end - begun) * CONNECTIONS_SHARE;
        }
    }

    private void listConnections() throws IOException {
        boolean few = director.connectionCount() <= MOST_CONNECTIONS;
        for (String file : new String[]{ProcText.CONNECTIONS, ProcText.CONNECTIONS_SYNC}) {
            if (few) {
                write(file, ProcText.of(file, director));
            } else {
                Files.deleteIfExists(folder.resolve(file));
            }
        }
    }

    /** A file in which something else stands than was written was written to by somebody. */
    private void heed(Sysctl key) throws IOException {
        String file = ProcText.SYSCTL + key.key();
        Path path = folder.resolve(file);
        String before = written.get(key);
        if (before != null && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                && Files.size(path) <= LONGEST_VALUE) {
            String stands = Files.readString(path, StandardCharsets.ISO_8859_1);
            if (stands.isEmpty() && !before.isEmpty()) {
                // Whoever writes may only have got as far as to empty it; if that was all, the value is there again next time.
                written.put(key, "");
                return;
            }
            if (!stands.equals(before)) {
                written.put(key, stands);
                control.soon(() -> set(key, stands.strip()));
                return;
            }
        }
        String value = ProcText.of(file, director);
        if (!value.equals(before) || !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            write(file, value);
            written.put(key, value);
        }
    }

    private void set(Sysctl key, String value) {
        try {
            director.settings(director.settings().with(key.key(), value));
            LOG.info("{} is {} now, as its file says", key.key(), value);
        } catch (IllegalArgumentException e) {
            LOG.warn("what was written to the file of {} is refused: {}", key.key(), e.getMessage());
        }
    }

    private void write(String name, String text) throws IOException {
        Path path = folder.resolve(name);
        Path next = path.resolveSibling("." + path.getFileName() + ".next");
        for (Path file : List.of(path, next)) {
            if (files.add(file)) {
                guard.made(file);
            }
        }
        Files.deleteIfExists(next);
        Files.writeString(next, text, StandardCharsets.ISO_8859_1, StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE);
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void remove() {
        // The lock is given back last: a new owner's files are not taken for one's own.
        try (lock) {
            removeFiles();
        } catch (IOException e) {
            LOG.warn("the lock of {} could not be given back", folder, e);
        }
    }

    private void removeFiles() {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("{} could not be removed", file, e);
            }
        }
    }

    /** Takes the files away, and leaves the folders with the lock's. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        remove();
    }
}
