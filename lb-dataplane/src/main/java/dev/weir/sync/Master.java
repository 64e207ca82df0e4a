package dev.weir.sync;

import dev.weir.connection.ConnectionCopy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * What a master makes of connections that it is told of: datagrams, in the order of their telling (sync_thread_master). One
 * that is full is sent within 20 ms, another when its first entry is two seconds old. Knows no socket and no clock; belongs to
 * one thread.
 */
public final class Master {
    /** Nanoseconds that an entry waits for others to fill its datagram (IPVS_SYNC_FLUSH_TIME). */
    public static final long FLUSH_TIME = 2_000_000_000L;
    /** Nanoseconds that the first full datagram waits for others (IPVS_SYNC_SEND_DELAY). */
    public static final long SEND_DELAY = 20_000_000L;
    /** As many full ones wait no longer (IPVS_SYNC_WAKEUP_RATE). */
    private static final int WAKEUP = 8;
    /** Ports at most (IPVS_SYNC_PORTS_MAX). */
    public static final int MOST_PORTS = 64;
    private static final int HASH_FACTOR = 0x9e37_79b9;
    /** The longest entry of all, whatever the datagram's limit. */
    private static final int LEAST_CAPACITY = Message.HEADER_V1 + Message.ENTRY_V6
            + 3 * Message.PARAMETER + Message.SEQUENCES_LENGTH + ConnectionCopy.ENGINE_DATA_LIMIT
            + Message.LONGEST_ENGINE_NAME;

    private final int syncId;
    private final int maxLength;
    private final List<Lane> lanes;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong overflown = new AtomicLong();
    private final AtomicLong unsayable = new AtomicLong();

    /** Where datagrams go. */
    @FunctionalInterface
    public interface Wire {
        /**
         * @param port     which of the ports, from 0
         * @param datagram for this call only
         * @return false where it cannot take one now, and shall be asked again
         */
        boolean send(int port, ByteBuffer datagram);
    }

    /** The datagrams of one port: one that is being written, and those that wait to be sent. */
    private final class Lane {
        private final int port;
        private final Deque<Datagram> full = new ArrayDeque<>();
        private final Deque<Datagram> free = new ArrayDeque<>();
        private Datagram current = new Datagram(capacity());
        /** Nanoseconds: when the first of those that are full became so. */
        private long waiting;
        /** Those that are full are on their way, and what becomes full before they are gone goes with them. */
        private boolean flowing;

        Lane(int port) {
            this.port = port;
        }

        void add(ConnectionCopy copy, int version, int queueLimit, long now) {
            if (current.entries() > 0 && !current.takes(version, Entries.length(copy, version))) {
                leave(queueLimit, now);
            }
            if (current.entries() == 0) {
                current.begin(version, syncId, maxLength, now);
            }
            current.add(copy);
        }

        private void leave(int queueLimit, long now) {
            if (full.size() >= queueLimit) {
                overflown.setOpaque(overflown.getPlain() + current.entries());
                current.begin(Message.VERSION, syncId, maxLength, 0);
                return;
            }
            if (full.isEmpty()) {
                waiting = now;
            }
            full.add(current);
            Datagram next = free.poll();
            current = next == null ? new Datagram(capacity()) : next;
            current.begin(Message.VERSION, syncId, maxLength, 0);
        }

        void send(Wire wire, long now) {
            flowing |= full.size() >= WAKEUP || now - waiting >= SEND_DELAY;
            for (Datagram next = full.peek(); flowing && next != null; next = full.peek()) {
                if (!sent(next, wire)) {
                    return;
                }
                free.add(full.remove());
            }
            flowing = false;
            if (full.isEmpty() && current.entries() > 0 && now - current.begun() >= FLUSH_TIME && sent(current, wire)) {
                current.begin(Message.VERSION, syncId, maxLength, 0);
            }
        }

        private boolean sent(Datagram datagram, Wire wire) {
            if (!wire.send(port, datagram.content())) {
                return false;
            }
            sent.setOpaque(sent.getPlain() + 1);
            connections.setOpaque(connections.getPlain() + datagram.entries());
            return true;
        }
    }

    /**
     * @param syncId    0 to 255
     * @param maxLength bytes of a datagram at most, unless a single entry needs more
     * @param ports     a power of 2 up to {@link #MOST_PORTS}; connections are divided among them
     */
    public Master(int syncId, int maxLength, int ports) {
        if (Integer.bitCount(ports) != 1 || ports > MOST_PORTS) {
            throw new IllegalArgumentException(ports + " ports, not a power of 2 up to " + MOST_PORTS);
        }
        this.syncId = syncId;
        this.maxLength = Math.min(maxLength, Message.LONGEST);
        lanes = IntStream.range(0, ports).mapToObj(Lane::new).toList();
    }

    private int capacity() {
        return Math.max(maxLength, LEAST_CAPACITY);
    }

    /**
     * A connection is to be told of.
     *
     * @param version    0 or 1 (sync_version)
     * @param queueLimit full datagrams that may wait to be sent (sync_qlen_max); those beyond it are lost
     * @param now        nanoseconds
     */
    public void add(ConnectionCopy copy, int version, int queueLimit, long now) {
        if (Entries.canSay(copy, version)) {
            lanes.get(lane(copy)).add(copy, version, queueLimit, now);
        } else if (version != 0) {
            unsayable.setOpaque(unsayable.getPlain() + 1);
        }
    }

    /** All that is told of a connection goes by one port, so that it arrives in its order. */
    private int lane(ConnectionCopy copy) {
        int mixed = (Long.hashCode(copy.clientHigh ^ copy.clientLow) ^ copy.clientPort << 16 ^ copy.virtualPort)
                * HASH_FACTOR;
        return mixed >>> Integer.SIZE - Byte.SIZE & lanes.size() - 1;
    }

    /** Sends what has waited long enough, as far as it goes. To be called every 10 ms or so. */
    public void send(Wire wire, long now) {
        for (Lane lane : lanes) {
            lane.send(wire, now);
        }
    }

    /** Datagrams sent. Any thread. */
    public long sent() {
        return sent.getOpaque();
    }

    /** Connections told of in them. Any thread. */
    public long connections() {
        return connections.getOpaque();
    }

    /** Connections whose datagrams found no room in the queue. Any thread. */
    public long overflown() {
        return overflown.getOpaque();
    }

    /** Connections between two families or under FULLNAT, which the protocol has no words for. Any thread. */
    public long unsayable() {
        return unsayable.getOpaque();
    }
}
