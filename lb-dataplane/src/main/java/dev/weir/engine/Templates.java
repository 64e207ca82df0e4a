package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.service.RealServer;
import dev.weir.service.Services;
import dev.weir.wire.SipCallId;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The templates of persistence, as one worker has them. A single worker keeps them among its own connections. Several have
 * one {@link SharedTemplates}, since a network of clients, or a call, may be more than one worker's; its lock is taken only
 * where a persistent connection begins or ends. A template is the number that {@link Connections#control} of the
 * connections that it leads holds.
 */
final class Templates {
    /** In a template's number: it stands in the shared table. Beyond the number of any connection. */
    private static final int SHARED = 1 << 30;

    private final Connections connections;
    private final Services services;
    private final @Nullable SharedTemplates shared;
    private final Connections table;
    private final int bit;

    /** @param shared null where the templates stand among {@code connections} */
    Templates(Connections connections, Services services, @Nullable SharedTemplates shared) {
        this.connections = connections;
        this.services = services;
        this.shared = shared;
        table = shared == null ? connections : shared.table();
        bit = shared == null ? 0 : SHARED;
    }

    /**
     * From here to {@link #unlock} no other worker finds, makes or ends a template: who finds none may choose a server and
     * make it.
     */
    void lock() {
        if (shared != null) {
            shared.lock();
        }
    }

    void unlock() {
        if (shared != null) {
            shared.unlock();
        }
    }

    /** Where they stand. Between {@link #lock} and {@link #unlock}. */
    Connections table() {
        return table;
    }

    /** Who counts them: of a single worker its own. */
    Tracker tracker(Tracker own) {
        return shared == null ? own : shared.tracker();
    }

    /** A client's; {@link Connections#NONE} where there is none. Between {@link #lock} and {@link #unlock}. */
    int find(int protocol, long clientHigh, long clientLow, long virtualHigh, long virtualLow, int virtualPort) {
        return number(table.template(protocol, clientHigh, clientLow, virtualHigh, virtualLow, virtualPort));
    }

    /** The same of a call. */
    int find(int protocol, long clientHigh, long clientLow, long virtualHigh, long virtualLow, int virtualPort,
            MemorySegment memory, SipCallId call) {
        return number(table.template(protocol, clientHigh, clientLow, virtualHigh, virtualLow, virtualPort, memory,
                call.at(), call.length()));
    }

    /** Makes one; {@link Connections#NONE} where the table is full. Between {@link #lock} and {@link #unlock}. */
    int create(int protocol, long clientHigh, long clientLow, long virtualHigh, long virtualLow, int virtualPort,
            RealServer server, int serverPort, int flags, int timeout, long now) {
        return number(table.create(protocol, clientHigh, clientLow, 0, virtualHigh, virtualLow, virtualPort,
                server.address().high(), server.address().low(), serverPort, Connections.TEMPLATE | flags, server.id(),
                timeout, now));
    }

    /** The same for a call. */
    int create(int protocol, long clientHigh, long clientLow, long virtualHigh, long virtualLow, int virtualPort,
            RealServer server, int serverPort, int flags, int timeout, MemorySegment memory, SipCallId call,
            long now) {
        return number(table.createTemplate(protocol, clientHigh, clientLow, virtualHigh, virtualLow, virtualPort,
                server.address().high(), server.address().low(), serverPort, Connections.TEMPLATE | flags, server.id(),
                timeout, memory, call.at(), call.length(), now));
    }

    private int number(int place) {
        return place == Connections.NONE ? Connections.NONE : place | bit;
    }

    /** Where it stands in its table. */
    static int place(int template) {
        return template & ~SHARED;
    }

    /** Whether what controls a connection stands in the shared table. */
    boolean isShared(int control) {
        return shared != null && (control & SHARED) != 0;
    }

    /** The server of a template by its place; null where that was removed and forgotten. */
    @Nullable
    RealServer serverAt(int place) {
        int number = table.server(place);
        return number == Connections.NONE ? null : services.server(number);
    }

    /** The server that it leads to; null where that was removed and forgotten, or is another director's only. */
    @Nullable
    RealServer server(int template) {
        return serverAt(place(template));
    }

    /** It leads no new connection any more. */
    void retire(int template) {
        table.retire(place(template));
    }

    /** A connection was made by it. Between {@link #lock} and {@link #unlock}. */
    void leads(int template, int connection, long now) {
        led(template, connection);
        table.touch(place(template), now);
    }

    /** It led a connection that another director made. Between {@link #lock} and {@link #unlock}. */
    void led(int template, int connection) {
        if (shared == null) {
            connections.controlledBy(connection, template);
        } else {
            connections.control(connection, template);
            table.controls(place(template), 1);
        }
        if ((table.flags(place(template)) & Connections.HELD) != 0) {
            table.own(place(template));
        }
    }

    /** Whether it leads where a connection does. */
    boolean leadsAs(int template, int connection) {
        int place = place(template);
        return table.serverLow(place) == connections.serverLow(connection)
                && table.serverHigh(place) == connections.serverHigh(connection);
    }

    /** A connection ends, whatever controls it. */
    void leadsNoMore(int connection) {
        int control = connections.control(connection);
        if (shared != null && control != Connections.NONE && (control & SHARED) != 0) {
            shared.lock();
            table.controls(place(control), -1);
            shared.unlock();
            connections.control(connection, Connections.NONE);
        }
    }

    /** What controls a connection is a template, or FTP's control connection. */
    boolean isTemplate(int control) {
        return (control & SHARED) != 0 || (connections.flags(control) & Connections.TEMPLATE) != 0;
    }

    /** A connection that it leads was answered. Without the lock: it stands while it leads one, and others write the same. */
    void assure(int template) {
        table.assure(place(template));
    }

    /** Whether a connection that it led was answered. Between {@link #lock} and {@link #unlock}. */
    boolean isAssured(int template) {
        return table.isAssured(place(template));
    }

    /** Ends it unless it leads a connection. Between {@link #lock} and {@link #unlock}, since before its last one ended. */
    void endIfIdle(int template, Tracker own) {
        tracker(own).end(place(template));
    }
}
