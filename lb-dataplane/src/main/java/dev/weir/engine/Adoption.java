package dev.weir.engine;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.service.ServiceTable;

/**
 * Takes in what another director tells of its connections: by IPVS's protocol as ip_vs_proc_conn takes it, by Weir's stream
 * so that whoever saw a connection's last packet is believed. Belongs to one worker.
 */
final class Adoption {
    /** What IPVS takes of another's flags. */
    private static final int TAKEN_FLAGS = Connections.FORWARDING_MASK | Connections.NO_OUTPUT | Connections.INACTIVE
            | Connections.NO_CLIENT_PORT | Connections.TEMPLATE;
    /** Seconds that a template lives of which nobody says how long. */
    private static final int TEMPLATE_TIMEOUT = 180;
    /**
     * Nanoseconds: a connection that packets came of here so shortly before the last that another director saw goes on to the
     * server that it has; how long the other's word was under way is not known so exactly.
     */
    private static final long LIVE = 2_000_000_000L;
    /** Both ports of a template that leads no new connection (ip_vs_check_template). */
    private static final int RETIRED_PORT = 0xffff;

    private final AdoptedTable own;
    private final AdoptedTable shared;
    private final Templates templates;
    private final Synchronisation.Link link;

    Adoption(Connections connections, Tracker tracker, Templates templates, Synchronisation.Link link) {
        this.templates = templates;
        this.link = link;
        own = new AdoptedTable(connections, tracker);
        shared = new AdoptedTable(templates.table(), templates.tracker(tracker));
    }

    void take(ConnectionCopy copy, ServiceTable services, Settings settings, long now) {
        if (!copy.isTemplate()) {
            take(copy, own, services, settings, now);
            return;
        }
        templates.lock();
        try {
            take(copy, shared, services, settings, now);
        } finally {
            templates.unlock();
        }
    }

    private void take(ConnectionCopy copy, AdoptedTable table, ServiceTable services, Settings settings, long now) {
        switch (copy.kind) {
            case IPVS -> takeAsIpvs(copy, table, services, settings, now);
            case STREAMED -> takeStreamed(copy, table, services, now);
            case ENDED -> end(copy, table);
        }
    }

    private void takeAsIpvs(ConnectionCopy copy, AdoptedTable table, ServiceTable services, Settings settings,
            long now) {
        State state = State.of(copy.protocol, copy.isTemplate(), copy.state);
        if (state == null) {
            return;
        }
        int connection = table.find(copy);
        if (connection != Connections.NONE && !copy.isTemplate() && !table.leadsTo(connection, copy)) {
            if ((copy.flags & Connections.INACTIVE) != 0) {
                // The last that is heard of a connection that another took the place of.
                return;
            }
            table.end(connection);
            connection = table.find(copy);
            if (connection != Connections.NONE) {
                return;
            }
        }
        if (connection == Connections.NONE && (copy.flags & Connections.ONE_PACKET) != 0) {
            // It would end with its first packet, and that has come.
            return;
        }
        connection = standing(copy, copy.flags & TAKEN_FLAGS, table, connection, services, now);
        if (connection == Connections.NONE) {
            return;
        }
        table.connections().packetsIn(connection, settings.syncThreshold());
        table.connections().state(connection, state);
        if (!copy.isTemplate()) {
            table.connections().toldState(connection, state.number());
        }
        table.connections().touch(connection, seconds(copy, state, table), now);
    }

    private static int seconds(ConnectionCopy copy, State state, AdoptedTable table) {
        return copy.timeout != 0 ? copy.timeout : copy.isTemplate() ? TEMPLATE_TIMEOUT : table.lifetime(state);
    }

    private void takeStreamed(ConnectionCopy copy, AdoptedTable table, ServiceTable services, long now) {
        State state = State.of(copy.protocol, copy.isTemplate(), copy.state);
        if (state == null || isRetired(copy)) {
            return;
        }
        if (!table.isAnsweredHere(copy)) {
            link.refusedEnd();
            return;
        }
        int connection = table.find(copy);
        if (connection != Connections.NONE) {
            boolean same = table.leadsTo(connection, copy);
            if (isKnownBetter(copy, table.connections(), connection, same, now)) {
                if (same && state == State.TEMPLATE_ASSURED && !table.connections().isAssured(connection)) {
                    table.connections().assure(connection);
                }
                return;
            }
            if (!same) {
                makeWay(copy, table, connection);
                connection = table.find(copy);
                if (connection != Connections.NONE) {
                    return;
                }
            }
        }
        int holder = table.holder(copy);
        if (holder != connection && !givesWay(copy, table, holder, now)) {
            link.refusedEnd();
            return;
        }
        connection = standing(copy, streamedFlags(copy), table, connection, services, now);
        if (connection != Connections.NONE) {
            become(copy, state, table, connection, now);
        }
    }

    /** Another connection has a copy's local address and port towards its server: whichever is older ended unheard. */
    private static boolean givesWay(ConnectionCopy copy, AdoptedTable table, int holder, long now) {
        if (holder != Connections.NONE && !isKnownBetter(copy, table.connections(), holder, false, now)) {
            table.end(holder);
        }
        return table.holder(copy) == Connections.NONE;
    }

    /**
     * The connection of a copy: made where there is none, else brought up to what the copy says of it.
     *
     * @return {@link Connections#NONE} where there is no room for it, which is counted
     */
    private int standing(ConnectionCopy copy, int flags, AdoptedTable table, int found, ServiceTable services,
            long now) {
        if (found == Connections.NONE) {
            int made = table.create(copy, flags, services, now);
            if (made == Connections.NONE) {
                link.refused();
            }
            return made;
        }
        table.activity(found, copy);
        table.bind(found, copy, services);
        table.adjust(found, copy);
        return found;
    }

    /** Of a template also what drop_entry asks. */
    private static int streamedFlags(ConnectionCopy copy) {
        return copy.flags & (copy.isTemplate() ? TAKEN_FLAGS | Connections.ONE_PACKET : TAKEN_FLAGS);
    }

    /** It stands for connections that it led; what it is good for, to be found, it is not any more. */
    private static boolean isRetired(ConnectionCopy copy) {
        return copy.isTemplate() && copy.virtualPort == RETIRED_PORT && copy.serverPort == RETIRED_PORT;
    }

    /**
     * Whether what is here stands against a copy: where packets came here, unless the other saw a later one; where none did,
     * what was heard last counts, unless it is only hearsay and older.
     *
     * @param same whether both lead to the same server
     */
    private static boolean isKnownBetter(ConnectionCopy copy, Connections table, int connection, boolean same,
            long now) {
        long idle = table.idle(connection, now);
        if ((table.flags(connection) & Connections.HELD) != 0) {
            return copy.held && idle < copy.age;
        }
        // Hearsay is as old as its way was long, and never better than a packet.
        return copy.held || idle <= copy.age + (same || table.state(connection).over() ? 0 : LIVE);
    }

    /** It leads elsewhere, and the other director knows better: a template that leads others is only found no more. */
    private static void makeWay(ConnectionCopy copy, AdoptedTable table, int connection) {
        if (copy.isTemplate() && table.connections().controlled(connection) != 0) {
            table.connections().retire(connection);
        } else {
            table.end(connection);
        }
    }

    private static void become(ConnectionCopy copy, State state, AdoptedTable table, int connection, long now) {
        Connections connections = table.connections();
        connections.hold(connection);
        connections.packetsIn(connection, copy.packetsIn);
        table.sequences(connection, copy);
        if (!isProven(connections.state(connection), state)) {
            connections.state(connection, state);
        }
        connections.touch(connection, seconds(copy, state, table), Math.max(0, copy.age), now);
    }

    /** That both ends are real is not forgotten: of UDP no number says it, of a template another director may not know. */
    private static boolean isProven(State here, State told) {
        return here == State.UDP_ANSWERED && told == State.UDP
                || here == State.TEMPLATE_ASSURED && told == State.TEMPLATE_NONE;
    }

    /** Only what is still another's: where packets came here the connection goes on. */
    private static void end(ConnectionCopy copy, AdoptedTable table) {
        int connection = table.find(copy);
        if (connection != Connections.NONE && (table.connections().flags(connection) & Connections.HELD) != 0) {
            table.end(connection);
        }
    }
}
