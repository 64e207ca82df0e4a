package dev.weir.connection;

import dev.weir.wire.IpAddress;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Copies connections for whoever lists them, in any thread, while their owner goes on: see {@link Connections}. */
final class ConnectionReader {
    /** A connection that changes so often while it is read is left out. */
    private static final int ATTEMPTS = 100;

    private final Connections connections;
    private final EngineData engineData;

    ConnectionReader(Connections connections, EngineData engineData) {
        this.connections = connections;
        this.engineData = engineData;
    }

    /** @param numbers below which connections are looked for */
    List<ConnectionEntry> list(int numbers, long now) {
        List<ConnectionEntry> entries = new ArrayList<>();
        for (int connection = 0; connection < numbers; connection++) {
            ConnectionEntry entry = read(connection, now);
            if (entry != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private @Nullable ConnectionEntry read(int connection, long now) {
        long stampAt = connections.at(connection) + Connections.STAMP;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int stamp = (int) Connections.STAMP_HANDLE.getAcquire(Connections.MEMORY, stampAt);
            if ((stamp & Connections.FREE) != 0 || stamp == 0) {
                return null;
            }
            int flags = connections.flags(connection);
            ConnectionEntry entry = copy(connection, flags, now);
            VarHandle.acquireFence();
            if ((int) Connections.STAMP_HANDLE.getOpaque(Connections.MEMORY, stampAt) == stamp) {
                boolean endsAtOnce = (flags
                        & (Connections.ONE_PACKET | Connections.TEMPLATE)) == Connections.ONE_PACKET;
                return endsAtOnce ? null : entry;
            }
        }
        return null;
    }

    /**
     * @return false where no connection has this number, or it is one that ends with its first packet, or that has no end yet
     *         towards its server
     */
    boolean read(int connection, ConnectionCopy into, long now) {
        long stampAt = connections.at(connection) + Connections.STAMP;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int stamp = (int) Connections.STAMP_HANDLE.getAcquire(Connections.MEMORY, stampAt);
            if ((stamp & Connections.FREE) != 0 || stamp == 0) {
                return false;
            }
            copy(connection, into, now);
            VarHandle.acquireFence();
            if ((int) Connections.STAMP_HANDLE.getOpaque(Connections.MEMORY, stampAt) == stamp) {
                boolean endsAtOnce = (into.flags
                        & (Connections.ONE_PACKET | Connections.TEMPLATE)) == Connections.ONE_PACKET;
                boolean begins = into.isFullNat() && into.localPort == 0;
                return !endsAtOnce && !begins;
            }
        }
        return false;
    }

    private void copy(int connection, ConnectionCopy into, long now) {
        int flags = connections.flags(connection);
        into.flags = flags & Connections.IPVS_FLAGS;
        into.held = (flags & Connections.HELD) != 0;
        into.protocol = connections.protocol(connection);
        into.state = connections.state(connection).number();
        into.clientHigh = connections.clientHigh(connection);
        into.clientLow = connections.clientLow(connection);
        into.clientPort = connections.clientPort(connection);
        into.virtualHigh = connections.virtualHigh(connection);
        into.virtualLow = connections.virtualLow(connection);
        into.virtualPort = connections.virtualPort(connection);
        into.serverHigh = connections.serverHigh(connection);
        into.serverLow = connections.serverLow(connection);
        into.serverPort = connections.serverPort(connection);
        into.localPort = connections.localPort(connection);
        into.localHigh = into.localPort == 0 ? 0 : connections.localHigh(connection);
        into.localLow = into.localPort == 0 ? 0 : connections.localLow(connection);
        into.acknowledged = into.localPort == 0 ? 0 : connections.acknowledged(connection);
        into.serversFirst = into.localPort == 0 ? 0 : connections.serversFirst(connection);
        into.toa = into.localPort != 0 && (flags & Connections.TOA) != 0;
        into.v6 = !IpAddress.isV4(into.clientHigh, into.clientLow);
        into.timeout = connections.timeout(connection);
        into.age = Math.max(0, connections.idle(connection, now));
        into.packetsIn = connections.packetsIn(connection);
        into.adjusted = (flags & Connections.ADJUSTED) != 0;
        if (into.adjusted) {
            connections.adjustments().copy(connections.adjustment(connection), into.adjustment);
        }
        int data = connections.engineData(connection);
        into.engineDataLength = data == EngineData.NONE ? 0 : engineData.copy(data, into.engineData);
    }

    private ConnectionEntry.@Nullable Local local(int connection) {
        int port = connections.localPort(connection);
        return port == 0
                ? null
                : new ConnectionEntry.Local(
                        new IpAddress(connections.localHigh(connection), connections.localLow(connection)), port);
    }

    private ConnectionEntry copy(int connection, int flags, long now) {
        long left = Math.max(0, connections.deadline(connection) - now);
        return new ConnectionEntry(connections.protocol(connection), left / Connections.SECOND,
                connections.state(connection).label(),
                new IpAddress(connections.clientHigh(connection), connections.clientLow(connection)),
                connections.clientPort(connection),
                new IpAddress(connections.virtualHigh(connection), connections.virtualLow(connection)),
                connections.virtualPort(connection),
                new IpAddress(connections.serverHigh(connection), connections.serverLow(connection)),
                connections.serverPort(connection), (flags & Connections.TEMPLATE) != 0,
                engineData.text(connections.engineData(connection)), local(connection));
    }
}
