package dev.weir.sync.stream;

import dev.weir.sync.stream.RefusedException.Reason;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One other director: what is told it and what it tells, over one session after another. Records go in and come out by a
 * {@link Channel}; belongs to one thread.
 */
final class Peer implements AutoCloseable {
    /** Nothing heard for so long: the session is over. */
    static final long SILENCE = TimeUnit.SECONDS.toNanos(5);
    private static final long PROGRESS_INTERVAL = TimeUnit.MILLISECONDS.toNanos(250);
    /** Numbers looked at in one turn, of a hundred turns a second or more, are at least this part of all. */
    private static final int SWEEP_PART = 32;
    private static final int SWEEP_LEAST = 1024;
    private static final int BATCHES_A_TURN = 64;

    private final ConnectionTables tables;
    private final long incarnation;
    private final Teller teller;
    private final Receiver receiver;
    private final ByteBuffer plain = ByteBuffer.allocate(Channel.LONGEST);
    private final ByteBuffer record = ByteBuffer.allocate(Channel.LONGEST);
    private @Nullable Channel channel;
    /** A batch that there was no room for stands in {@link #record}. */
    private boolean blocked;
    /** What the other director was told in this session of what was applied. */
    private long saidApplied;
    private long nextProgress;
    private long heardAt;
    /** What the other director said last of what it tells. */
    private int heardApplied;
    private int heardAll;
    private long heardBehind;
    private boolean heardComplete;

    /** @param incarnation another one each time that this director starts, and never 0 */
    Peer(ConnectionTables tables, Worth worth, long incarnation, long now) {
        this.tables = tables;
        this.incarnation = incarnation;
        teller = new Teller(tables, worth, now);
        receiver = new Receiver(tables);
    }

    /** What both sides say first. */
    record Welcome(long incarnation, int tables, long knownIncarnation, long applied, int workers, int steering) {
        private static final int LENGTH = 1 + 8 + 1 + 8 + 8 + 1 + 4;

        static Welcome read(byte[] record, int length) throws RefusedException {
            ByteBuffer from = ByteBuffer.wrap(record, 0, length);
            if (length != LENGTH || from.get() != Message.WELCOME) {
                throw new RefusedException(Reason.MALFORMED);
            }
            Welcome welcome = new Welcome(from.getLong(), from.get() & 0xff, from.getLong(), from.getLong(),
                    from.get() & 0xff, from.getInt());
            if (welcome.incarnation == 0 || welcome.tables == 0 || welcome.workers == 0) {
                throw new RefusedException(Reason.MALFORMED);
            }
            return welcome;
        }
    }

    /** The first record of a channel. */
    void welcome(Channel into) {
        plain.clear().put(Message.WELCOME).putLong(incarnation).put((byte) tables.tables())
                .putLong(receiver.incarnation()).putLong(receiver.applied()).put((byte) tables.workers())
                .putInt(tables.steering());
        into.send(plain.array(), plain.position());
    }

    boolean hasSession() {
        return channel != null;
    }

    /**
     * What keeps connections under FULLNAT from going on here: their servers' answers would come to another worker than
     * their clients' packets. Empty where nothing does; one worker has all.
     */
    String misfit(Welcome welcome) {
        if (tables.workers() == 1) {
            return "";
        }
        if (welcome.steering != tables.steering()) {
            return "it divides frames among workers otherwise (another --steering, or another key when one of both started)";
        }
        return welcome.workers % tables.workers() == 0
                ? ""
                : "it has " + welcome.workers + " workers, and this director " + tables.workers();
    }

    /** Whose batches were taken last; 0: nobody's yet. */
    long otherIncarnation() {
        return receiver.incarnation();
    }

    /** A session begins, as the other director's first record says; one that there was is over. */
    void begin(Channel over, Welcome welcome, long now) {
        channel = over;
        blocked = false;
        heardAt = now;
        heardComplete = false;
        heardBehind = 0;
        nextProgress = now;
        receiver.begin(welcome.incarnation(), welcome.tables());
        saidApplied = receiver.applied();
        boolean stranger = welcome.knownIncarnation() != incarnation;
        if (stranger || !teller.resume(welcome.applied())) {
            teller.begin(stranger, now);
        }
    }

    /** The session is over. What was told stays, and ages. */
    void lost() {
        channel = null;
        blocked = false;
    }

    void changed(int table, int number) {
        teller.changed(table, number);
    }

    void taken(long now) {
        teller.taken(now);
        teller.sweep(Math.max(SWEEP_LEAST, teller.size() / SWEEP_PART), now);
    }

    /**
     * Takes what came.
     *
     * @return false where a batch waits for room
     * @throws RefusedException where what came is not what may come: the session is over
     */
    boolean receive(long now) throws RefusedException {
        Channel over = channel;
        while (over != null) {
            boolean first = !blocked;
            if (first) {
                int length = over.next(record.array());
                if (length == 0) {
                    return true;
                }
                record.clear().limit(length);
                heardAt = now;
            }
            blocked = !take(first);
            if (blocked) {
                heardAt = now;
                return false;
            }
        }
        return true;
    }

    private boolean take(boolean first) throws RefusedException {
        byte kind = record.get(0);
        try {
            switch (kind) {
                case Message.BATCH -> {
                    return receiver.take(record, first);
                }
                case Message.APPLIED -> {
                    if (record.limit() != 1 + Long.BYTES || !teller.applied(record.getLong(1))) {
                        throw new RefusedException(Reason.MALFORMED);
                    }
                }
                case Message.PROGRESS -> {
                    record.position(1);
                    heardApplied = record.getInt();
                    heardAll = record.getInt();
                    heardBehind = TimeUnit.MILLISECONDS.toNanos(record.getInt());
                    heardComplete = record.get() != 0;
                }
                default -> throw new RefusedException(Reason.MALFORMED);
            }
        } catch (BufferUnderflowException e) {
            throw new RefusedException(Reason.MALFORMED);
        }
        return true;
    }

    /** Puts what there is to say behind what is to be sent, as far as there is room. */
    void send(long now) {
        Channel over = channel;
        if (over == null) {
            return;
        }
        receiver.settle();
        if (receiver.applied() > saidApplied && over.hasRoom(1 + Long.BYTES)) {
            saidApplied = receiver.applied();
            plain.clear().put(Message.APPLIED).putLong(receiver.applied());
            over.send(plain.array(), plain.position());
        }
        if (now - nextProgress >= 0 && over.hasRoom(Channel.LONGEST_FIRST)) {
            nextProgress = now + PROGRESS_INTERVAL;
            plain.clear().put(Message.PROGRESS).putInt(teller.applied()).putInt(teller.wanted())
                    .putInt((int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(teller.behind(now))))
                    .put((byte) (teller.isComplete() ? 1 : 0));
            over.send(plain.array(), plain.position());
        }
        for (int i = 0; i < BATCHES_A_TURN && over.hasRoom(Channel.LONGEST); i++) {
            if (!teller.batch(plain.clear(), now)) {
                return;
            }
            over.send(plain.array(), plain.position());
        }
    }

    /** Whether nothing has come for too long. */
    boolean isSilent(long now) {
        return channel != null && now - heardAt > SILENCE;
    }

    Progress.Way outgoing(long now) {
        return new Progress.Way(teller.applied(), teller.wanted(), seconds(teller.behind(now)),
                hasSession() && teller.isComplete());
    }

    /** What the other director said of it, and how long ago that was. */
    Progress.Way incoming(long now) {
        long age = hasSession() ? Math.max(0, now - heardAt - 2 * PROGRESS_INTERVAL) : now - heardAt;
        return new Progress.Way(heardApplied, heardAll, otherIncarnation() == 0 ? 0 : seconds(heardBehind + age),
                hasSession() && heardComplete && receiver.isComplete());
    }

    private static double seconds(long nanoseconds) {
        return (double) nanoseconds / TimeUnit.SECONDS.toNanos(1);
    }

    @Override
    public void close() {
        receiver.close();
    }
}
