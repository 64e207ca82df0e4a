package dev.weir.engine;

import dev.weir.connection.Connections;
import dev.weir.connection.State;
import dev.weir.service.RealServer;
import dev.weir.wire.Transport;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a master of IPVS's synchronisation protocol tells of a connection (ip_vs_sync_conn, ip_vs_sync_conn_needed). Belongs to
 * one worker, or to whoever has the lock of the shared templates; ends their connections, too, since some live on and are told.
 */
final class Telling implements Connections.Expiry {
    /** States of which the kernel tells; those of protocols that have one state only are all told. */
    private static final Set<State> TOLD = EnumSet.of(State.UDP, State.UDP_ANSWERED, State.TCP_ESTABLISHED,
            State.TCP_FIN_WAIT, State.TCP_CLOSE, State.TCP_CLOSE_WAIT, State.TCP_TIME_WAIT, State.SCTP_ESTABLISHED,
            State.SCTP_SHUTDOWN_SENT, State.SCTP_SHUTDOWN_RECEIVED, State.SCTP_SHUTDOWN_ACK_SENT, State.SCTP_CLOSED);
    /** What the kernel's clock counts, 100 a second: periods are compared as it compares them. */
    private static final long TICK = 10_000_000;
    private static final int TICKS_PER_SECOND = 100;
    /** Lives beyond it count as this long, so that a time fits. */
    private static final int LONGEST_LIFE = 10_000_000 * TICKS_PER_SECOND;
    private static final int LEAST_DIFFERENCE = 10 * TICKS_PER_SECOND;
    /** The lowest bits of a time that was told count how often it was told again. */
    private static final int RETRIES = 3;
    private static final int RETRY_SHIFT = 3;

    private final Connections connections;
    private final Templates templates;
    private final Tracker tracker;
    private final Synchronisation synchronisation;
    private final Synchronisation.Link link;
    private Settings settings = Settings.DEFAULT;
    private boolean tells;
    private boolean persistentOnly;
    private boolean oldVersion;
    private int threshold;
    private int period;
    /** Ticks. */
    private long refresh;
    private int retries;

    /** @param link of the worker in whose thread it is called */
    Telling(Connections connections, Templates templates, Tracker tracker, Synchronisation synchronisation,
            Synchronisation.Link link) {
        this.connections = connections;
        this.templates = templates;
        this.tracker = tracker;
        this.synchronisation = synchronisation;
        this.link = link;
        adopt(settings);
    }

    /** Before each burst. @return whether packets are to be told of at all */
    boolean begin(Settings newest, long now) {
        tells = synchronisation.tells();
        if (tells) {
            if (!newest.equals(settings)) {
                adopt(newest);
            }
            if (refresh > 0) {
                connections.rememberTold((int) (now / TICK));
            }
        }
        return tells;
    }

    private void adopt(Settings newest) {
        settings = newest;
        persistentOnly = newest.value(Sysctl.SYNC_PERSIST_MODE) != 0;
        oldVersion = newest.value(Sysctl.SYNC_VERSION) == 0;
        threshold = newest.syncThreshold();
        period = newest.syncPeriod();
        refresh = newest.value(Sysctl.SYNC_REFRESH_PERIOD) * TICKS_PER_SECOND & 0xffff_ffffL;
        retries = (int) newest.value(Sysctl.SYNC_RETRIES);
    }

    /** A client's packet of the connection is on its way; the connection has counted it. */
    void packet(int connection, long now) {
        tell(connection, endsAtOnce(connections, connection) ? threshold : connections.packetsIn(connection), now);
    }

    /** A template of such connections does not. */
    private static boolean endsAtOnce(Connections table, int connection) {
        return (table.flags(connection) & (Connections.ONE_PACKET | Connections.TEMPLATE)) == Connections.ONE_PACKET;
    }

    @Override
    public void expired(int connection) {
        tracker.expired(connection);
    }

    @Override
    public void postponed(int connection, long now) {
        if (tells) {
            tell(connection, threshold, now);
        }
    }

    /** Of the connection, and of all that control it. */
    private void tell(int first, int packets, long now) {
        Connections table = connections;
        int connection = first;
        int count = packets;
        while (true) {
            boolean told = !endsAtOnce(table, connection) && isNeeded(table, connection, count, now);
            if (told) {
                link.tell(table, connection, server(table, connection), now);
            }
            int control = table.control(connection);
            if (control == Connections.NONE || oldVersion && !told) {
                return;
            }
            connection = Templates.place(control);
            if (templates.isShared(control)) {
                table = templates.table();
            }
            count = (table.flags(connection) & Connections.TEMPLATE) != 0
                    ? table.countedPacketIn(connection)
                    : threshold;
        }
    }

    private @Nullable RealServer server(Connections table, int connection) {
        return table == connections ? tracker.server(connection) : templates.serverAt(connection);
    }

    private boolean isNeeded(Connections table, int connection, int packets, long now) {
        boolean template = (table.flags(connection) & Connections.TEMPLATE) != 0;
        boolean changed = false;
        if (!template) {
            State state = table.state(connection);
            if (persistentOnly && isLed(table, connection) || !TOLD.contains(state)) {
                return false;
            }
            changed = table.protocol(connection) != Transport.UDP
                    && state.number() != table.toldState(connection);
            if (changed && state != State.TCP_ESTABLISHED && state != State.SCTP_ESTABLISHED) {
                remember(table, connection, state, end(table, connection, now));
                return true;
            }
        }
        int end = end(table, connection, now);
        if (refresh > 0) {
            int again = again(table, connection, end, (int) (now / TICK));
            if (again < 0) {
                return false;
            }
            end |= again;
        }
        if (period > 0 ? !template && packets % period != threshold : refresh == 0 && packets != threshold) {
            return false;
        }
        remember(table, connection, table.state(connection), end);
        return true;
    }

    private static int life(Connections table, int connection) {
        return (int) Math.min((long) table.timeout(connection) * TICKS_PER_SECOND, LONGEST_LIFE);
    }

    /** When the connection ends without another packet, ticks. */
    private static int end(Connections table, int connection, long now) {
        return (int) (now / TICK) + life(table, connection) & ~RETRIES;
    }

    /**
     * Whether enough has changed since it was told last.
     *
     * @return 0: it has; how often it has been told again, with this time; -1: it is not to be told
     */
    private int again(Connections table, int connection, int end, int now) {
        int told = table.toldEnd(connection);
        int life = life(table, connection);
        long least = Math.min(refresh, Math.max(life >> 1, LEAST_DIFFERENCE));
        if (Math.abs((long) (end - told)) >= least) {
            return 0;
        }
        int done = told & RETRIES;
        boolean early = now - (told - life + (int) (refresh >> RETRY_SHIFT)) < 0;
        return done >= retries || early ? -1 : done + 1;
    }

    private void remember(Connections table, int connection, State state, int end) {
        if ((table.flags(connection) & Connections.TEMPLATE) == 0) {
            table.toldState(connection, state.number());
        }
        table.toldEnd(connection, end);
    }

    /** Whether a template controls it, be it through another connection. */
    private boolean isLed(Connections table, int connection) {
        int control = table.control(connection);
        while (control != Connections.NONE) {
            if (templates.isTemplate(control)) {
                return true;
            }
            control = table.control(control);
        }
        return false;
    }
}
