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
        long stampAt = (long) connection * Connections.RECORD + Connections.STAMP;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int stamp = (int) Connections.STAMP_HANDLE.getAcquire(connections.records, stampAt);
            if ((stamp & Connections.FREE) != 0 || stamp == 0) {
                return null;
            }
            int flags = connections.flags(connection);
            ConnectionEntry entry = copy(connection, flags, now);
            VarHandle.acquireFence();
            if ((int) Connections.STAMP_HANDLE.getOpaque(connections.records, stampAt) == stamp) {
                boolean endsAtOnce = (flags
                        & (Connections.ONE_PACKET | Connections.TEMPLATE)) == Connections.ONE_PACKET;
                return endsAtOnce ? null : entry;
            }
        }
        return null;
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
                engineData.text(connections.engineData(connection)));
    }
}
