package dev.weir.engine;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.ServiceTable;
import dev.weir.service.VirtualService;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table of connections, or of templates, into which those of other directors go: they are found in it, made, bound to
 * their servers and ended, and the counts of servers stay true. Belongs to who may write the table.
 */
final class AdoptedTable {
    private final Connections table;
    private final Tracker counting;

    /** @param counting of the same table */
    AdoptedTable(Connections table, Tracker counting) {
        this.table = table;
        this.counting = counting;
    }

    Connections connections() {
        return table;
    }

    /** The connection or template that a copy is of; {@link Connections#NONE} where there is none. */
    int find(ConnectionCopy copy) {
        if (!copy.isTemplate()) {
            int connection = table.fromClient(copy.protocol, copy.clientHigh, copy.clientLow, copy.clientPort,
                    copy.virtualHigh, copy.virtualLow, copy.virtualPort);
            return connection == Connections.NONE && copy.kind == ConnectionCopy.Kind.IPVS
                    ? table.awaiting(copy)
                    : connection;
        }
        return copy.engineDataLength == 0
                ? table.template(copy.protocol, copy.clientHigh, copy.clientLow, copy.virtualHigh, copy.virtualLow,
                        copy.virtualPort)
                : table.template(copy.protocol, copy.clientHigh, copy.clientLow, copy.virtualHigh, copy.virtualLow,
                        copy.virtualPort, MemorySegment.ofArray(copy.engineData), 0, copy.engineDataLength);
    }

    /** To the same server, and under FULLNAT from the same local address and port. */
    boolean leadsTo(int connection, ConnectionCopy copy) {
        return table.serverPort(connection) == copy.serverPort && table.serverLow(connection) == copy.serverLow
                && table.serverHigh(connection) == copy.serverHigh && isLocal(connection, copy);
    }

    private boolean isLocal(int connection, ConnectionCopy copy) {
        return table.localPort(connection) == copy.localPort && (copy.localPort == 0
                || table.localLow(connection) == copy.localLow && table.localHigh(connection) == copy.localHigh);
    }

    /** The connection that has a copy's local address and port towards its server; {@link Connections#NONE} where none has. */
    int holder(ConnectionCopy copy) {
        return copy.localPort == 0
                ? Connections.NONE
                : table.fromServer(copy.protocol, copy.serverHigh, copy.serverLow, copy.serverPort, copy.localHigh,
                        copy.localLow, copy.localPort);
    }

    /** Whether a copy under FULLNAT says where its server's answers go, and that is here; true of any other. */
    boolean isAnsweredHere(ConnectionCopy copy) {
        return !copy.isFullNat() || copy.localPort != 0
                && counting.homes().isOwn(copy.localHigh, copy.localLow, copy.localPort);
    }

    /** Ends it; one that controls others lives on until they are over. */
    void end(int connection) {
        counting.end(connection);
    }

    /**
     * Makes a connection; to a server that this director does not have it remains unbound, and its packets go by its flags.
     *
     * @param flags IPVS's, without what the server says where there is one
     * @return {@link Connections#NONE} where there is no room
     */
    int create(ConnectionCopy copy, int flags, ServiceTable services, long now) {
        RealServer server = server(copy, services);
        int number = server == null ? Connections.NONE : server.id();
        int known = flags | Connections.SYNCED
                | counting.homes().flag(copy.clientHigh, copy.clientLow, copy.clientPort, flags);
        int all = server == null ? known : ofServer(known, server);
        int connection = copy.engineDataLength == 0
                ? table.create(copy.protocol, copy.clientHigh, copy.clientLow, copy.clientPort, copy.virtualHigh,
                        copy.virtualLow, copy.virtualPort, copy.serverHigh, copy.serverLow, copy.serverPort, all,
                        number,
                        copy.timeout, now)
                : table.createTemplate(copy.protocol, copy.clientHigh, copy.clientLow, copy.virtualHigh,
                        copy.virtualLow, copy.virtualPort, copy.serverHigh, copy.serverLow, copy.serverPort, all,
                        number,
                        copy.timeout, MemorySegment.ofArray(copy.engineData), 0, copy.engineDataLength, now);
        if (connection == Connections.NONE) {
            return Connections.NONE;
        }
        adjust(connection, copy);
        if (copy.localPort != 0) {
            table.local(connection, copy.localHigh, copy.localLow, copy.localPort);
            counting.localPorts().claim(table, connection);
        }
        counting.homes().began(table, connection);
        NewConnections.deltas(table, connection);
        if (server != null) {
            count(connection, server);
        }
        return connection;
    }

    /**
     * A server's flags stand for what another director said of how packets reach it (ip_vs_bind_dest); but whom a server
     * answers to, the client or a local address, is what it was when the connection began.
     */
    private static int ofServer(int flags, RealServer server) {
        int own = NewConnections.forwarding(server);
        boolean localised = isFullNat(flags) != isFullNat(own);
        return localised ? flags : flags & ~(Connections.FORWARDING_MASK | Connections.NO_OUTPUT) | own;
    }

    private static boolean isFullNat(int flags) {
        return (flags & Connections.FORWARDING_MASK) == Connections.FULL_NAT;
    }

    /** Where a connection has no server here, and this director has it by now (ip_vs_try_bind_dest). */
    void bind(int connection, ConnectionCopy copy, ServiceTable services) {
        if (!counting.isUnbound(connection) || table.forwarding(connection) == Connections.BYPASS) {
            return;
        }
        RealServer server = server(copy, services);
        if (server != null) {
            table.bind(connection, server.id(), ofServer(table.flags(connection), server));
            count(connection, server);
        }
    }

    private void count(int connection, RealServer server) {
        int flags = table.flags(connection);
        if ((flags & Connections.TEMPLATE) != 0) {
            server.persistentChanged(1);
        } else {
            boolean active = (flags & Connections.INACTIVE) == 0;
            server.connectionsChanged(active ? 1 : 0, active ? 0 : 1);
        }
        server.bound();
    }

    /** It counts for its server as the copy says. */
    void activity(int connection, ConnectionCopy copy) {
        if (!copy.isTemplate()) {
            counting.activity(connection, counting.server(connection), (copy.flags & Connections.INACTIVE) == 0);
        }
    }

    /** The connection's sequence numbers are adjusted as the copy says. */
    void adjust(int connection, ConnectionCopy copy) {
        boolean adjustable = !copy.isTemplate() && copy.protocol == Transport.TCP
                && Connections.translates(table.flags(connection));
        if (adjustable && copy.adjusted && copy.kind == ConnectionCopy.Kind.STREAMED) {
            table.adjust(connection, copy.adjustment);
            return;
        }
        if (adjustable && ApplicationHelper.isNeeded(table, connection)
                && (table.flags(connection) & Connections.ADJUSTED) == 0) {
            table.adjust(connection);
        }
        if (copy.adjusted && (table.flags(connection) & Connections.ADJUSTED) != 0) {
            table.sequences(connection, copy.adjustment);
        }
    }

    /**
     * What the copy says of its server's sequence numbers, which under FULLNAT outlive the connection, and of how the server
     * hears its client.
     */
    void sequences(int connection, ConnectionCopy copy) {
        if (copy.localPort != 0) {
            table.acknowledged(connection, copy.acknowledged);
            table.serversFirst(connection, copy.serversFirst);
            int others = table.flags(connection) & ~Connections.TOA;
            table.flags(connection, copy.toa ? others | Connections.TOA : others);
        }
    }

    /** Seconds that a connection lives in a state, unless somebody says otherwise. */
    int lifetime(State state) {
        return counting.lifetime(state);
    }

    /**
     * The server that it leads to, as ip_vs_find_dest finds it; null where this director has none such. That does not find
     * the server of FTP's data connections, which have ports of their own, nor of its templates, which have none: Weir's stream
     * means the one of that address.
     */
    private static @Nullable RealServer server(ConnectionCopy copy, ServiceTable services) {
        boolean streamed = copy.kind == ConnectionCopy.Kind.STREAMED;
        VirtualService service = ServiceLookup.find(services, copy.mark, !copy.v6, copy.protocol, copy.virtualHigh,
                copy.virtualLow, copy.virtualPort);
        if (service == null && streamed && copy.isTemplate()) {
            service = services.find(copy.protocol, copy.virtualHigh, copy.virtualLow, Persistence.FTP);
        }
        if (service == null || (copy.flags & Connections.FORWARDING_MASK) == Connections.BYPASS) {
            return null;
        }
        boolean anyPort = copy.mark != 0 && !Connections.translates(copy.flags);
        int port = anyPort ? 0 : copy.serverPort;
        RealServer server = service.server(copy.serverHigh, copy.serverLow, port);
        if (server == null) {
            server = service.server(copy.serverHigh, copy.serverLow, port ^ copy.serverPort);
        }
        return server == null && streamed && isFtp(copy, service)
                ? ofAddress(service, copy.serverHigh, copy.serverLow)
                : server;
    }

    private static boolean isFtp(ConnectionCopy copy, VirtualService service) {
        return copy.virtualPort != Persistence.FTP && copy.protocol == Transport.TCP
                && service.key() instanceof ServiceKey.Address key && key.port() == Persistence.FTP;
    }

    private static @Nullable RealServer ofAddress(VirtualService service, long high, long low) {
        List<RealServer> servers = service.servers();
        for (int i = 0; i < servers.size(); i++) {
            RealServer server = servers.get(i);
            if (server.addressLow() == low && server.addressHigh() == high) {
                return server;
            }
        }
        return null;
    }
}
