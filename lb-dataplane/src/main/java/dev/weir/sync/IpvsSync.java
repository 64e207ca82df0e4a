package dev.weir.sync;

import dev.weir.connection.ConnectionCopy;
import dev.weir.sys.SystemException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * IPVS's synchronisation daemons: both roles in one thread of their own, which is there while one of them runs. Other threads
 * start and stop them and read what they counted.
 */
public final class IpvsSync implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IpvsSync.class);
    /** Taken from each worker in a turn. */
    private static final int TAKEN = 1024;
    /** Milliseconds between two looks for what workers tell and what arrives: while there is much, and else. */
    private static final int BUSY_PAUSE = 1;
    private static final int PAUSE = 5;
    private static final long LOOK = 1_000_000_000L;
    /** Nanoseconds that a full queue is waited for, and how often. */
    private static final long GIVING_PAUSE = 200_000;
    private static final int GIVING_ATTEMPTS = 500;

    private final Connections connections;
    private final Sysctls sysctls;
    /** Held for a turn, and for starting and stopping. */
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong lost = new AtomicLong();
    private volatile @Nullable Telling telling;
    private volatile @Nullable Listening listening;
    private @Nullable Thread thread;

    /** The director's side: what workers tell, and what they are to take in. */
    public interface Connections {
        /** @return how many there were */
        int take(int limit, Consumer<ConnectionCopy> taker);

        /** @return false where whoever is to have it does not keep up */
        boolean give(ConnectionCopy copy);
    }

    /**
     * Settings that are asked for as they are needed.
     *
     * @param version    sync_version
     * @param queueLimit sync_qlen_max
     */
    public record Sysctls(IntSupplier version, IntSupplier queueLimit) {
    }

    private record Telling(Master master, GroupSender sender) {
    }

    private record Listening(Backup backup, GroupReceiver receiver) {
    }

    public IpvsSync(Connections connections, Sysctls sysctls) {
        this.connections = connections;
        this.sysctls = sysctls;
    }

    /**
     * A master begins, with nothing that was told before.
     *
     * @param maxLength bytes of a datagram
     * @param ports     as {@link Master} has it
     * @throws SystemException where its sockets cannot be opened, in the words of the system
     */
    public void startMaster(Channel channel, int syncId, int maxLength, int ports) throws SystemException {
        lock.lock();
        try {
            GroupSender sender = new GroupSender(channel, ports);
            discard();
            telling = new Telling(new Master(syncId, maxLength, ports), sender);
            begin();
        } finally {
            lock.unlock();
        }
        LOG.info("synchronisation: tells {} of connections, syncid {}", channel, syncId);
    }

    private void discard() {
        while (connections.take(TAKEN, _ -> {
        }) > 0) {
            LOG.debug("synchronisation: what an earlier master would have told is left out");
        }
    }

    /**
     * A backup begins.
     *
     * @param maxLength bytes of a datagram that are looked at
     * @param ports     as {@link Master} has it
     * @throws SystemException where its sockets cannot be opened, in the words of the system
     */
    public void startBackup(Channel channel, int syncId, int maxLength, int ports) throws SystemException {
        lock.lock();
        try {
            GroupReceiver receiver = new GroupReceiver(channel, ports, maxLength);
            listening = new Listening(new Backup(syncId, this::give), receiver);
            begin();
        } finally {
            lock.unlock();
        }
        LOG.info("synchronisation: hears {} of connections, syncid {}", channel, syncId == 0 ? "any" : syncId);
    }

    private void give(ConnectionCopy copy) {
        for (int attempt = 0; attempt < GIVING_ATTEMPTS; attempt++) {
            if (connections.give(copy)) {
                return;
            }
            LockSupport.parkNanos(GIVING_PAUSE);
        }
        lost.setOpaque(lost.getPlain() + 1);
    }

    private void begin() {
        if (thread == null) {
            thread = Thread.ofPlatform().name("sync").daemon().start(this::run);
        }
    }

    /** It ends, and what it has not sent yet is not sent any more. */
    public void stop(Role role) {
        lock.lock();
        try {
            if (role == Role.MASTER) {
                Telling ending = telling;
                telling = null;
                if (ending != null) {
                    ending.sender.close();
                }
            } else {
                Listening ending = listening;
                listening = null;
                if (ending != null) {
                    ending.receiver.close();
                }
            }
        } finally {
            lock.unlock();
        }
        LOG.info("synchronisation: {} no more", role == Role.MASTER ? "tells of connections" : "hears of connections");
    }

    private void run() {
        long nextLook = System.nanoTime() + LOOK;
        while (!Thread.currentThread().isInterrupted()) {
            int pause;
            lock.lock();
            try {
                long now = System.nanoTime();
                boolean looks = now - nextLook >= 0;
                nextLook = looks ? now + LOOK : nextLook;
                pause = turn(now, looks);
                if (pause == 0) {
                    thread = null;
                    return;
                }
            } finally {
                lock.unlock();
            }
            LockSupport.parkNanos(pause * 1_000_000L);
        }
    }

    /** @return milliseconds until the next turn is due; 0: no role is left */
    private int turn(long now, boolean looks) {
        Telling master = telling;
        Listening backup = listening;
        boolean busy = false;
        if (master != null) {
            if (looks) {
                master.sender.look();
            }
            int version = sysctls.version.getAsInt();
            int queueLimit = sysctls.queueLimit.getAsInt();
            int taken = connections.take(TAKEN, copy -> master.master.add(copy, version, queueLimit, now));
            master.master.send(master.sender, now);
            busy = taken >= TAKEN / 4;
        }
        if (backup != null) {
            if (looks) {
                backup.receiver.look();
            }
            busy |= backup.receiver.receive(backup.backup) > 0;
        }
        return master == null && backup == null ? 0 : busy ? BUSY_PAUSE : PAUSE;
    }

    /** What the daemons that run have counted since they started, each number with what it counts. Any thread. */
    public Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        Telling master = telling;
        if (master != null) {
            counts.put("connections told of", master.master.connections());
            counts.put("datagrams sent", master.master.sent());
            counts.put("datagrams that could not be sent", master.sender.lost());
            counts.put("connections beyond sync_qlen_max", master.master.overflown());
            counts.put("connections between two families or under FULLNAT, which are not told of",
                    master.master.unsayable());
        }
        Listening backup = listening;
        if (backup != null) {
            counts.put("connections heard of", backup.backup.taken());
            counts.put("connections heard of that workers had no room for", lost.getOpaque());
            Refusal.all().forEach(reason -> counts.put("refused: " + reason.text(), backup.backup.refused(reason)));
        }
        return counts;
    }

    @Override
    public void close() {
        if (telling != null) {
            stop(Role.MASTER);
        }
        if (listening != null) {
            stop(Role.BACKUP);
        }
        Thread running;
        lock.lock();
        try {
            running = thread;
        } finally {
            lock.unlock();
        }
        if (running != null) {
            running.interrupt();
            try {
                running.join(Duration.ofSeconds(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
