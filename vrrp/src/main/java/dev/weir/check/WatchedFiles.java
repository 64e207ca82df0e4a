package dev.weir.check;

import dev.weir.conf.Definitions.TrackFile;
import dev.weir.sys.Inotify;
import dev.weir.sys.Poller;
import dev.weir.sys.SystemException;
import dev.weir.track.TrackFiles;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The numbers of the track_files that checks follow, read by a thread of its own; checkers wait for them to change. */
final class WatchedFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedFiles.class);

    private final Queue<List<TrackFile>> wanted = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Inotify inotify = new Inotify();
    private final Poller poller = new Poller(inotify.descriptor());
    private final TrackFiles files = new TrackFiles(inotify, this::number);
    private final Thread thread;
    private volatile boolean closed;

    WatchedFiles() throws SystemException {
        thread = Thread.ofPlatform().daemon().name("check-files").start(this::run);
    }

    /** Follows these files from now on; what is the same goes on. */
    void follow(List<TrackFile> all) {
        wanted.add(all);
        poller.wake();
    }

    /** Waits until the file's number is another than the one that was seen, or known at all. */
    int await(String name, @Nullable Integer seen) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Integer number = numbers.get(name);
            while (number == null || number.equals(seen)) {
                changed.await();
                number = numbers.get(name);
            }
            return number;
        } finally {
            lock.unlock();
        }
    }

    private void number(String name, int number) {
        lock.lock();
        try {
            numbers.put(name, number);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (!closed) {
            try {
                for (List<TrackFile> all = wanted.poll(); all != null; all = wanted.poll()) {
                    configure(all);
                }
                files.look(System.nanoTime());
                poller.await(files.patience(System.nanoTime()));
            } catch (RuntimeException e) {
                LOG.error("track_files of checks are not followed for a moment", e);
            }
        }
    }

    private void configure(List<TrackFile> all) {
        lock.lock();
        try {
            numbers.keySet().retainAll(all.stream().map(TrackFile::name).toList());
        } finally {
            lock.unlock();
        }
        files.configure(all, System.nanoTime());
    }

    @Override
    public void close() {
        closed = true;
        poller.wake();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        poller.close();
        inotify.close();
    }
}
