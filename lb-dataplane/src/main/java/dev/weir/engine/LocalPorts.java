package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The director's ends of connections under FULLNAT. A port of a local address stands for one connection to each server, so
 * that an address carries as many to each as it has ports; which of several workers a port belongs to follows from
 * address and port ({@link Homes#isOwn}), since answers come there. Belongs to one worker; {@link #use} any thread may call.
 */
final class LocalPorts {
    /** Ports below are for what listens. */
    static final int FIRST_PORT = 1024;
    static final int LAST_PORT = 65535;

    /** Odd, with bits in no pattern. */
    private static final long FACTOR = 0x9e3779b97f4a7c15L;

    private static final int LOOKS = 4096;

    private final Homes homes;
    private final Map<IpAddress, char[]> ownPorts = new HashMap<>();
    private final Map<Flow, PortQueue> queues = new ConcurrentHashMap<>();
    private final Flow probe = new Flow();
    private Iterator<PortQueue> looking = Collections.emptyIterator();
    private int turn;
    /** Where {@link #take} looked last, and of which address that is; null where it had nowhere to look. */
    private @Nullable PortQueue asked;
    private long askedHigh;
    private long askedLow;
    private long high;
    private long low;
    private int port;
    private boolean young;
    private int acknowledged;

    /** What a local address is towards: changed only while it is no key. */
    private static final class Flow {
        private int protocol;
        private long localHigh;
        private long localLow;
        private long serverHigh;
        private long serverLow;
        private int serverPort;

        Flow set(int protocol, long localHigh, long localLow, long serverHigh, long serverLow, int serverPort) {
            this.protocol = protocol;
            this.localHigh = localHigh;
            this.localLow = localLow;
            this.serverHigh = serverHigh;
            this.serverLow = serverLow;
            this.serverPort = serverPort;
            return this;
        }

        Flow copy() {
            return new Flow().set(protocol, localHigh, localLow, serverHigh, serverLow, serverPort);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Flow flow && protocol == flow.protocol && serverPort == flow.serverPort
                    && localLow == flow.localLow && serverLow == flow.serverLow && localHigh == flow.localHigh
                    && serverHigh == flow.serverHigh;
        }

        @Override
        public int hashCode() {
            long mixed = (localHigh * 31 + localLow) * FACTOR ^ serverHigh * 31 + serverLow;
            mixed = mixed * FACTOR + serverPort * 31L + protocol;
            return (int) (mixed * FACTOR >>> 32);
        }
    }

    LocalPorts(Homes homes) {
        this.homes = homes;
    }

    /**
     * Finds a new connection its end: {@link #high}, {@link #low} and {@link #port}. The addresses take turns; one that a
     * connection to this server lately had comes only where none of them has another.
     *
     * @param pool those of the other family are passed over
     * @return false where all are in use
     */
    boolean take(List<IpAddress> pool, int protocol, long serverHigh, long serverLow, int serverPort, long now) {
        turn = turn + 1 & Integer.MAX_VALUE;
        return take(pool, protocol, serverHigh, serverLow, serverPort, false, now)
                || take(pool, protocol, serverHigh, serverLow, serverPort, true, now);
    }

    private boolean take(List<IpAddress> pool, int protocol, long serverHigh, long serverLow, int serverPort,
            boolean mayBeYoung, long now) {
        asked = null;
        for (int i = 0; i < pool.size(); i++) {
            IpAddress local = pool.get((turn + i) % pool.size());
            if (local.isV4() != IpAddress.isV4(serverHigh, serverLow)) {
                continue;
            }
            asked = queue(protocol, local.high(), local.low(), serverHigh, serverLow, serverPort);
            port = asked.take(now, mayBeYoung);
            if (port != PortQueue.NONE) {
                high = local.high();
                low = local.low();
                young = asked.isYoung();
                acknowledged = asked.acknowledged();
                return true;
            }
            askedHigh = local.high();
            askedLow = local.low();
        }
        return false;
    }

    /**
     * After {@link #take} found none: one that is in use, each in its turn and those that were taken long ago first.
     *
     * @return false where there is none
     */
    boolean nextInUse() {
        port = asked == null ? PortQueue.NONE : asked.nextInUse();
        high = askedHigh;
        low = askedLow;
        return port != PortQueue.NONE;
    }

    /** {@link #take} found none, and that is the end of it. */
    void refused() {
        if (asked != null) {
            asked.refused();
        }
    }

    long high() {
        return high;
    }

    long low() {
        return low;
    }

    int port() {
        return port;
    }

    /**
     * Whether the server may remember the connection that had the port before, so that a TCP connection's sequence numbers
     * must come after {@link #acknowledged}.
     */
    boolean isYoung() {
        return young;
    }

    int acknowledged() {
        return acknowledged;
    }

    /** A connection that another director made has this end. */
    void claim(Connections connections, int connection) {
        queue(connections, connection).claim(connections.localPort(connection));
    }

    /** A connection ends that has an end here. */
    void give(Connections connections, int connection, long now) {
        queue(connections, connection).give(connections.localPort(connection), connections.acknowledged(connection),
                now);
    }

    private PortQueue queue(Connections connections, int connection) {
        return queue(connections.protocol(connection), connections.localHigh(connection),
                connections.localLow(connection), connections.serverHigh(connection),
                connections.serverLow(connection), connections.serverPort(connection));
    }

    private PortQueue queue(int protocol, long localHigh, long localLow, long serverHigh, long serverLow,
            int serverPort) {
        PortQueue known = queues.get(probe.set(protocol, localHigh, localLow, serverHigh, serverLow, serverPort));
        if (known != null) {
            return known;
        }
        PortQueue made = new PortQueue(
                ownPorts.computeIfAbsent(new IpAddress(localHigh, localLow), this::ownPorts),
                homes.mix(serverHigh, serverLow));
        queues.put(probe.copy(), made);
        return made;
    }

    private char[] ownPorts(IpAddress local) {
        StringBuilder own = new StringBuilder();
        for (int candidate = FIRST_PORT; candidate <= LAST_PORT; candidate++) {
            if (homes.isOwn(local.high(), local.low(), candidate)) {
                own.append((char) candidate);
            }
        }
        return own.toString().toCharArray();
    }

    /**
     * Forgets servers that no connection leads to, and that themselves remember none: of what hosts behind the director begin,
     * each destination is one. Once a second; looks at so many at a time that no packet waits for it.
     */
    void forget(long now) {
        if (!looking.hasNext()) {
            looking = queues.values().iterator();
        }
        for (int i = 0; i < LOOKS && looking.hasNext(); i++) {
            if (looking.next().isForgotten(now)) {
                looking.remove();
            }
        }
    }

    /** How much of each local address is in use, towards each server. Any thread. */
    List<LocalUse> use() {
        List<LocalUse> all = new ArrayList<>();
        queues.forEach((flow, queue) -> all.add(new LocalUse(new IpAddress(flow.localHigh, flow.localLow),
                flow.protocol, new IpAddress(flow.serverHigh, flow.serverLow), flow.serverPort, queue.used(),
                queue.size(), queue.refusals())));
        return all;
    }
}
