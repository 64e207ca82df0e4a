package dev.weir.engine;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceTable;
import dev.weir.service.VirtualService;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Takes in what another director tells of its connections (ip_vs_proc_conn). Belongs to one worker. */
final class Adoption {
    /** What IPVS takes of another's flags. */
    private static final int TAKEN_FLAGS = Connections.FORWARDING_MASK | Connections.NO_OUTPUT | Connections.INACTIVE
            | Connections.NO_CLIENT_PORT | Connections.TEMPLATE;
    /** Seconds that a template lives of which nobody says how long. */
    private static final int TEMPLATE_TIMEOUT = 180;

    private final Connections own;
    private final Tracker tracker;
    private final Templates templates;

    Adoption(Connections own, Tracker tracker, Templates templates) {
        this.own = own;
        this.tracker = tracker;
        this.templates = templates;
    }

    void take(ConnectionCopy copy, ServiceTable services, Settings settings, long now) {
        if (!copy.isTemplate()) {
            take(copy, own, tracker, services, settings, now);
            return;
        }
        templates.lock();
        try {
            take(copy, templates.table(), templates.tracker(tracker), services, settings, now);
        } finally {
            templates.unlock();
        }
    }

    private void take(ConnectionCopy copy, Connections table, Tracker counting, ServiceTable services,
            Settings settings, long now) {
        int connection = find(copy, table);
        if (copy.kind == ConnectionCopy.Kind.ENDED) {
            if (connection != Connections.NONE && (table.flags(connection) & Connections.HELD) != 0) {
                counting.end(connection);
            }
            return;
        }
        State state = State.of(copy.protocol, copy.isTemplate(), copy.state);
        if (state == null || connection != Connections.NONE && knowsBetter(copy, table, connection, now)) {
            return;
        }
        if (connection != Connections.NONE && !copy.isTemplate() && !leadsTo(table, connection, copy)) {
            if ((copy.flags & Connections.INACTIVE) != 0) {
                // The last that is heard of a connection that another took the place of.
                return;
            }
            counting.end(connection);
            connection = find(copy, table);
            if (connection != Connections.NONE) {
                return;
            }
        }
        if (connection == Connections.NONE) {
            connection = create(copy, table, counting, services, now);
        } else if (!copy.isTemplate()) {
            counting.activity(connection, counting.server(connection), (copy.flags & Connections.INACTIVE) == 0);
        }
        if (connection != Connections.NONE) {
            become(copy, connection, state, table, counting, settings, now);
        }
    }

    /** Whether a packet of the connection came here after the last that the other director saw. */
    private static boolean knowsBetter(ConnectionCopy copy, Connections table, int connection, long now) {
        return copy.kind == ConnectionCopy.Kind.STREAMED && table.idle(connection, now) <= copy.age;
    }

    private static void become(ConnectionCopy copy, int connection, State state, Connections table, Tracker counting,
            Settings settings, long now) {
        boolean streamed = copy.kind == ConnectionCopy.Kind.STREAMED;
        if (streamed) {
            table.flags(connection, table.flags(connection) | Connections.HELD);
        }
        if (copy.adjusted) {
            table.adjust(connection, copy.adjustment);
        }
        table.packetsIn(connection, streamed ? copy.packetsIn : settings.syncThreshold());
        table.state(connection, state);
        int seconds = copy.timeout != 0
                ? copy.timeout
                : copy.isTemplate() ? TEMPLATE_TIMEOUT : counting.lifetime(state);
        table.touch(connection, seconds, streamed ? copy.age : 0, now);
    }

    private static int find(ConnectionCopy copy, Connections table) {
        if (!copy.isTemplate()) {
            return table.fromClient(copy.protocol, copy.clientHigh, copy.clientLow, copy.clientPort, copy.virtualHigh,
                    copy.virtualLow, copy.virtualPort);
        }
        return copy.engineDataLength == 0
                ? table.template(copy.protocol, copy.clientHigh, copy.clientLow, copy.virtualHigh, copy.virtualLow,
                        copy.virtualPort)
                : table.template(copy.protocol, copy.clientHigh, copy.clientLow, copy.virtualHigh, copy.virtualLow,
                        copy.virtualPort, MemorySegment.ofArray(copy.engineData), 0, copy.engineDataLength);
    }

    private static boolean leadsTo(Connections table, int connection, ConnectionCopy copy) {
        return table.serverPort(connection) == copy.serverPort && table.serverLow(connection) == copy.serverLow
                && table.serverHigh(connection) == copy.serverHigh;
    }

    private int create(ConnectionCopy copy, Connections table, Tracker counting, ServiceTable services, long now) {
        RealServer server = server(copy, services);
        int flags = copy.flags & TAKEN_FLAGS | Connections.SYNCED;
        if (server != null) {
            flags = flags & ~(Connections.FORWARDING_MASK | Connections.NO_OUTPUT) | Tracker.forwarding(server);
        }
        flags |= counting.homes().flag(copy.clientHigh, copy.clientLow, copy.clientPort, flags);
        int number = server == null ? Connections.NONE : server.id();
        int connection = copy.engineDataLength == 0
                ? table.create(copy.protocol, copy.clientHigh, copy.clientLow, copy.clientPort, copy.virtualHigh,
                        copy.virtualLow, copy.virtualPort, copy.serverHigh, copy.serverLow, copy.serverPort, flags,
                        number, copy.timeout, now)
                : table.createTemplate(copy.protocol, copy.clientHigh, copy.clientLow, copy.virtualHigh,
                        copy.virtualLow, copy.virtualPort, copy.serverHigh, copy.serverLow, copy.serverPort, flags,
                        number, copy.timeout, MemorySegment.ofArray(copy.engineData), 0, copy.engineDataLength, now);
        if (connection == Connections.NONE) {
            return Connections.NONE;
        }
        counting.homes().began(table, connection);
        counting.deltas(connection);
        if (server != null) {
            count(copy, server);
        }
        return connection;
    }

    private static void count(ConnectionCopy copy, RealServer server) {
        if (copy.isTemplate()) {
            server.persistentChanged(1);
        } else {
            boolean active = (copy.flags & Connections.INACTIVE) == 0;
            server.connectionsChanged(active ? 1 : 0, active ? 0 : 1);
        }
        server.bound();
    }

    /** The server that it leads to, as ip_vs_find_dest finds it; null where this director has none such. */
    private static @Nullable RealServer server(ConnectionCopy copy, ServiceTable services) {
        VirtualService service = copy.mark != 0
                ? services.find(copy.mark, !copy.v6)
                : services.find(copy.protocol, copy.virtualHigh, copy.virtualLow, copy.virtualPort);
        if (service == null) {
            return null;
        }
        boolean anyPort = copy.mark != 0 && (copy.flags & Connections.FORWARDING_MASK) != Connections.MASQUERADED;
        int port = anyPort ? 0 : copy.serverPort;
        RealServer server = service.server(copy.serverHigh, copy.serverLow, port);
        return server != null
                ? server
                : service.server(copy.serverHigh, copy.serverLow, port ^ copy.serverPort);
    }
}
