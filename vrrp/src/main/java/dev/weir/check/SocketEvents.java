package dev.weir.check;

import dev.weir.sys.Epoll;
import dev.weir.sys.SystemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that waits for all sockets of checks (epoll(7)), and unparks the virtual threads whose socket has changed:
 * none of these ever holds a carrier thread while it waits. Made when the first check has to wait, and there to stay.
 */
final class SocketEvents {
    private static final class Shared {
        static final SocketEvents EVENTS = start();

        private static SocketEvents start() {
            try {
                SocketEvents events = new SocketEvents(new Epoll());
                Thread.ofPlatform().daemon().name("weir-check-sockets").start(events::run);
                return events;
            } catch (SystemException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final Epoll epoll;
    private final AtomicLong next = new AtomicLong();
    private final Map<Long, Wait> waits = new ConcurrentHashMap<>();

    private SocketEvents(Epoll epoll) {
        this.epoll = epoll;
    }

    /** @param descriptor of a socket that was not given here before */
    static Wait follow(int descriptor) throws IOException {
        return Shared.EVENTS.add(descriptor);
    }

    private Wait add(int descriptor) throws IOException {
        long name = next.incrementAndGet();
        Wait wait = new Wait(this, name);
        waits.put(name, wait);
        try {
            epoll.follow(descriptor, name);
            return wait;
        } catch (SystemException e) {
            waits.remove(name);
            throw e;
        }
    }

    private void run() {
        while (true) {
            try {
                epoll.await(name -> {
                    Wait wait = waits.get(name);
                    if (wait != null) {
                        wait.change();
                    }
                });
            } catch (SystemException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What happens to one socket; its owner's, one thread at a time. */
    static final class Wait implements AutoCloseable {
        private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

        private final SocketEvents events;
        private final long name;
        private volatile @Nullable Thread owner;
        private volatile boolean changed;

        private Wait(SocketEvents events, long name) {
            this.events = events;
            this.name = name;
        }

        private void change() {
            changed = true;
            LockSupport.unpark(owner);
        }

        /**
         * Until the socket has changed since this was called last, or was followed. So who tries a socket, waits and tries
         * again misses nothing. Who finds the deadline passed since long stood still himself (a machine that was paused, or
         * has no time for this process), and so did what brings answers in: he waits on for as long, once.
         *
         * @return whether it has; else the deadline has passed
         */
        boolean await(Deadline deadline) throws InterruptedException {
            owner = Thread.currentThread();
            Deadline until = deadline;
            while (!changed) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                long left = until.left();
                if (left > 0) {
                    LockSupport.parkNanos(this, left);
                } else if (left < -PAUSE_NANOS && until.at() == deadline.at()) {
                    until = deadline.prolonged();
                } else {
                    return false;
                }
            }
            changed = false;
            return true;
        }

        /** Before the socket is closed. */
        @Override
        public void close() {
            events.waits.remove(name);
        }
    }
}
